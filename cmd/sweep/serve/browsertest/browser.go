// Package browsertest opens pages in a Chromium, for the tests of those that make pages.
// Tests are skipped where there is none: SWEEP_CHROMIUM names its program, if it goes by no
// name that is looked for.
package browsertest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// names are those that Chromium and its like go by.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// patience is how long a test waits for what a page is to show.
const patience = 20 * time.Second

// program is the Chromium that tests use, "" for none.
func program() string {
	if named := os.Getenv("SWEEP_CHROMIUM"); named != "" {
		return named
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Browser is a Chromium of a test's own, without a window.
type Browser struct {
	ctx context.Context
}

// Start starts a browser that ends with the test.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := program()
	if path == "" {
		t.Skipf("there is no %s in PATH, and SWEEP_CHROMIUM names none", strings.Join(names, ", "))
	}
	// A container seldom lets Chromium build its sandbox; what is opened here is our own.
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))
	ctx, free := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		closing, done := context.WithTimeout(ctx, patience)
		defer done()
		_ = chromedp.Cancel(closing) // it is killed otherwise
		end()
		free()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("%s does not start: %v", path, err)
	}
	return &Browser{ctx}
}

// Page is a tab of a browser.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	hosts    []string // that pages may ask
	problems []string
	asked    []string
}

// Page opens a tab that is closed with the test.
func (b *Browser) Page(t testing.TB, width, height int64) *Page {
	t.Helper()
	ctx, end := chromedp.NewContext(b.ctx)
	t.Cleanup(end)
	p := &Page{t: t, ctx: ctx}
	p.Resize(width, height)
	p.must(chromedp.Listen(ctx, p.hear))
	call(p, network.Enable, network.EnableParams{})
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type != "debug" && m.Type != "info" {
				p.note(fmt.Sprintf("console: %s: %s", m.Type, m.Text))
			}
		}
	}()
	return p
}

// hear notes what a page asks for, and of whom.
func (p *Page) hear(event any) {
	e, ok := event.(*network.EventRequestWillBeSent)
	if !ok || e.Request == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, e.Request.URL)
	u, err := url.Parse(e.Request.URL)
	if err != nil || !slices.Contains([]string{"data", "blob", "about"}, u.Scheme) && !slices.Contains(p.hosts, u.Scheme+"://"+u.Host) {
		p.problems = append(p.problems, "a request elsewhere: "+e.Request.URL)
	}
}

func (p *Page) note(problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, problem)
}

// Problems are what the console said, and the requests to others than those who have
// served the pages that were opened.
func (p *Page) Problems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.problems)
}

// Asked are the addresses that the page has asked for since it was called last.
func (p *Page) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.asked
	p.asked = nil
	return all
}

func (p *Page) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// Open goes to an address, and waits until it is loaded.
func (p *Page) Open(address string) {
	p.t.Helper()
	u, err := url.Parse(address)
	p.must(err)
	p.mu.Lock()
	p.hosts = append(p.hosts, u.Scheme+"://"+u.Host)
	p.mu.Unlock()
	p.must(chromedp.Do(p.ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(address)))
}

// Resize gives the page another size, in CSS pixels.
func (p *Page) Resize(width, height int64) {
	p.t.Helper()
	p.must(chromedp.Do(p.ctx, chromedp.EmulateViewport(width, height)))
}

// Prefer has the system prefer something, such as prefers-color-scheme dark.
func (p *Page) Prefer(features map[string]string) {
	p.t.Helper()
	var all []*emulation.MediaFeature
	for name, value := range features {
		all = append(all, &emulation.MediaFeature{Name: name, Value: value})
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: all})
}

// Print has the page look as it prints.
func (p *Page) Print(on bool) {
	p.t.Helper()
	media := ""
	if on {
		media = "print"
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media})
}

