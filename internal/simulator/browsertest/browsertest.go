// Package browsertest runs tests in a headless Chromium. A test fails when the
// page logs an error, breaks its Content-Security-Policy, or asks a host that
// the test did not name.
package browsertest

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take to come to what a test waits for. It is
// long, for a machine may be busy; no test that passes takes so long.
const patience = time.Minute

// FarHost leads to this machine too, but to a browser it is another one.
const FarHost = "far.test"

// Camera is what a browser finds when a page asks for the camera.
type Camera int

// The cameras.
const (
	NoCamera      Camera = iota // The machine has none.
	FakeCamera                  // Chromium's moving test picture; the user allows it.
	RefusedCamera               // The machine has one, and the user does not allow it.
)

// Browser is a Chromium of its own, with a fresh profile.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// Start starts a browser that ends with the test. Where there is no Chromium the
// test is skipped.
func Start(t testing.TB, camera Camera) *Browser {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(Find(t)),
		chromedp.NoSandbox, // It needs privileges that containers do not give.
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		// A host that is not of this machine by its name, for what browsers
		// allow to localhost alone.
		chromedp.Flag("host-resolver-rules", "MAP "+FarHost+" 127.0.0.1"),
	)
	switch camera {
	case NoCamera:
	case FakeCamera:
		options = append(options, chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true))
	case RefusedCamera:
		options = append(options, chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", "deny"))
	}
	// The test's own context ends before the browser can be closed in good order.
	allocator, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	return &Browser{t, ctx}
}

// Find returns the path of Chromium: that of the variable CHROME, or one on PATH.
// Where there is none the test is skipped.
func Find(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("CHROME"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium: install one (apt-get install chromium), or set CHROME to its path")
	return ""
}

// Page is a tab that shares nothing with other tabs.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	hosts    []string // that may be asked
	problems []string
}

// Open opens a tab that may ask the hosts of these URLs and no others. The test
// fails if there were problems by its end.
func (b *Browser) Open(t testing.TB, urls ...string) *Page {
	t.Helper()
	p := &Page{t: t}
	for _, address := range urls {
		parsed, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		p.hosts = append(p.hosts, parsed.Host)
	}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.listen))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // Without a deadline: it would be that of the tab.
		t.Fatalf("opening a tab: %v", err)
	}
	p.ctx, cancel = context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	call(p, log.Enable, cdp.Empty{})
	call(p, network.Enable, network.EnableParams{})
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, problem := range p.problems {
			t.Error(problem)
		}
	})
	return p
}

// listen records problems.
func (p *Page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		p.problems = append(p.problems, "exception: "+exceptionText(event.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError || event.Type == runtime.ConsoleAPICalledTypeWarning {
			p.problems = append(p.problems, "console."+string(event.Type))
		}
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError || event.Entry.Source == log.EntrySourceSecurity {
			p.problems = append(p.problems, "log: "+event.Entry.Text+" "+event.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		asked, err := url.Parse(event.Request.URL)
		if err != nil || (asked.Scheme != "data" && !slices.Contains(p.hosts, asked.Host)) {
			p.problems = append(p.problems, "request to another host: "+event.Request.URL)
		}
	}
}

// exceptionText returns what an exception says.
func exceptionText(details *runtime.ExceptionDetails) string {
	if details.Exception != nil && details.Exception.Description != "" {
		return details.Exception.Description
	}
	return details.Text
}

// Expect takes back the problems so far whose text has this part. It fails the
// test if there were none.
func (p *Page) Expect(part string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	before := len(p.problems)
	p.problems = slices.DeleteFunc(p.problems, func(problem string) bool { return strings.Contains(problem, part) })
	if len(p.problems) == before {
		p.t.Errorf("no problem with %q in %q", part, p.problems)
	}
}

// Do runs chromedp's actions.
func (p *Page) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatalf("%v, on a page that shows:\n%s", err, p.dump())
	}
}

// dump returns what the page shows, for the message of a failed test.
func (p *Page) dump() string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// Go navigates to a URL.
func (p *Page) Go(address string) {
	p.t.Helper()
	p.Do(chromedp.Navigate(address))
}

// Click clicks on the first visible element that a CSS selector matches.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.Do(chromedp.Click(chromedp.CSS(selector)))
}

// Type types into the element that has the focus. The keys of package kb do, too.
func (p *Page) Type(keys string) {
	p.t.Helper()
	p.Do(chromedp.KeyEvent(keys))
}

// WaitFor waits until a JavaScript expression is true, on whatever page the
// browser has gone to by then.
func (p *Page) WaitFor(expression string) {
	p.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		reached, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if reached {
			return
		}
		select {
		case <-tick.C: // An error may mean that the page goes away, and another comes.
		case <-p.ctx.Done():
			p.t.Fatalf("waiting for %s: %v, on a page that shows:\n%s", expression, err, p.dump())
		}
	}
}

// WaitForText waits until the element that a CSS selector matches has a text.
func (p *Page) WaitForText(selector, text string) {
	p.t.Helper()
	p.WaitFor("document.querySelector(" + strconv.Quote(selector) + ")?.innerText.includes(" + strconv.Quote(text) + ")")
}

// Value returns the value of a JavaScript expression.
func Value[T any](p *Page, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%s: %v, on a page that shows:\n%s", expression, err, p.dump())
	}
	return value
}

// Text returns the text that an element shows.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return Value[string](p, "document.querySelector("+strconv.Quote(selector)+").innerText")
}

// Run runs one of chromedp's actions and returns its value.
func Run[T any](p *Page, action chromedp.Action[T]) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, action)
	if err != nil {
		p.t.Fatalf("%v, on a page that shows:\n%s", err, p.dump())
	}
	return value
}

// DisableScripts turns off the page's scripts.
func (p *Page) DisableScripts() {
	p.t.Helper()
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// Language sets the Accept-Language header.
func (p *Page) Language(tags string) {
	p.t.Helper()
	call(p, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent: Value[string](p, "navigator.userAgent"), AcceptLanguage: tags,
	})
}

// Dark makes the system's colour scheme dark.
func (p *Page) Dark() {
	p.t.Helper()
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	})
}

// call runs a command of the DevTools protocol.
func call[P, R any](p *Page, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	result, err := chromedp.Call(p.ctx, command, params)
	if err != nil {
		p.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}
