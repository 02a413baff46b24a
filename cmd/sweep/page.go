package main

import (
	_ "embed" // the report's templates
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	text "text/template"

	"sweep/store"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

//go:embed report.md.tmpl
var markdownReport string

//go:embed report.html.tmpl
var htmlReport string

// page is a report as its templates see it: words, in the order in which they
// are read.
type page struct {
	Name, Question string
	Command        string // what makes the report again
	Tally          string
	Missing        string // what is not trained, "" if all is
	Margins        string // what counts as the same
	Claims         []claimSection
	Advice         []string
	Provenance     []item
	Grid           string // the TOML file
}

// claimSection is a claim and all that was found on it.
type claimSection struct {
	analysis.Claim
	Findings []row
	Varied   bool // the results vary what it speaks of, whatever the verdict
	Figures  []figure
}

// row is a finding in the table of verdicts.
type row struct {
	Letter, Part, Verdict, Measure, Key, Control string
	Seeds                                        int
	Runs                                         string
	Reasons, Add                                 []string
}

// figure is one inside the page or beside it.
type figure struct {
	SVG   template.HTML
	Path  string
	Shows string
}

type item struct{ Name, Value string }

func newPage(saved store.Sweep, results []sweep.Result) (page, error) {
	findings, err := analysis.Verdicts(results, analysis.DefaultMargins())
	if err != nil {
		return page{}, err
	}
	advice, err := analysis.Advise(results)
	if err != nil {
		return page{}, err
	}
	tally := analysis.Count(analysis.Runs(results), analysis.Judge(results))
	p := page{
		Name: saved.Name, Question: saved.Question, Grid: strings.TrimSpace(saved.TOML),
		Command: fmt.Sprintf("sweep run %s.toml && sweep report --sweep %s", saved.Name, saved.Name),
		Margins: marginText(analysis.DefaultMargins()),
		Tally:   fmt.Sprintf("%s: %d done, %d diverged", count(tally.Total(), "run"), tally.Done, tally.Diverged),
		Advice:  slices.Concat(alphaAdvice(advice.Alpha), rankAdvice(advice.Rank)), Provenance: provenances(results),
	}
	if n := tally.Failed + tally.Missing; n > 0 {
		p.Missing = fmt.Sprintf("%d failed, %d not yet trained", tally.Failed, tally.Missing)
	}
	for _, f := range findings {
		if n := len(p.Claims); n == 0 || p.Claims[n-1].Letter != f.Claim.Letter {
			p.Claims = append(p.Claims, claimSection{Claim: f.Claim})
		}
		section := &p.Claims[len(p.Claims)-1]
		section.Findings = append(section.Findings, newRow(f))
		section.Varied = section.Varied || slices.ContainsFunc(f.Reasons, func(r analysis.Reason) bool { return r.Kind != analysis.NotVaried })
	}
	return p, nil
}

func marginText(m analysis.Margins) string {
	return fmt.Sprintf("Losses are the same within %g %%; a regret is small up to %g %%; an effect is gone when less than %g %% of its variance is left.",
		100*m.Same, 100*m.Regret, 100*m.Left)
}

func newRow(f analysis.Finding) row {
	r := row{
		Letter: f.Claim.Letter, Part: partName(f.Part), Verdict: string(f.Verdict), Measure: f.Measure,
		Key: estimateText(f.Key), Control: controlText(f.Control), Seeds: f.Seeds,
		Runs: fmt.Sprintf("%d done, %d diverged", f.Tally.Done, f.Tally.Diverged),
	}
	if n := f.Tally.Failed + f.Tally.Missing; n > 0 {
		r.Runs += fmt.Sprintf(", %d missing", n)
	}
	for _, reason := range f.Reasons {
		r.Reasons = append(r.Reasons, reason.Detail)
	}
	for _, a := range f.Add {
		r.Add = append(r.Add, a.String())
	}
	return r
}

func partName(part []analysis.Setting) string {
	if len(part) == 0 {
		return "all"
	}
	names := make([]string, len(part))
	for i, s := range part {
		names[i] = s.String()
	}
	return strings.Join(names, ", ")
}

func estimateText(e analysis.Estimate) string {
	if !e.Known() {
		return "–"
	}
	return e.String()
}

func controlText(c analysis.Control) string {
	switch {
	case c.Name == "":
		return "none in these runs"
	case c.Otherwise:
		return c.Name + ": " + estimateText(c.Number) + ", behaves otherwise"
	default:
		return c.Name + ": " + estimateText(c.Number) + ", does not clearly behave otherwise"
	}
}

// alphaAdvice says what to do to lr when alpha changes.
func alphaAdvice(all []analysis.AlphaAdvice) []string {
	var lines []string
	for _, a := range all {
		lines = append(lines, fmt.Sprintf("From alpha to 2 alpha multiply lr by %s, to 4 alpha by %s (%sfrom alpha = %s to %s, %d best values).",
			a.Factor(2), a.Factor(4), prefix(a.Part), a.Slope.From, a.Slope.To, a.Slope.N))
	}
	return lines
}

// rankAdvice says whether to keep lr when r changes, rule by rule.
func rankAdvice(all []analysis.RankAdvice) []string {
	var lines []string
	for _, a := range all {
		move := fmt.Sprintf("With %s, moving from r = %s to %s: ", a.Rule, a.From, a.To)
		if part := prefix(a.Part); part != "" {
			move = capitalised(part) + "with" + strings.TrimPrefix(move, "With")
		}
		lines = append(lines, move+keepOrTune(a))
	}
	return lines
}

func keepOrTune(a analysis.RankAdvice) string {
	least := ""
	if a.Regret.AtLeast {
		least = "at least "
	}
	regret := least + percent(a.Regret.Relative)
	factor := strconv.FormatFloat(a.Factor, 'g', 2, 64)
	switch {
	case a.Regret.Diverges:
		return "lower lr; the old one diverges or lies beside one that does."
	case a.Regret.Relative.Value > analysis.DefaultMargins().Regret:
		return fmt.Sprintf("multiply lr by %s; keeping it costs %s of the loss.", factor, regret)
	default:
		return fmt.Sprintf("keep lr; regret %s (its own best is %s times that).", regret, factor)
	}
}

// percent writes a share and its interval.
func percent(e analysis.Estimate) string {
	digits := func(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) }
	if !e.Bounded() {
		return digits(e.Value) + " %"
	}
	return fmt.Sprintf("%s %% (%s to %s)", digits(e.Value), digits(e.Low), digits(e.High))
}

