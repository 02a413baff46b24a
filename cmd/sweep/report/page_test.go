package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// element is a part of a page.
type element struct {
	name     string
	at       map[string]string
	text     string // of its own and of all within
	within   []*element
	children []*element
}

// under are the elements of a name below one, in the order of the page.
func (e *element) under(names ...string) (all []*element) {
	for _, c := range e.children {
		if slices.Contains(names, c.name) {
			all = append(all, c)
		}
		all = append(all, c.under(names...)...)
	}
	return all
}

// in returns the element of a name that it stands in, nil if it stands in none.
func (e *element) in(name string) *element {
	i := slices.IndexFunc(e.within, func(w *element) bool { return w.name == name })
	if i < 0 {
		return nil
	}
	return e.within[i]
}

// readPage reads a page as a tree. It fails where an element is not closed.
func readPage(t *testing.T, page string) *element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(strings.Replace(page, "<!doctype html>", "", 1)))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &element{}
	open := []*element{root}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			e := &element{name: x.Name.Local, at: map[string]string{}, within: slices.Clone(open)}
			for _, a := range x.Attr {
				e.at[a.Name.Local] = a.Value
			}
			top := open[len(open)-1]
			top.children, open = append(top.children, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				e.text += string(x)
			}
		}
	}
}

// examplePage is a page that has every section: several models, predictions of both
// kinds, figures, claims that were asked and one that was not.
func examplePage(t *testing.T) string {
	t.Helper()
	var in Input
	for i, model := range []string{"first", "second"} {
		sw := Sweep{Name: "menus <" + model + "> \"it's\"", Question: "Which lr?", TOML: "name = 'menus'\nlr = [1, 2]", Train: "sweep run 'a b.toml'", Next: "sweep next 'a b.toml'", ListHashes: "sweep ls x"}
		for _, alpha := range []float64{1, 4, 16} {
			for _, lr := range []float64{1e-3, 3e-3, 1e-2, 3e-2, 1e-1} {
				for seed := range 2 {
					p := sweep.Defaults()
					p.Model, p.Alpha, p.LR, p.Seed = model, alpha, lr, seed
					p.Inherit()
					off := math.Log10(lr) + 1.5 + 0.5*math.Log10(alpha)
					loss := 1 + off*off + 0.01*float64((seed*7+i)%5)
					name := fmt.Sprintf("%s-a%g-lr%g-s%d", model, alpha, lr, seed)
					sw.Results = append(sw.Results, sweep.Result{
						Run:     sweep.Run{Key: name, Name: name, Params: p},
						Outcome: sweep.Outcome{State: sweep.StateDone, Steps: p.Steps, Seconds: 2, Loss: loss, FirstLoss: 3, Evaluated: true, EvalLoss: loss},
					})
				}
			}
		}
		for _, p := range []sweep.Prediction{
			{Says: "it falls", Quantity: "slope of the best lr", Along: "alpha", Above: -1, Below: 0},
			{Says: "it starts alike", Quantity: "unequal starts"},
		} {
			sw.Predicted = append(sw.Predicted, sweep.Predicted{Prediction: p, Cells: sw.Results})
		}
		in.Sweeps = append(in.Sweeps, sw)
	}
	in.Margins, in.Names, in.Command = analysis.DefaultMargins(), MarginNames{"--same", "--regret"}, "sweep report --sweep 'menus <first>'"
	r, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.DrawInside(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := r.HTML(&page); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

func TestAPageCanBeReadByThoseWhoDoNotSeeIt(t *testing.T) {
	page := readPage(t, examplePage(t))
	count := func(want int, names ...string) {
		t.Helper()
		if n := len(page.under(names...)); n != want {
			t.Errorf("%d of %v, want %d", n, names, want)
		}
	}
	count(1, "h1")
	count(1, "main")
	count(1, "nav")
	level := 0
	for _, h := range page.under("h1", "h2", "h3") {
		if n := int(h.name[1] - '0'); n > level+1 {
			t.Errorf("%s %q follows one of level %d", h.name, h.text, level)
		} else {
			level = n
		}
	}
	figures := page.under("figure")
	if len(figures) == 0 {
		t.Error("there is no figure")
	}
	for _, f := range figures {
		captions, images, dark := f.under("figcaption"), f.under("img"), f.under("source")
		switch {
		case len(captions) != 1 || len(images) != 1 || len(dark) != 1:
			t.Errorf("a figure has %d captions, %d images, %d of them for the dark", len(captions), len(images), len(dark))
		case !strings.HasPrefix(images[0].at["alt"], strings.TrimSpace(captions[0].text)) && !strings.Contains(images[0].at["alt"], " comes to: "):
			t.Errorf("a figure stands for %q", images[0].at["alt"])
		case images[0].at["src"] == dark[0].at["srcset"]:
			t.Error("a figure is the same in light and in dark")
		}
	}
	for _, table := range page.under("table") {
		box := table.in("div")
		if box == nil || box.at["tabindex"] != "0" || box.at["aria-label"] == "" {
			t.Error("a table does not stand in a named box that keys scroll")
		}
		var header []string
		for _, th := range table.under("thead")[0].under("th") {
			header = append(header, th.text)
			if th.at["scope"] != "col" || strings.TrimSpace(th.text) == "" {
				t.Errorf("a column is headed %q, with scope %q", th.text, th.at["scope"])
			}
		}
		for _, row := range table.under("tbody")[0].under("tr") {
			cells := row.under("th", "td")
			if len(cells) != len(header) || cells[0].at["scope"] != "row" {
				t.Fatalf("a row of %d cells, the first with scope %q, under %d headers", len(cells), cells[0].at["scope"], len(header))
			}
			for i, cell := range cells[1:] {
				if label := cell.at["data-label"]; label == "" || !strings.HasPrefix(header[i+1], label) || strings.TrimSpace(cell.text) == "" {
					t.Errorf("on a narrow screen the cell %q of %s says %q", cell.text, header[i+1], label)
				}
			}
		}
	}
}

func TestTheContentsOfAPageLeadToAllOfIt(t *testing.T) {
	page := readPage(t, examplePage(t))
	named := map[string]int{}
	for _, e := range page.under("section", "h2", "h3", "p", "div") {
		if id := e.at["id"]; id != "" {
			named[id]++
		}
	}
	for id, n := range named {
		if n > 1 {
			t.Errorf("%d elements are called %s", n, id)
		}
	}
	listed := map[string]bool{}
	for _, a := range page.under("a") {
		to, here := strings.CutPrefix(a.at["href"], "#")
		if !here || named[to] == 0 {
			t.Errorf("a link leads to %s", a.at["href"])
		}
		if a.in("nav") != nil {
			listed[to] = true
		}
	}
	for _, h := range page.under("h2") {
		if h.in("nav") == nil && h.in("section") == nil && !listed[h.at["id"]] {
			t.Errorf("the contents leave out %q", h.text)
		}
	}
}

// What to use, what is not known and the laws stand before all else, and bits behind.
func TestAPageGoesFromTheAnswerToTheBits(t *testing.T) {
	var order []string
	for _, h := range readPage(t, examplePage(t)).under("h2") {
		order = append(order, h.text)
	}
	last := -1
	for _, want := range []string{"What to use", "What is not known, and the cheapest runs that would tell", "How the best lr moves", "Claims", "Objections", "What was predicted", "Tables", "Claim (b)", "Claim (a)", "Certificates of the code"} {
		i := slices.Index(order, want)
		if i <= last {
			t.Errorf("%q is at %d of %q", want, i, order)
		}
		last = i
	}
}

func TestAPageLoadsNothingAndRunsNoOtherScript(t *testing.T) {
	text := examplePage(t)
	page := readPage(t, text)
	for _, e := range page.under("img", "source", "link", "script", "iframe") {
		for _, from := range []string{"src", "srcset", "href"} {
			if at := e.at[from]; at != "" && !strings.HasPrefix(at, "data:image/svg+xml,") {
				t.Errorf("%s loads %.40s", e.name, at)
			}
		}
	}
	policy := ""
	for _, m := range page.under("meta") {
		if m.at["http-equiv"] == "Content-Security-Policy" {
			policy = m.at["content"]
		}
	}
	for _, name := range []string{"style", "script"} {
		within := regexp.MustCompile(`(?s)<` + name + `>(.*)</` + name + `>`).FindStringSubmatch(text)
		if within == nil || !strings.Contains(policy, name+"-src "+hashSource(within[1])+";") {
			t.Errorf("the policy %q does not let the page's %s be", policy, name)
		}
	}
	for _, word := range []string{"unsafe", "http:", "https:"} {
		if strings.Contains(policy, word) {
			t.Errorf("the policy has %s", word)
		}
	}
}

// colours are the custom properties of a rule.
func colours(rule string) map[string]string {
	all := map[string]string{}
	for _, m := range regexp.MustCompile(`--(\w+): #(\w+)`).FindAllStringSubmatch(rule, -1) {
		all[m[1]] = m[2]
	}
	return all
}

// luminance is that of WCAG 2.2, of #rgb or #rrggbb.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	if len(colour) == 3 {
		colour = string([]byte{colour[0], colour[0], colour[1], colour[1], colour[2], colour[2]})
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func TestTheColoursOfAPageCanBeReadInBothModes(t *testing.T) {
	var modes []map[string]string
	for _, rule := range regexp.MustCompile(`:root[^{]*\{[^}]*\}`).FindAllString(pageStyle, -1) {
		modes = append(modes, colours(rule))
	}
	if len(modes) != 3 || fmt.Sprint(modes[1]) != fmt.Sprint(modes[2]) {
		t.Fatalf("%d sets of colours, want a light one and the dark one twice: %v", len(modes), modes)
	}
	for i, mode := range modes {
		for _, ink := range []string{"ink", "soft", "link", "good", "bad"} {
			for _, ground := range []string{"page", "code"} {
				a, b := luminance(t, mode[ink]), luminance(t, mode[ground])
				if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
					t.Errorf("set %d: --%s on --%s has a contrast of %.2f, want 4.5", i, ink, ground, ratio)
				}
			}
		}
	}
}

func TestWhatWasNotAskedIsSaidToBeSo(t *testing.T) {
	page := readPage(t, examplePage(t))
	for _, row := range page.under("tr") {
		if strings.HasPrefix(row.text, "(c)") && !strings.Contains(row.text, "not asked") {
			t.Errorf("%s", row.text)
		}
	}
	if !strings.Contains(page.text, "Not asked by these runs: how the best lr moves with r, steps.") {
		t.Error("nobody is told that r and steps were not varied")
	}
}
