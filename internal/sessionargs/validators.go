package sessionargs

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

const maxURLLength = 2048

// forbiddenSchemes run code or read local data (API §4.2).
var forbiddenSchemes = map[string]bool{
	"javascript": true, "data": true, "file": true, "about": true, "blob": true, "intent": true,
}

func returnURL() validator.String {
	return tfutil.StringFunc("a URL with scheme and host, app schemes included, of at most 2048 characters", checkReturnURL)
}

// checkReturnURL checks a URL that the API's page may go to (API §4.2). Its
// errors don't quote the URL, because diagnostics are logged.
func checkReturnURL(s string) error {
	u, err := checkURI(s)
	if err != nil {
		return err
	}
	switch {
	case utf8.RuneCountInString(s) > maxURLLength:
		return fmt.Errorf("must have at most %d characters", maxURLLength)
	case forbiddenSchemes[strings.ToLower(u.Scheme)]:
		return fmt.Errorf("must not have the scheme %q, which the API refuses", strings.ToLower(u.Scheme))
	case u.Hostname() == "":
		return errors.New("must have a host after its scheme, as in \"https://example.com/done\" or \"myapp://callback/done\"")
	}
	return nil
}

// checkURI is stricter than net/url, as the API is: it refuses backslashes, white
// space and all other characters that RFC 3986 does not allow, and characters
// that nobody sees.
func checkURI(s string) (*url.URL, error) {
	if s == "" {
		return nil, errors.New("must not be empty")
	}
	if err := checkVisible(s); err != nil {
		return nil, err
	}
	if strings.ContainsFunc(s, unicode.IsSpace) || strings.ContainsAny(s, `\"<>^{|}`+"`") {
		return nil, errors.New("must be a valid URI: white space, backslashes and the characters \"<>^{|}` have to be percent-encoded")
	}
	if badEscape.MatchString(s) {
		return nil, errors.New("must be a valid URI: every % has to be followed by two hexadecimal digits")
	}
	scheme, rest, found := strings.Cut(s, ":")
	switch {
	case !found || scheme == "" || strings.ContainsAny(scheme, "/?#"):
		return nil, errors.New("must be an absolute URL, with scheme and host")
	case !schemePattern.MatchString(scheme):
		return nil, errors.New(`must have a scheme that begins with a letter and has only letters, digits and the characters "+", "-" and "."`)
	}
	if err := checkPort(rest); err != nil {
		return nil, err
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, errors.New("must have a valid host after its scheme") // all else is checked above
	}
	return u, nil
}

// checkPort checks the port, if there is one, of what follows a scheme.
func checkPort(rest string) error {
	authority, found := strings.CutPrefix(rest, "//")
	if !found {
		return nil
	}
	if end := strings.IndexAny(authority, "/?#"); end >= 0 {
		authority = authority[:end]
	}
	host := authority[strings.LastIndex(authority, "@")+1:]
	_, port, found := strings.Cut(host[strings.LastIndex(host, "]")+1:], ":")
	if !found || port == "" || strings.HasPrefix(host, "[") && !strings.Contains(host, "]") {
		return nil
	}
	if strings.Trim(port, "0123456789") != "" {
		return errors.New("must have a number as its port")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return errors.New("must have a port of at most 65535")
	}
	return nil
}

// checkVisible refuses control characters, and format characters such as a
// zero-width space, a byte order mark or a change of direction: nobody sees
// them, and the API would store them.
func checkVisible(s string) error {
	for _, r := range s {
		switch {
		case unicode.IsControl(r):
			return errors.New("must not have control characters in it")
		case unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			return fmt.Errorf("must not have invisible characters in it, and has %U", r)
		}
	}
	return nil
}

// PlainText checks an id or a name.
func PlainText() validator.String {
	return tfutil.StringFunc("not empty, without control characters, invisible characters, and white space at either end", CheckText)
}

// CheckText is the check of [PlainText]. Its errors do not quote the text.
func CheckText(s string) error {
	switch trimmed := strings.TrimSpace(s); {
	case trimmed == "":
		return errors.New("must not be empty")
	case trimmed != s:
		return errors.New("must not have white space at either end: use trimspace() for what comes from a file")
	}
	return checkVisible(s)
}

var schemePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*$`)

var badEscape = regexp.MustCompile(`%([^0-9A-Fa-f]|[0-9A-Fa-f][^0-9A-Fa-f]|[0-9A-Fa-f]?$)`)

// callbackURL checks callback_url. The API documents both "http or https" and
// "HTTPS" for it (API §4.2), hence the warning.
type callbackURL struct{}

func (callbackURL) Description(context.Context) string {
	return "an http or https URL; https is advised"
}

func (v callbackURL) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (callbackURL) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	tfutil.StringFunc("", checkCallbackURL).ValidateString(ctx, req, resp)
	if resp.Diagnostics.HasError() || !strings.HasPrefix(strings.ToLower(req.ConfigValue.ValueString()), "http:") {
		return
	}
	resp.Diagnostics.AddAttributeWarning(req.Path, "Callback Without TLS",
		"Attribute "+req.Path.String()+" is an http URL: the signature id and the authorization in the query can be read on their way, and parts of the vendor's documentation ask for https.")
}

func checkCallbackURL(s string) error {
	u, err := checkURI(s)
	if err != nil {
		return err
	}
	if scheme := strings.ToLower(u.Scheme); scheme != "http" && scheme != "https" {
		return errors.New("must be an http or https URL")
	}
	if u.Hostname() == "" {
		return errors.New("must have a host")
	}
	return nil
}

var (
	regionPattern   = regexp.MustCompile(`^[A-Z]{3}$`)
	bizCodePattern  = regexp.MustCompile(`^[A-Za-z0-9]{1,32}$`)
	languagePattern = regexp.MustCompile(`^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$`)
)

func region() validator.String {
	return stringvalidator.RegexMatches(regionPattern, "must be three upper-case letters, an ISO 3166-1 alpha-3 code such as PHL")
}

func bizCode() validator.String {
	return stringvalidator.RegexMatches(bizCodePattern, "must be 1 to 32 letters and digits")
}

// language checks the shape only: the vendor names both ISO 639-1 codes and
// locale tags, and an unsupported one falls back (API §9.4).
func language() validator.String {
	return stringvalidator.RegexMatches(languagePattern, "must be a language tag such as en, fil or en-US")
}
