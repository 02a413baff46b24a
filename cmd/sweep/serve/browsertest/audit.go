package browsertest

import (
	"fmt"
	"os"
	"slices"
	"testing"
)

// audit finds what people stumble over: text that is small or hardly stands out, what is cut
// off at the right, what is hard to hit, headings and landmarks out of order.
const audit = `(() => {
	const found = [];
	const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".hidden") && e.getClientRects().length > 0;
	const name = (e) => e.outerHTML.replace(/\s+/g, " ").slice(0, 110);
	const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
	const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
	const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const contrast = (a, b) => { const [x, y] = [light(a), light(b)]; return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
	const ground = (e) => {
		for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 250) return c; }
		return [255, 255, 255, 255];
	};
	for (const e of document.querySelectorAll("body *")) {
		if (!shown(e)) continue;
		const style = getComputedStyle(e);
		const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
		const disabled = e.closest(":disabled, [aria-hidden=true]");
		if (text && !disabled) {
			const size = parseFloat(style.fontSize);
			if (size < 12) found.push("text of " + size + " px: " + name(e));
			let opacity = 1;
			for (let p = e; p; p = p.parentElement) opacity *= Number(getComputedStyle(p).opacity);
			const back = ground(e);
			const front = rgba(style.color).map((v, i) => i < 3 ? v * opacity + back[i] * (1 - opacity) : v);
			const least = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700 ? 3 : 4.5;
			const has = contrast(front, back);
			if (has < least) found.push("a contrast of " + has.toFixed(2) + ": " + name(e));
		}
		if (!e.closest(".scroll") && !e.closest("[hidden]") && e.getBoundingClientRect().right > innerWidth + 1) found.push("cut off at the right: " + name(e));
		if (e.matches("button, select, input, summary, nav a, .button") && e.getBoundingClientRect().height < 24 && !e.closest("label")) found.push("hard to hit, " + e.getBoundingClientRect().height + " px high: " + name(e));
	}
	if (document.documentElement.scrollWidth > innerWidth) found.push("the page is " + document.documentElement.scrollWidth + " px wide");
	let level = 0;
	for (const h of document.querySelectorAll("h1, h2, h3, h4")) {
		if (!h.checkVisibility()) continue;
		const l = Number(h.tagName[1]);
		if (l > level + 1) found.push("after a heading of level " + level + ": " + name(h));
		level = l;
	}
	for (const one of ["h1", "main", "body > header"]) {
		const n = [...document.querySelectorAll(one)].filter((e) => e.checkVisibility()).length;
		if (n !== 1) found.push(n + " elements " + one);
	}
	if (!document.title || !document.documentElement.lang) found.push("the page has no title or no language");
	return found;
})()`

// named are the roles of which each node has to have a name.
var named = []string{
	"button", "link", "checkbox", "radio", "combobox", "listbox", "textbox", "searchbox", "slider", "spinbutton", "switch", "tab", "menuitem",
	"DisclosureTriangle", "application", "image", "img", "region", "table", "heading", "progressbar", "meter", "RootWebArea",
}

// Audit holds what a page shows to what people need who read small or grey text badly, or
// hear it. With SWEEP_AXE set to the axe.min.js of npm's axe-core, it is held to axe's
// rules, too.
func (p *Page) Audit(t testing.TB, view string) {
	t.Helper()
	for _, problem := range Eval[[]string](p, audit) {
		t.Errorf("%s: %s", view, problem)
	}
	for _, n := range p.Nodes() {
		if slices.Contains(named, n.Role) && n.Name == "" {
			t.Errorf("%s: a %s has no name", view, n.Role)
		}
	}
	for _, problem := range p.axe(t) {
		t.Errorf("%s: axe: %s", view, problem)
	}
}

// axe is what axe-core finds.
func (p *Page) axe(t testing.TB) []string {
	t.Helper()
	path := os.Getenv("SWEEP_AXE")
	if path == "" {
		return nil
	}
	rules, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("SWEEP_AXE: %v", err)
	}
	if !Eval[bool](p, `typeof axe === "object"`) {
		Eval[bool](p, string(rules)+"; true")
	}
	found := Eval[struct {
		Passes int
		Found  []string
	}](p, `axe.run(document, { resultTypes: ["violations"] }).then((r) => ({ passes: r.passes.length, found: r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html.slice(0, 120)).join(" | ")) }))`)
	if found.Passes < 10 {
		return append(found.Found, fmt.Sprintf("%d rules have passed", found.Passes))
	}
	return found.Found
}
