package plots_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sweep/plots"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

func everyRun(sweep.Params) bool { return true }

func diverge(r *sweep.Result) {
	r.State, r.Loss, r.EvalLoss = sweep.StateDiverged, math.Inf(1), math.NaN()
}

func byAxis(t *testing.T, results []sweep.Result, axis string) []plots.Figure {
	t.Helper()
	figures, err := plots.ByAxis(results, axis, plots.Options{Title: "a title"})
	if err != nil {
		t.Fatal(err)
	}
	return figures
}

func render(t *testing.T, f plots.Figure, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// svg renders a figure, checks that it is well-formed, and returns it.
func svg(t *testing.T, f plots.Figure) string {
	t.Helper()
	b := render(t, f, "svg")
	for d := xml.NewDecoder(bytes.NewReader(b)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the SVG is not well-formed: %v", err)
		}
	}
	if bytes.Contains(b, []byte("NaN")) || bytes.Contains(b, []byte("Inf")) {
		t.Error("the SVG draws something at NaN or Inf")
	}
	return string(b)
}

func TestASVGIsXMLWhateverItsWordsAre(t *testing.T) {
	results := usual().results()
	for i := range results {
		results[i].Params.Data = "rows\x00\x1b\u202e]]>&<!--.jsonl"
	}
	figures, err := plots.ByAxis(results, "alpha", plots.Options{Title: "</title><script>\x00\x07\ufffe\xff\u0085\n& \"it's\""})
	if err != nil {
		t.Fatal(err)
	}
	drawn := svg(t, figures[0])
	for _, want := range []string{
		`<title>&lt;/title&gt;&lt;script&gt;\x00\a\ufffe\xff &amp; &#34;it&#39;s&#34;</title>`,
		`data rows\x00\x1b\u202e]]&gt;&amp;&lt;!--.jsonl`,
	} {
		if !strings.Contains(drawn, want) {
			t.Errorf("the SVG lacks %s", want)
		}
	}
}

func TestFigureDataHoldsNoFormula(t *testing.T) {
	results := usual().results()
	for i := range results {
		results[i].Params.Data = "=1+1"
		if i%2 == 0 {
			results[i].Params.Data = "@SUM(A1)\x1b"
		}
	}
	figures, err := plots.ByAxis(results, "data", plots.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := figures[0].WriteData(&b); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.Contains(text, ",'=1+1,") || !strings.Contains(text, `,'@SUM(A1)\x1b,`) || strings.Contains(text, "\x1b") {
		t.Errorf("the data is\n%s", text)
	}
}

func TestSaveWritesEveryFormat(t *testing.T) {
	f := byAxis(t, usual().results(), "alpha")[0]
	dir := t.TempDir()
	for _, format := range plots.Formats() {
		path := filepath.Join(dir, "figure."+strings.ToUpper(format))
		if err := f.Save(path); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		switch format {
		case "png":
			config, err := png.DecodeConfig(bytes.NewReader(b))
			if err != nil || config.Width < 2066 {
				t.Errorf("the PNG is %d pixels wide (%v), want 17.5 cm at 300 dpi", config.Width, err)
			}
			if perMetre := []byte("pHYs\x00\x00\x2e\x23\x00\x00\x2e\x23\x01"); !bytes.Contains(b, perMetre) { // 11811
				t.Error("the PNG does not say that it has 300 pixels an inch")
			}
		case "pdf":
			if !bytes.HasPrefix(b, []byte("%PDF-")) || !bytes.Contains(b, []byte("/FontFile2")) {
				t.Error("no PDF with its fonts embedded")
			}
		case "svg":
			if !bytes.Contains(b, []byte("<svg")) || !bytes.Contains(b, []byte("<text")) {
				t.Error("no SVG with text")
			}
		}
	}
}

func TestADocumentSetsItsOwnWords(t *testing.T) {
	draw := func(o plots.Options) plots.Figure {
		t.Helper()
		o.Title = "a title"
		figures, err := plots.ByAxis(usual().results(), "alpha", o)
		if err != nil {
			t.Fatal(err)
		}
		return figures[0]
	}
	words := func(f plots.Figure) string {
		_, drawn, _ := strings.Cut(svg(t, f), "</desc>")
		return drawn
	}
	for _, tt := range []struct {
		name           string
		options        plots.Options
		title, caption bool
	}{
		{"both", plots.Options{}, true, true},
		{"no title", plots.Options{NoTitle: true}, false, true},
		{"no caption", plots.Options{NoCaption: true}, true, false},
		{"neither", plots.Options{NoTitle: true, NoCaption: true}, false, false},
	} {
		drawn := words(draw(tt.options))
		if title := strings.Contains(drawn, ">a title<"); title != tt.title {
			t.Errorf("%s: the title is drawn: %v", tt.name, title)
		}
		if caption := strings.Contains(drawn, ">Evaluation loss on held-out rows"); caption != tt.caption {
			t.Errorf("%s: the caption is drawn: %v", tt.name, caption)
		}
	}
	if words(draw(plots.Options{Outline: true})) == "" || strings.Contains(svg(t, draw(plots.Options{Outline: true})), "<text") {
		t.Error("outlines are no shapes")
	}
	path := filepath.Join(t.TempDir(), "caption.txt")
	if err := draw(plots.Options{NoCaption: true}).SaveCaption(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(text, []byte("Evaluation loss on held-out rows")) || bytes.Contains(text, []byte("^{")) {
		t.Errorf("the caption is %q (%v)", text, err)
	}
}

func TestSaveRefuses(t *testing.T) {
	f := byAxis(t, usual().results(), "alpha")[0]
	dir := t.TempDir()
	for _, tt := range []struct{ name, path, says string }{
		{"an unknown format", filepath.Join(dir, "figure.gif"), `unknown format "gif": choose one of png, svg, pdf`},
		{"no format", filepath.Join(dir, "figure"), `unknown format ""`},
		{"a folder that is not there", filepath.Join(dir, "none", "figure.svg"), "no such file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := f.Save(tt.path); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v does not say %q", err, tt.says)
			}
		})
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("refused saves left %v, %v", left, err)
	}
}

