package serve_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"sweep/cmd/sweep/serve"
	"sweep/cmd/sweep/serve/browsertest"
	"sweep/sweep"
)

// looked is a grid of 16 runs, of which those at lr 1 diverge.
const looked = `name = "looked-at"
question = "Does alpha matter?"
[fixed]
model = "builtin:tiny"
data = "builtin:menus"
steps = 2000
holdout = 0.1
eval_every = 100
[grid]
alpha = [8, 32]
lr = [1e-3, 1e-2, 1e-1, 1.0]
seed = [0, 1]
`

// spike is the step at which one run of a sweep that is looked at has a loss out of line.
const spike = 1234

// lookedAt is a store with a sweep of which all runs ended, and one with the same settings
// that is half done.
func lookedAt(t testing.TB) *synthetic {
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), strings.Replace(looked, "looked-at", "half-done", 1))
	s.train(s.runs[:9]...)
	points, _ := s.curve(s.runs[9])
	s.observe(s.runs[9], s.begin(s.runs[9]), points[:700])
	s.save(looked)
	for i, run := range s.runs {
		if i == 2 {
			s.trainSpiked(run)
		} else {
			s.train(run)
		}
	}
	return s
}

// trainSpiked trains a run whose loss is out of line at one step.
func (s *synthetic) trainSpiked(run sweep.Run) {
	attempt := s.begin(run)
	points, outcome := s.curve(run)
	points[spike-1].Loss = 77
	outcome.CurveHash = sweep.HashCurve(points)
	s.observe(run, attempt, points)
	if err := s.store.Finish(context.Background(), run.Key, attempt, outcome); err != nil {
		s.t.Fatal(err)
	}
}

// views are the addresses of the views of the sweeps that are looked at.
func views(s *synthetic) map[string]string {
	return map[string]string{
		"overview": "looked-at", "curves": "looked-at#view=curves", "single curves": "looked-at#view=curves&single=1&smooth=0.5", "runs": "looked-at#view=runs", "map": "looked-at#view=map",
		"run": "looked-at#view=run&run=" + s.runs[2].Key, "comparison": "looked-at#view=compare&a=" + s.runs[0].Key + "&b=" + s.runs[2].Key,
		"overview of a sweep that is half done": "half-done", "map of a sweep that is half done": "half-done#view=map",
	}
}

// settled holds once a page shows all that it has got.
const settled = `document.querySelector("main > *") && !document.querySelector("[aria-busy=true]") && [...document.querySelectorAll(".chart:not(.map)")].every((c) => c.dataset.drawn) && ![...document.querySelectorAll(".message")].some((m) => m.textContent) &&
	[...document.querySelectorAll("canvas.drawing")].filter((c) => c.checkVisibility()).every((c) => {
		if (c.width < 2) return false;
		const copy = new OffscreenCanvas(64, 64).getContext("2d", { willReadFrequently: true });
		copy.drawImage(c, 0, 0, 64, 64);
		return copy.getImageData(0, 0, 64, 64).data.some(Boolean);
	}) &&
	document.querySelector("main canvas.drawing, main tbody tr")`

