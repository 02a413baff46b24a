package report

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// auditScript looks at a page in a browser, with axe-core, and tells the frame's page
// what it found.
const auditScript = `
const ground = getComputedStyle(document.body).backgroundColor;
axe.run(document, {resultTypes: ["violations"]}).then((found) => {
  const shown = (e) => e.getClientRects().length > 0;
  const small = new Set(), cut = new Set();
  for (const e of document.querySelectorAll("main *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (own && shown(e) && parseFloat(getComputedStyle(e).fontSize) < 12) small.add(e.outerHTML.slice(0, 80));
    if (shown(e) && !e.closest(".scroll, thead") && e.getBoundingClientRect().right > innerWidth + 1) cut.add(e.outerHTML.slice(0, 80));
  }
  parent.postMessage(JSON.stringify({
    violations: found.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html.slice(0, 120)).join(" | ")),
    passes: found.passes.length, small: [...small], cut: [...cut], width: innerWidth, ground,
  }), "*");
});`

// frame shows a page at a width of its own, since a browser's window is no narrower
// than it likes, and then in its place what the page tells.
const frame = `<!doctype html><meta name="color-scheme" content="light dark"><body>
<iframe src="audited.html" style="width: %dpx; height: 800px; border: 0"></iframe>
<script>addEventListener("message", (e) => { document.body.innerHTML = "<pre></pre>"; document.querySelector("pre").textContent = e.data; })</script>`

// TestAPageInABrowser asks for a Chromium (SWEEP_CHROMIUM) and the axe.min.js of
// npm's axe-core (SWEEP_AXE): it opens a page at two widths, in light and in dark, holds
// it to axe's rules, and prints it.
func TestAPageInABrowser(t *testing.T) {
	chromium, axe := os.Getenv("SWEEP_CHROMIUM"), os.Getenv("SWEEP_AXE")
	if chromium == "" || axe == "" {
		t.Skip("SWEEP_CHROMIUM and SWEEP_AXE are not set")
	}
	rules, err := os.ReadFile(axe)
	if err != nil {
		t.Fatal(err)
	}
	page := examplePage(t)
	folder := t.TempDir()
	run := func(flags ...string) string {
		t.Helper()
		flags = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + filepath.Join(folder, "profile")}, flags...)
		out, err := exec.Command(chromium, flags...).Output()
		if err != nil {
			t.Fatalf("%s %v: %v", chromium, flags, err)
		}
		return string(out)
	}
	save := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return "file://" + path
	}
	// The page's policy lets its own script run, which makes the buttons, and no other.
	whole := save("page.html", page)
	stray := strings.Replace(page, "</main>", `</main><script>document.title = "stray"</script>`, 1)
	dom := run("--dump-dom", whole)
	if boxes, buttons := strings.Count(dom, `class="copy"`), strings.Count(dom, "<button"); boxes == 0 || boxes != buttons {
		t.Errorf("%d buttons for %d texts to copy", buttons, boxes)
	}
	if strings.Contains(run("--dump-dom", save("stray.html", stray)), "<title>stray") {
		t.Error("the page runs a script that is not its own")
	}
	open := regexp.MustCompile(`<meta http-equiv[^>]*>`).ReplaceAllString(page, "")
	save("audited.html", strings.Replace(open, "</body>", "<script>"+string(rules)+"</script><script>"+auditScript+"</script></body>", 1))
	for _, width := range []int{1280, 390} {
		for scheme, ground := range map[string]string{"0": "rgb(18, 18, 18)", "1": "rgb(255, 255, 255)"} {
			dom := run("--dump-dom", "--virtual-time-budget=20000", "--blink-settings=preferredColorScheme="+scheme, "--window-size=1400,900", save("frame.html", fmt.Sprintf(frame, width)))
			_, text, _ := strings.Cut(dom, "<pre>")
			text, _, _ = strings.Cut(text, "</pre>")
			var found struct {
				Violations, Small, Cut []string
				Passes, Width          int
				Ground                 string
			}
			if err := json.Unmarshal([]byte(html.UnescapeString(text)), &found); err != nil {
				t.Fatalf("%v: %.300s", err, dom)
			}
			if found.Width != width || found.Ground != ground || found.Passes < 10 {
				t.Errorf("the browser shows %d px, not %d, on %s, not %s, and passes %d rules", found.Width, width, found.Ground, ground, found.Passes)
			}
			for what, all := range map[string][]string{"axe": found.Violations, "smaller than 12 px": found.Small, "cut at the right": found.Cut} {
				for _, one := range all {
					t.Errorf("at %d px, on %s: %s: %s", width, ground, what, one)
				}
			}
		}
	}
	printed := filepath.Join(folder, "page.pdf")
	run("--no-pdf-header-footer", "--print-to-pdf="+printed, whole)
	stranded(t, printed, page)
}

// stranded looks for headings at the foot of a printed page, with poppler's pdftotext
// where there is one.
func stranded(t *testing.T, printed, page string) {
	t.Helper()
	out, err := exec.Command("pdftotext", "-layout", printed, "-").Output()
	if err != nil {
		t.Log("nothing looks for stranded headings: ", err)
		return
	}
	headings := map[string]bool{}
	for _, h := range readPage(t, page).under("h1", "h2", "h3") {
		headings[strings.Join(strings.Fields(h.text), " ")] = true
	}
	sheets := strings.Split(strings.TrimRight(string(out), "\f"), "\f")
	if len(sheets) < 2 {
		t.Errorf("%d sheets", len(sheets))
	}
	for i, sheet := range sheets {
		lines := strings.Split(strings.TrimSpace(sheet), "\n")
		if last := strings.Join(strings.Fields(lines[len(lines)-1]), " "); headings[last] {
			t.Errorf("sheet %d ends in the heading %q", i+1, last)
		}
	}
}
