package serve_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/cmd/sweep/serve/browsertest"
)

// interaction is something that a visitor does, and when the page has done it.
type interaction struct{ name, act, done string }

// interactions are done one after the other.
var interactions = []interaction{
	{"valleys by lr", `location.hash = "#by=lr"`, `document.querySelectorAll(".legend li").length === 25`},
	{"valleys by alpha", `location.hash = "#"`, `document.querySelectorAll(".legend li").length === 8`},
	{"hover over valleys", `over(document.querySelector(".chart"), 0.4)`, `!document.querySelector(".tip").hidden`},
	{"bands", `location.hash = "#view=curves"`, redrawn + `&& document.querySelectorAll(".legend li").length === 8`},
	{"bands by seed", `location.hash = "#view=curves&group=seed"`, `document.querySelector(".legend").textContent.includes("seed") && ` + redrawn},
	{"zoom of bands", `location.hash = "#view=curves&from=200&to=400"`, `asked("from=200") && ` + redrawn},
	{"log axes", `location.hash = "#view=curves&log=y"`, redrawn},
	{"hover over bands", `over(document.querySelector(".chart"), 0.4)`, `!document.querySelector(".tip").hidden`},
	{"single runs", `location.hash = "#view=curves&single=1"`, `asked("single=1") && ` + redrawn},
	{"hover over single runs", `over(document.querySelector(".chart"), 0.6)`, `!document.querySelector(".tip").hidden`},
	{"smoothing", `location.hash = "#view=curves&single=1&smooth=0.6"`, redrawn},
	{"zoom of single runs", `location.hash = "#view=curves&single=1&from=200&to=400"`, `asked("single=1") && asked("from=200") && ` + redrawn},
	{"single runs by seed", `location.hash = "#view=curves&single=1&group=seed"`, `asked("single=1") && ` + redrawn},
	{"single runs by lr in full", `location.hash = "#view=curves&single=1&group=lr"`, `[...document.querySelectorAll(".chart")].every((c, i) => c.dataset.drawn >= Number(before.get(c)) + 2 - i)`},
	{"table", `location.hash = "#view=runs"`, `document.querySelector("tbody a")`},
	{"sort", `location.hash = "#view=runs&sort=-loss"`, `document.querySelector("[aria-sort=descending]")`},
	{"filter", `location.hash = "#view=runs&where=alpha+%3D+8"`, `document.querySelector("table.runs").getAttribute("aria-rowcount") * 8 - 8 === runs`},
	{"scroll", `document.querySelector(".rows").scrollTop = 1500`, `document.querySelector("tbody a").getBoundingClientRect().top > -800`},
	{"map", `location.hash = "#view=map"`, `document.querySelector(".map canvas")?.width > 300`},
}

// redrawn holds once the charts show what was asked for.
const redrawn = `[...document.querySelectorAll(".chart")].every((c) => c.dataset.drawn && c.dataset.drawn !== before.get(c))`

// timing has a page tell how long an interaction takes until the frame that shows it, once
// the page is done with the one before.
const timing = `
const drawings = () => [...document.querySelectorAll(".chart")].map((c) => c.dataset.drawn).join() + performance.getEntriesByType("resource").length;
window.calm = async () => {
	for (let last = "", i = 0; i < 3; i++) {
		await new Promise((resolve) => setTimeout(resolve, 100));
		if (drawings() !== last) i = 0;
		last = drawings();
	}
};
window.over = (e, across) => {
	const b = e.getBoundingClientRect();
	e.dispatchEvent(new PointerEvent("pointermove", { clientX: b.left + b.width * across, clientY: b.top + b.height / 2, bubbles: true }));
};
window.asked = (text) => performance.getEntriesByType("resource").some((e) => e.startTime >= began && e.name.includes(text) && e.responseEnd > 0);
window.timed = (act, done) => calm().then(() => new Promise((resolve) => {
	performance.clearResourceTimings();
	window.before = new Map([...document.querySelectorAll(".chart")].map((c) => [c, c.dataset.drawn]));
	window.began = performance.now();
	act();
	const look = () => done() ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began))) : performance.now() - began > 15000 ? resolve(-1) : setTimeout(look, 1);
	look();
}));
true`

// BenchmarkPagesInABrowser tells how long a browser takes until it shows the answer and the
// valleys of a sweep, and what it is asked for then, in ms.
func BenchmarkPagesInABrowser(b *testing.B) {
	for _, size := range []struct{ seeds, steps int }{{5, 1000}, {50, 100}} {
		runs := 200 * size.seeds
		b.Run(fmt.Sprintf("%d runs of %d points", runs, size.steps), func(b *testing.B) {
			browser := browsertest.Start(b)
			toml := strings.Replace(fmt.Sprintf(large, size.steps), "[0, 1, 2, 3, 4]", fmt.Sprintf("{ range = [0, %d], step = 1 }", size.seeds-1), 1)
			s := newSynthetic(b, filepath.Join(b.TempDir(), "sweep.db"), toml)
			s.train(s.runs...)
			at := newSite(b, options(s.path))
			took := map[string][]float64{}
			for b.Loop() {
				p := browser.Page(b, 1440, 900)
				p.Open(at.URL + "/sweep/large")
				p.Wait("the valleys", settled+` && performance.getEntriesByName("first-contentful-paint").length`)
				took["first paint"] = append(took["first paint"], browsertest.Eval[float64](p, `performance.getEntriesByName("first-contentful-paint")[0].startTime`))
				p.Wait("all rows", `document.querySelector(".legend")`)
				browsertest.Eval[bool](p, timing)
				browsertest.Eval[int](p, fmt.Sprintf("window.runs = %d", runs))
				browsertest.Eval[float64](p, `timed(() => { location.hash = "#view=runs"; }, () => document.querySelectorAll("tbody a").length > 5)`)
				for _, i := range interactions {
					ms := browsertest.Eval[float64](p, fmt.Sprintf("timed(() => { %s; }, () => %s)", i.act, i.done))
					if ms < 0 {
						b.Fatalf("%s: the page is not done after 15 s; it says %q", i.name, p.Problems())
					}
					took[i.name] = append(took[i.name], ms)
				}
				p.Open("about:blank") // a browser has six connections to a host, and each page that is seen takes one
			}
			for name, all := range took {
				slices.Sort(all)
				b.ReportMetric(all[len(all)/2], strings.ReplaceAll(name, " ", "-")+"-ms")
			}
		})
	}
}