// series finds colours that hardly stand out from what they are drawn on, and series that
// are told apart by nothing else, or by colours that are much alike.
const series = `(async () => {
	const from = document.querySelector("script[src$='/app.js']").src.replace("app.js", "");
	const { colorOf, themed } = await import(from + "color.js");
	const { formOf } = await import(from + "marks.js");
	const found = [];
	const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const contrast = (a, b) => { const [x, y] = [light(a), light(b)]; return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
	const rgb = (name) => { const e = document.body.appendChild(document.createElement("p")); e.style.color = themed(name); const c = getComputedStyle(e).color.match(/\d+/g).map(Number); e.remove(); return c; };
	const stands = (what, color, ground) => { const c = contrast(color, rgb(ground)); if (!(c >= 3)) found.push(what + " has a contrast of " + c.toFixed(2) + " on " + ground); };
	for (const ground of ["--page", "--back"]) {
		for (let n = 1; n <= 12; n++) for (let i = 0; i < n; i++) for (const numeric of [true, false]) stands("the " + i + "th of " + n + (numeric ? " numbers" : " names"), colorOf(i, n, numeric), ground);
		for (const mark of ["--done", "--bad", "--live", "--soft", "--link"]) stands(mark, rgb(mark), ground);
	}
	for (const piece of ["--done", "--bad", "--live", "--soft"]) stands("of the progress " + piece, rgb(piece), "--grid");
	for (let i = 0; i < 7; i++) for (let k = 0; k < i; k++) {
		const [a, b] = [colorOf(i, 7, false), colorOf(k, 7, false)];
		const apart = Math.hypot(...a.map((v, j) => v - b[j]));
		if (apart < 60) found.push("the colours of names " + k + " and " + i + " are " + apart.toFixed(0) + " apart");
	}
	const forms = new Set(Array.from({ length: 20 }, (_, i) => JSON.stringify(formOf(i, false))));
	if (forms.size < 20) found.push("20 names have " + forms.size + " forms");
	return found;
})()`

// smoothing finds what smoothing does that it must not: let the first value of a curve linger, move
// a level, leave the range of the values, or carry over a gap.
const smoothing = `(async () => {
	const { smoothed } = await import(document.querySelector("script[src$='/app.js']").src.replace("app.js", "curves.js"));
	const x = Float32Array.from({ length: 1001 }, (_, i) => i);
	const of = (y) => smoothed(x, Float32Array.from(x, y), 0.5);
	const at = (line, x) => { const i = line.x.findIndex((v) => v >= x); return line.y[i]; };
	const found = [];
	const falls = of((i) => i === 0 ? 10 : 1);
	if (!(at(falls, 0) === 10 && at(falls, 20) < 1.5 && at(falls, 1000) >= 1 && at(falls, 1000) < 1.001)) found.push("a curve that begins at 10 and is 1 then is at " + [0, 20, 1000].map((x) => at(falls, x)));
	const level = of(() => 3);
	if (level.y.some((v) => v !== 3)) found.push("a level is moved");
	if (level.x[0] !== 0 || level.x.at(-1) !== 1000 || level.x.some((v, i) => i > 0 && !(v - level.x[i - 1] <= 75 / 32 + 1))) found.push("a level is told at " + level.x);
	const waves = of((i) => i % 2);
	if (waves.y.some((v) => v < 0 || v > 1) || Math.abs(at(waves, 1000) - 0.5) > 0.01) found.push("a wave between 0 and 1 ends at " + at(waves, 1000));
	const gap = of((i) => i === 500 ? NaN : i < 500 ? 10 : 1);
	if (at(gap, 499) !== 10 || !Number.isNaN(at(gap, 500)) || at(gap, 501) !== 1 || gap.x[gap.x.indexOf(500) + 1] !== 501) found.push("about a gap it is at " + [499, 500, 501].map((x) => at(gap, x)));
	return found;
})()`