func TestSameResultsGiveTheSameBytes(t *testing.T) {
	results := usual().results()
	shuffled := usual().results()
	random := rand.New(rand.NewPCG(5, 6))
	random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	for _, format := range plots.Formats() {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			first := render(t, byAxis(t, results, "alpha")[0], format)
			if !bytes.Equal(first, render(t, byAxis(t, shuffled, "alpha")[0], format)) {
				t.Error("the figure depends on the order of the results or on when it is drawn")
			}
		})
	}
}

func TestTheCaptionSaysWhatTheFigureRestsOn(t *testing.T) {
	results := usual().results() // 189, of which some diverge
	results[0].State, results[1].State = sweep.StateFailed, sweep.StatePending
	tally := analysis.Count(results, analysis.EvalLoss)
	lone := usual()
	lone.seeds = 1
	untested := alter(usual().results(), everyRun, func(r *sweep.Result) { r.EvalLoss, r.Evaluated = math.NaN(), false })
	long := alter(usual().results(), everyRun, func(r *sweep.Result) {
		r.Params.Model = "/a/very/" + strings.Repeat("long/", 40) + "path/to/model.gguf"
	})
	for _, tt := range []struct {
		name    string
		results []sweep.Result
		says    []string
	}{
		{"usual", results, []string{
			"Evaluation loss", "Means over 1 to 3 seeds", "Model builtin:tiny", "data builtin:menus", "steps 200", "r = 8",
			"bands: smallest to largest", "189 runs:", "1 failed, 1 missing", "crosses at the top edge",
		}},
		{"one seed", lone.results(), []string{"One seed"}},
		{"nothing held out", untested, []string{"Training loss, averaged over the last tenth", "Means over 3 seeds"}},
		{"a long path", long, []string{"Model model.gguf,"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			drawn := strings.ToLower(svg(t, byAxis(t, tt.results, "alpha")[0]))
			for _, want := range tt.says {
				if !strings.Contains(drawn, strings.ToLower(want)) {
					t.Errorf("the caption does not say %q", want)
				}
			}
		})
	}
	if tally.Diverged == 0 {
		t.Error("nothing diverged in the usual sweep")
	}
}