// Press presses keys, one after the other: letters, or names of package kb.
func (p *Page) Press(keys ...string) {
	p.t.Helper()
	for _, key := range strings.Join(keys, "") {
		events := kb.Encode(key)
		// As on a keyboard, a page that takes a key for itself has no letter written.
		for i := len(events) - 1; i > 0; i-- {
			if events[i].Type == kb.KeyChar {
				events[0].Type, events[0].Text = kb.KeyDown, events[i].Text
				events = slices.Delete(events, i, i+1)
			}
		}
		for _, event := range events {
			call(p, input.DispatchKeyEvent, *event)
		}
	}
}

// Click clicks where an element is that a selector names.
func (p *Page) Click(selector string) {
	p.t.Helper()
	x, y := p.at(selector, 0.5, 0.5)
	p.must(chromedp.Do(p.ctx, chromedp.MouseClickXY(x, y)))
}

// Point moves the pointer to a place in an element, as shares of its width and height.
func (p *Page) Point(selector string, across, down float64) {
	p.t.Helper()
	x, y := p.at(selector, across, down)
	p.must(chromedp.Do(p.ctx, chromedp.MouseEvent(chromedp.MouseMoved, x, y)))
}

// Drag drags over an element, from one share of its width to another.
func (p *Page) Drag(selector string, from, to float64) {
	p.t.Helper()
	x, y := p.at(selector, from, 0.5)
	end, _ := p.at(selector, to, 0.5)
	p.must(chromedp.Do(p.ctx,
		chromedp.MouseEvent(chromedp.MouseMoved, x, y),
		chromedp.MouseEvent(chromedp.MousePressed, x, y, chromedp.ButtonLeft),
		chromedp.MouseEvent(chromedp.MouseMoved, (x+end)/2, y, chromedp.ButtonLeft),
		chromedp.MouseEvent(chromedp.MouseMoved, end, y, chromedp.ButtonLeft),
		chromedp.MouseEvent(chromedp.MouseReleased, end, y, chromedp.ButtonLeft)))
}

// at is a place in an element, which is scrolled to.
func (p *Page) at(selector string, across, down float64) (x, y float64) {
	p.t.Helper()
	place := Eval[[]float64](p, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		if (!e) return [];
		e.scrollIntoView({ block: "nearest" });
		const b = e.getBoundingClientRect();
		return [b.left + b.width * %g, b.top + b.height * %g];
	})()`, selector, across, down))
	if len(place) != 2 {
		p.t.Fatalf("the page has no %s", selector)
	}
	return place[0], place[1]
}

// Eval evaluates an expression, or a promise of its value.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%v, of %.300s", err, expression)
	}
	return v
}

// Wait waits until an expression holds; it is told by what it waits for.
func (p *Page) Wait(what, expression string) {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(15 * time.Millisecond) {
		if Eval[bool](p, "Boolean("+expression+")") {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("waited in vain for %s; the page says %q, and %q", what, Eval[string](p, "document.body.innerText.slice(0, 2000)"), p.Problems())
		}
	}
}

// Picture is the page as a PNG: what is seen of it, or all.
func (p *Page) Picture(whole bool) []byte {
	p.t.Helper()
	params := page.CaptureScreenshotParams{}
	if whole {
		size := Eval[[]float64](p, "[innerWidth, document.documentElement.scrollHeight]")
		params.CaptureBeyondViewport = &whole
		params.Clip = &page.Viewport{Width: size[0], Height: size[1], Scale: 1}
	}
	return call(p, page.CaptureScreenshot, params).Data
}

// PDF is the page as it prints, on A4.
func (p *Page) PDF() []byte {
	p.t.Helper()
	data, err := chromedp.Run(p.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
	p.must(err)
	return data
}

// Node is what a screen reader has of an element.
type Node struct{ Role, Name string }

// Nodes are what a screen reader has of a page, in its order.
func (p *Page) Nodes() []Node {
	p.t.Helper()
	var all []Node
	for _, n := range call(p, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if !n.Ignored {
			all = append(all, Node{text(n.Role), text(n.Name)})
		}
	}
	return all
}