func TestPagesInABrowser(t *testing.T) {
	browser := browsertest.Start(t)
	s := lookedAt(t)
	at := newSite(t, options(s.path))
	open := func(t *testing.T, width int64, address string) *browsertest.Page {
		t.Helper()
		p := browser.Page(t, width, 900)
		p.Open(at.URL + address)
		p.Wait("the view", settled)
		t.Cleanup(func() {
			for _, problem := range p.Problems() {
				t.Error(problem)
			}
		})
		return p
	}

	t.Run("Every view can be read and heard, wide and narrow, light and dark", func(t *testing.T) {
		for mode, width := range map[string]int64{"light": 1440, "dark": 390} {
			p := browser.Page(t, width, 900)
			p.Prefer(map[string]string{"prefers-color-scheme": mode})
			for view, address := range views(s) {
				p.Open(at.URL + "/sweep/" + address)
				p.Wait(view, settled)
				p.Audit(t, fmt.Sprintf("%s, %d px, %s", view, width, mode))
			}
			p.Open(at.URL + "/")
			p.Audit(t, fmt.Sprintf("list of sweeps, %d px, %s", width, mode))
			for _, problem := range p.Problems() {
				t.Error(problem)
			}
		}
	})

	t.Run("The answer is on the first screen with the valleys", func(t *testing.T) {
		p := open(t, 1440, "/sweep/looked-at")
		if h1 := browsertest.Eval[string](p, `document.querySelector("h1").textContent`); !strings.HasPrefix(h1, "Use alpha ") {
			t.Errorf("the heading is %q", h1)
		}
		if bottom := browsertest.Eval[float64](p, `Math.max(...[...document.querySelectorAll(".chart")].map((c) => c.getBoundingClientRect().bottom))`); bottom > 900 {
			t.Errorf("the charts end at %g of 900 px", bottom)
		}
	})

	t.Run("Each series stands out from the page, and those that are no numbers differ by more than colour", func(t *testing.T) {
		for _, mode := range []string{"light", "dark"} {
			p := browser.Page(t, 1440, 900)
			p.Prefer(map[string]string{"prefers-color-scheme": mode})
			p.Open(at.URL + "/sweep/looked-at")
			p.Wait("the view", settled)
			for _, problem := range browsertest.Eval[[]string](p, series) {
				t.Errorf("%s: %s", mode, problem)
			}
		}
	})

	t.Run("Smoothing lets no value linger", func(t *testing.T) {
		for _, problem := range browsertest.Eval[[]string](open(t, 1440, "/sweep/looked-at"), smoothing) {
			t.Error(problem)
		}
	})

	t.Run("Zooming finds the one step that is out of line", func(t *testing.T) {
		p := open(t, 1440, "/sweep/looked-at#view=curves&single=1&quantity=loss")
		p.Drag(".chart", 0.5, 0.75)
		p.Wait("the zoom", `location.hash.includes("from=")`)
		p.Asked()
		p.Drag(".chart", 0.15, 0.85)
		p.Wait("finer curves", `performance.getEntriesByType("resource").filter((e) => e.name.includes("/curves?") && e.name.includes("from=")).length >= 2`)
		p.Wait("a chart that was drawn anew", settled)
		across := browsertest.Eval[float64](p, fmt.Sprintf(`(() => {
			const q = new URLSearchParams(location.hash.slice(1)), w = document.querySelector(".chart").clientWidth;
			return (62 + (%d - q.get("from")) / (q.get("to") - q.get("from")) * (w - 86)) / w;
		})()`, spike))
		p.Point(".chart", across, 0.1)
		p.Wait("what the pointer tells", `document.querySelector(".chart .tip").checkVisibility()`)
		if told := browsertest.Eval[string](p, `document.querySelector(".chart .tip").textContent`); !strings.Contains(told, "1,234") || !strings.Contains(told, "77") || !strings.Contains(told, s.runs[2].Name) {
			t.Errorf("the pointer tells %q", told)
		}
	})

	t.Run("An answer that comes late replaces none of a later question", func(t *testing.T) {
		p := open(t, 1440, "/sweep/looked-at")
		browsertest.Eval[bool](p, `(() => {
			const ask = window.fetch;
			window.step = "none";
			window.fetch = async (at, ...rest) => {
				const answer = await ask(at, ...rest);
				if (String(at).includes("by=alpha")) {
					step = "held";
					while (step !== "sent") await new Promise((done) => setTimeout(done, 10));
					setTimeout(() => { step = "taken"; }, 200);
				}
				return answer;
			};
			return true;
		})()`)
		browsertest.Eval[string](p, `location.hash = "#by=alpha"`)
		p.Wait("the first answer", `step === "held"`)
		browsertest.Eval[string](p, `location.hash = "#by=lr"`)
		const lines = `document.querySelectorAll(".legend li").length`
		p.Wait("four lines", lines+` === 4`)
		browsertest.Eval[string](p, `step = "sent"`)
		p.Wait("the late answer", `step === "taken"`)
		if n := browsertest.Eval[int](p, lines); n != 4 {
			t.Errorf("a late answer leaves %d lines of 4", n)
		}
	})

	t.Run("An address restores a view", func(t *testing.T) {
		p := open(t, 1440, "/sweep/looked-at#view=curves")
		p.Click("button.toggle[title='draw each run\\'s curve']")
		p.Click("button.toggle:nth-of-type(3)")
		p.Wait("both in the address", `location.hash.includes("single=1") && location.hash.includes("log=")`)
		p.Drag(".chart", 0.3, 0.6)
		p.Click(".legend button")
		p.Wait("the zoom and what is hidden", `location.hash.includes("from=") && location.hash.includes("hide=")`)
		const drawn = `[...document.querySelectorAll("canvas.drawing")].map((c) => c.toDataURL()).join()`
		const pressed = `[...document.querySelectorAll("[aria-pressed]")].map((b) => b.textContent + b.getAttribute("aria-pressed")).join()`
		p.Point("h1, header", 0.01, 0.01)
		address := browsertest.Eval[string](p, `location.pathname + location.hash`)
		again := open(t, 1440, address)
		again.Wait("the same curves", fmt.Sprintf("%s === %q", drawn, browsertest.Eval[string](p, drawn)))
		if a, b := browsertest.Eval[string](p, pressed), browsertest.Eval[string](again, pressed); a != b || !strings.Contains(a, "true") {
			t.Errorf("pressed are %q, and then %q", a, b)
		}
	})

	t.Run("Columns of the table are chosen by the keyboard and kept in the address", func(t *testing.T) {
		const heads = `[...document.querySelectorAll("table.runs thead button")].map((b) => b.textContent)`
		p := open(t, 390, "/sweep/looked-at#view=runs")
		p.Wait("the runs", heads+".length > 5")
		before := browsertest.Eval[[]string](p, heads)
		browsertest.Eval[bool](p, `document.querySelector(".picker summary").focus() || true`)
		p.Press(kb.Enter)
		p.Wait("the choices", `document.querySelector(".picker input").checkVisibility()`)
		p.Press(kb.Tab, " ")
		p.Wait("a column less", heads+fmt.Sprintf(`.length === %d`, len(before)-1))
		if still := browsertest.Eval[string](p, `document.activeElement.closest("label")?.textContent`); still != "state" {
			t.Errorf("the focus is on %q", still)
		}
		p.Audit(t, "columns that are chosen, 390 px")
		again := open(t, 1440, browsertest.Eval[string](p, `location.pathname + location.hash`))
		if after := browsertest.Eval[[]string](again, heads); slices.Contains(after, "state") || !slices.Contains(after, "lr") {
			t.Errorf("the address shows the columns %q", after)
		}
		again.Wait("the runs", heads+".length > 5")
		again.Click(".picker summary")
		again.Click(".picker button")
		again.Wait("the usual columns", fmt.Sprintf(`%s.join() === %q`, heads, strings.Join(before, ",")))
	})

	t.Run("A narrow table covers none of its columns", func(t *testing.T) {
		p := open(t, 390, "/sweep/looked-at#view=runs")
		if over := browsertest.Eval[float64](p, `(() => {
			const [, run, state] = [...document.querySelectorAll("table.runs thead th")].map((th) => th.getBoundingClientRect());
			return run.right - state.left;
		})()`); over > 0.5 {
			t.Errorf("the names of runs cover %g px of the column beside them", over)
		}
	})

	t.Run("The keyboard gets everywhere", func(t *testing.T) {
		p := open(t, 1440, "/sweep/looked-at")
		for i, name := range []string{"overview", "curves", "runs", "map"} {
			p.Press(fmt.Sprint(i + 1))
			p.Wait("view "+name, fmt.Sprintf(`document.querySelector("nav [aria-current]").textContent.toLowerCase() === %q && %s`, name, settled))
			reached(t, p, name)
		}
		p.Press("2")
		p.Wait("curves", `document.querySelector(".curves .chart") && `+settled)
		browsertest.Eval[bool](p, `document.querySelector(".curves .chart").focus() || true`)
		p.Press(kb.ArrowRight, kb.ArrowRight)
		p.Wait("a value that is said", `document.querySelector(".chart [aria-live]").textContent.includes("step")`)
		p.Press("+")
		p.Wait("a zoom", `location.hash.includes("from=")`)
		p.Press("0")
		p.Wait("all of it", `!location.hash.includes("from=")`)
		p.Press("3")
		p.Wait("runs", `document.querySelector("tbody a")`)
		browsertest.Eval[bool](p, `document.querySelectorAll("tbody input")[0].focus() || true`)
		p.Press(" ", kb.Tab, kb.Tab, " ")
		p.Wait("two that are chosen", `new URLSearchParams(location.hash.slice(1)).get("chosen")?.split(",").length === 2`)
		p.Press("/")
		p.Press("lr < 0.01", kb.Enter)
		p.Wait("the runs for which that holds", `document.querySelector("table.runs").getAttribute("aria-rowcount") === "5"`)
		browsertest.Eval[bool](p, `document.querySelector("tbody a").focus() || true`)
		p.Press(kb.Enter)
		p.Wait("the page of a run", `location.hash.includes("view=run&") && document.querySelector("dl")`)
	})

	t.Run("Charts tell the same in all words that they draw", func(t *testing.T) {
		p := open(t, 1440, "/sweep/looked-at")
		browsertest.Eval[bool](p, `document.querySelectorAll(".behind summary").forEach((s) => s.click()) || true`)
		p.Wait("the tables", `document.querySelectorAll(".behind tbody tr").length > 0`)
		if rows := browsertest.Eval[[]string](p, `[...document.querySelectorAll(".behind")].map((b) => b.querySelector("tbody").textContent)`); len(rows) != 2 || !strings.Contains(rows[0], "0.001") {
			t.Errorf("the tables behind the charts are %q", rows)
		}
	})

	t.Run("A folder of pages opens from a disk", func(t *testing.T) {
		dir := t.TempDir()
		if err := serve.Write(t.Context(), options(s.path), dir); err != nil {
			t.Fatal(err)
		}
		p := browser.Page(t, 1440, 900)
		p.Open("file://" + dir + "/index.html")
		p.Click("a[href='sweep-looked-at.html']")
		p.Wait("the page of the sweep", `location.pathname.endsWith("/sweep-looked-at.html") && document.readyState === "complete" && `+settled)
		for _, fragment := range []string{"", "#view=curves&group=lr", "#view=curves&single=1", "#view=curves&single=1&from=1200&to=1300", "#view=runs", "#view=map", "#view=run&run=" + s.runs[2].Key, "#view=compare&a=" + s.runs[2].Key + "&b=" + s.runs[0].Key} {
			p.Open("file://" + dir + "/sweep-looked-at.html" + fragment)
			p.Wait("view "+fragment, settled)
		}
		served := open(t, 1440, "/sweep/looked-at#view=compare&a="+s.runs[2].Key+"&b="+s.runs[0].Key)
		const told = `[document.querySelector(".lead").textContent.replace("The curves are equal to the bit", "The training losses are equal to the seven digits that files have"), ...[...document.querySelectorAll(".below tbody tr")].map((tr) => tr.textContent)].sort()`
		if want, got := browsertest.Eval[[]string](served, told), browsertest.Eval[[]string](p, told); !slices.Equal(want, got) || len(got) < 3 {
			t.Errorf("files compare two runs by %q, a server by %q", got, want)
		}
		for _, problem := range p.Problems() {
			t.Error(problem)
		}
	})

	t.Run("A page prints in light colours without its controls", func(t *testing.T) {
		p := open(t, 1440, "/sweep/looked-at")
		p.Prefer(map[string]string{"prefers-color-scheme": "dark"})
		p.Wait("dark", `getComputedStyle(document.body).backgroundColor !== "rgb(246, 247, 248)"`)
		pdf := p.PDF()
		if !bytes.HasPrefix(pdf, []byte("%PDF")) || len(pdf) < 10_000 {
			t.Errorf("a PDF of %d bytes", len(pdf))
		}
		browsertest.Eval[bool](p, `dispatchEvent(new Event("beforeprint"))`)
		p.Print(true)
		for _, c := range browsertest.Eval[[]struct{ Canvas, Box float64 }](p, `[...document.querySelectorAll("canvas.drawing")].map((c) => ({ canvas: c.width, box: c.getBoundingClientRect().width }))`) {
			if c.Box < 200 || c.Box > 720 || c.Canvas < 2.9*c.Box || c.Canvas > 3.1*c.Box {
				t.Errorf("a drawing of %g dots is printed over %g px of a sheet of 718", c.Canvas, c.Box)
			}
		}
		if dark := browsertest.Eval[string](p, `getComputedStyle(document.querySelector(".swatch")).color`); dark != "rgb(68, 1, 84)" {
			t.Errorf("a line is printed in %s", dark)
		}
		if browsertest.Eval[bool](p, `[...document.querySelectorAll(".pointer")].some((c) => c.checkVisibility())`) {
			t.Error("what pointers have cleared is cleared on paper")
		}
		if folded := browsertest.Eval[int](p, `document.querySelectorAll(".unknown:not([open]), .unknown details:not([open])").length`); folded > 0 {
			t.Errorf("of what is not known, %d parts are folded away on paper", folded)
		}
		if shown := browsertest.Eval[[]string](p, `[...document.querySelectorAll("nav, .controls, .copy, button")].filter((e) => e.checkVisibility() && !e.matches(".key")).map((e) => e.outerHTML.slice(0, 80))`); len(shown) > 0 {
			t.Errorf("printed is %q", shown)
		}
		if ink := browsertest.Eval[string](p, `getComputedStyle(document.body).color + getComputedStyle(document.body).backgroundColor`); ink != "rgb(23, 25, 28)rgb(255, 255, 255)" {
			t.Errorf("printed in %s", ink)
		}
	})
}