func prefix(part []analysis.Setting) string {
	if len(part) == 0 {
		return ""
	}
	return "at " + partName(part) + ", "
}

func capitalised(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// provenances lists what made the results, each differing value once.
func provenances(results []sweep.Result) []item {
	var items []item
	for _, from := range []struct {
		name string
		of   func(sweep.Result) string
	}{
		{"program", func(r sweep.Result) string { return r.Provenance.Version }},
		{"revision", revision},
		{"CPU", func(r sweep.Result) string { return r.Provenance.CPU }},
		{"kernels", func(r sweep.Result) string { return r.Provenance.Kernels }},
		{"Go", func(r sweep.Result) string { return r.Provenance.Go }},
		{"numerics", func(r sweep.Result) string { return strconv.Itoa(r.Inputs.Numerics) }},
		{"model (SHA-256)", func(r sweep.Result) string { return r.Inputs.Model }},
		{"data (SHA-256)", func(r sweep.Result) string { return r.Inputs.Data }},
	} {
		var values []string
		for _, r := range results {
			if v := from.of(r); r.State.Final() && v != "" && !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			items = append(items, item{from.name, strings.Join(values, "; ")})
		}
	}
	return items
}

func revision(r sweep.Result) string {
	if r.Provenance.Dirty {
		return r.Provenance.Revision + " (modified)"
	}
	return r.Provenance.Revision
}

func (p page) writeMarkdown(w io.Writer) error {
	t, err := text.New("report").Funcs(text.FuncMap{"join": strings.Join, "cell": tableCell}).Parse(markdownReport)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

func (p page) writeHTML(w io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{"join": strings.Join}).Parse(htmlReport)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// tableCell keeps a text from ending its cell.
func tableCell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// inline is an SVG document as an element of a page. It is of our own drawing,
// and its words were escaped there.
func inline(svg string) template.HTML {
	return template.HTML(svg[max(0, strings.Index(svg, "<svg")):])
}