// oddSweeps are sweeps that a person may well ask to see.
func oddSweeps() map[string][]sweep.Result {
	usual := func() grid {
		g := usual()
		g.alphas, g.lrs = []float64{1, 16, 256}, []float64{1e-4, 1e-3, 1e-2, 1e-1}
		return g
	}
	one, point, edge, ranks, kinds := usual(), usual(), usual(), usual(), usual()
	one.alphas, one.seeds = []float64{16}, 1
	point.alphas, point.lrs, point.seeds = []float64{16}, []float64{1e-3}, 1
	edge.best = func(alpha float64) float64 { return 1e-6 * alpha }
	ranks.ranks = []int{2, 4, 8, 16, 32}
	kinds.alphas, kinds.optimizers = []float64{16}, []string{"adamw", "adam", "sgd"}
	narrow := usual()
	narrow.lrs = []float64{1e-3, 1.5e-3}
	holes := usual().results()[5:]
	for i := 0; i < len(holes); i += 3 {
		holes[i].State = []sweep.State{sweep.StatePending, sweep.StateRunning, sweep.StateFailed}[i%3]
	}
	return map[string][]sweep.Result{
		"one line":          one.results(),
		"a single point":    point.results(),
		"best at the edges": edge.results(),
		"five ranks":        ranks.results(),
		"optimizers":        kinds.results(),
		"a narrow grid":     narrow.results(),
		"holes":             holes,
		"all diverged":      alter(usual().results(), everyRun, diverge),
		"one run":           usual().results()[:1],
		"zero loss":         alter(usual().results(), everyRun, func(r *sweep.Result) { r.EvalLoss = 0 }),
		"equal losses":      alter(usual().results(), everyRun, func(r *sweep.Result) { r.EvalLoss = 1 }),
		"tied to alpha":     alter(usual().results(), everyRun, func(r *sweep.Result) { r.Params.R = int(2 * r.Params.Alpha) }),
		"lr zero": alter(usual().results(), func(p sweep.Params) bool { return p.LR == 1e-4 },
			func(r *sweep.Result) { r.Params.LR = 0 }),
		"odd words": alter(usual().results(), everyRun, func(r *sweep.Result) { r.Params.Model = "模型 & <größe>^{" }),
	}
}

func TestEverySweepCanBeDrawnByEveryAxis(t *testing.T) {
	for name, results := range oddSweeps() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			points := curves(results)
			for _, axis := range []string{"alpha", "r", "lr", "optimizer", "seed"} {
				figures := byAxis(t, results, axis)
				svg(t, figures[0])
				figures, err := plots.Curves(results, points, axis, plots.Options{})
				if err != nil {
					t.Fatal(err)
				}
				svg(t, figures[len(figures)-1])
			}
			render(t, byAxis(t, results, "alpha")[0], "pdf")
		})
	}
}

func TestOtherAxesAreNeverAveragedOver(t *testing.T) {
	g := usual()
	g.alphas, g.ranks = []float64{1, 16, 256}, []int{1, 2, 4, 8, 16, 32}
	figures := byAxis(t, g.results(), "alpha")
	if len(figures) != 2 || figures[0].Suffix != "-1" || figures[1].Suffix != "-2" {
		t.Errorf("six ranks give %d figures", len(figures))
	}
	curveFigures, err := plots.Curves(g.results(), curves(g.results()), "alpha", plots.Options{})
	if err != nil || len(curveFigures) != 5 { // 6 ranks and 7 lr, 9 panels a figure
		t.Errorf("42 panels take %d figures, %v", len(curveFigures), err)
	}
}

func TestDrawingRefuses(t *testing.T) {
	results := usual().results()
	untrained := alter(usual().results(), everyRun, func(r *sweep.Result) { r.State = sweep.StatePending })
	_, unknown := plots.ByAxis(results, "alhpa", plots.Options{})
	_, early := plots.ByAxis(untrained, "alpha", plots.Options{})
	_, uncharted := plots.Curves(results, nil, "alpha", plots.Options{})
	for _, tt := range []struct {
		name string
		err  error
		says string
	}{
		{"an unknown axis", unknown, "these vary: alpha (9 values), lr (7 values), seed (3 values)"},
		{"an untrained sweep", early, "no run has finished yet"},
		{"runs without curves", uncharted, "none of them has a loss curve"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.err == nil || !strings.Contains(tt.err.Error(), tt.says) {
				t.Errorf("error %v does not say %q", tt.err, tt.says)
			}
		})
	}
}