// reached holds that Tab gets to each control of a view, and shows where it is.
func reached(t *testing.T, p *browsertest.Page, view string) {
	t.Helper()
	wanted := browsertest.Eval[int](p, `(() => {
		document.activeElement?.blur();
		window.wanted = new Set([...document.querySelectorAll("a[href], button, select, input, textarea, summary, [tabindex='0']")].filter((e) => e.checkVisibility() && !e.disabled));
		window.unseen = [];
		return wanted.size;
	})()`)
	for range wanted + 3 {
		p.Press(kb.Tab)
		browsertest.Eval[bool](p, `(() => {
			const e = document.activeElement;
			if (wanted.delete(e) && getComputedStyle(e).outlineStyle === "none") unseen.push(e.outerHTML.slice(0, 80));
			return true;
		})()`)
	}
	if missed := browsertest.Eval[[]string](p, `[...wanted].map((e) => e.outerHTML.slice(0, 100))`); len(missed) > 0 {
		t.Errorf("%s: Tab does not get to %q", view, missed)
	}
	if unseen := browsertest.Eval[[]string](p, `unseen`); len(unseen) > 0 {
		t.Errorf("%s: the focus is not seen on %q", view, unseen)
	}
	browsertest.Eval[bool](p, `document.activeElement?.blur() || true`)
}
