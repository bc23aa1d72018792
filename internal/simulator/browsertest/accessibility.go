package browsertest

import (
	"encoding/json"
	"slices"

	"github.com/chromedp/cdproto/accessibility"
)

// controlRoles are the roles of what a user can act on, and of what groups it.
var controlRoles = []string{
	"button", "link", "textbox", "searchbox", "checkbox", "combobox", "MenuListPopup", "spinbutton", "image", "img",
	"navigation", "dialog", "region", "group", "heading", "table", "Video",
}

// Control is something that assistive technology tells of.
type Control struct{ Role, Name string }

// Controls returns the controls of the page as assistive technology finds them.
func (p *Page) Controls() []Control {
	p.t.Helper()
	tree := call(p, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	var controls []Control
	for _, node := range tree.Nodes {
		role := axText(node.Role)
		if !node.Ignored && slices.Contains(controlRoles, role) {
			controls = append(controls, Control{role, axText(node.Name)})
		}
	}
	return controls
}

// axText returns the text of a value of the accessibility tree, "" for none.
func axText(value *accessibility.Value) string {
	var text string
	if value != nil {
		_ = json.Unmarshal(value.Value, &text) // Not every value is a text.
	}
	return text
}
