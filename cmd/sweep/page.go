package main

import (
	_ "embed" // the report's templates
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	text "text/template"

	"sweep/cmd/sweep/humanize"
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
	Title      string
	Sweeps     []sweepSection
	Command    string // what makes the report again
	Margins    string // what counts as the same
	Claims     []claimSection
	InShort    []string
	Advice     []adviceSection
	Models     *modelSection // nil unless there is more than one model
	Provenance []item
	Dark       bool
}

// sweepSection is a sweep that the report rests on.
type sweepSection struct {
	Name, Question string
	Tally          string
	Missing        string // what is not trained, "" if all is
	Fingerprint    string // over the hashes of all its curves
	Hashes         string // the command that lists them
	Grid           string // the TOML file
}

// claimSection is a claim and all that was found on it.
type claimSection struct {
	analysis.Claim
	Findings []row
	Aside    string // parts that were not made to judge it
	Figures  []figure
}

// figure is one inside the page or beside it.
type figure struct {
	SVG   template.HTML
	Path  string
	Shows string
}

type item struct{ Name, Value string }

func newPage(studies []study, m analysis.Margins) page {
	p := page{Title: pageTitle(studies), Margins: marginText(m), InShort: inShort(studies, m), Advice: advise(studies, m), Provenance: provenances(studies)}
	for i, s := range studies {
		if i == 0 || s.saved.Name != studies[i-1].saved.Name {
			p.Sweeps = append(p.Sweeps, newSweepSection(s.saved.Name, studies))
		}
	}
	for _, letter := range claimLetters(studies) {
		p.Claims = append(p.Claims, newClaimSection(letter, studies))
	}
	if len(reportModels(studies)) > 1 {
		p.Models = compareModels(studies)
	}
	return p
}

func pageTitle(studies []study) string {
	names := sweepNames(studies)
	if len(names) == 1 {
		return names[0]
	}
	return "What " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " show"
}

func newSweepSection(name string, studies []study) sweepSection {
	var results []sweep.Result
	s := sweepSection{Name: name}
	for _, study := range studies {
		if study.saved.Name == name {
			results = append(results, study.results...)
			s.Question = sweep.OneLine(study.saved.Question)
			s.Grid = strings.TrimSpace(strings.ReplaceAll(study.saved.TOML, "\r\n", "\n"))
		}
	}
	tally := analysis.Count(analysis.Runs(results), analysis.Judge(results))
	s.Tally = fmt.Sprintf("%s: %d done, %d diverged", humanize.Count(tally.Total(), "run"), tally.Done, tally.Diverged)
	if tally.Left() > 0 {
		s.Missing = tally.Missed()
	}
	s.Fingerprint = fingerprint(results)
	return s
}

func marginText(m analysis.Margins) string {
	return fmt.Sprintf("Losses are the same within %g %% (--same); a regret is small up to %g %% (--regret); an effect is gone when less than %g %% of its variance is left (--left).",
		100*m.Same, 100*m.Regret, 100*m.Left)
}

func claimLetters(studies []study) []string {
	var letters []string
	for _, s := range studies {
		for _, f := range s.findings {
			if !slices.Contains(letters, f.Claim.Letter) {
				letters = append(letters, f.Claim.Letter)
			}
		}
	}
	slices.Sort(letters)
	return letters
}

// newClaimSection has the findings whose runs were made to judge the claim, as
// far as any were. If all are silent, one row tells why.
func newClaimSection(letter string, studies []study) claimSection {
	var c claimSection
	var exact []row // beside the others, since they answer another question
	var aside []string
	most := strongestEvidence(letter, studies)
	for _, s := range studies {
		for _, f := range s.findings {
			if f.Claim.Letter != letter {
				continue
			}
			c.Claim = f.Claim
			switch {
			case f.Exact:
				exact = append(exact, newRow(s, f))
			case most == analysis.Silent:
				c.addSilent(newRow(s, f))
			case f.EvidenceStrength() == most:
				c.Findings = append(c.Findings, newRow(s, f))
			case f.EvidenceStrength() == analysis.Suggestive:
				aside = append(aside, s.label()+" ("+partName(f.Part)+")")
			}
		}
	}
	c.Findings = append(c.Findings, exact...)
	if len(aside) > 0 {
		c.Aside = "Not judged, for want of seeds, of values or of trained pairs: " + strings.Join(aside, "; ") + "."
	}
	return c
}

func strongestEvidence(letter string, studies []study) analysis.EvidenceStrength {
	most := analysis.Silent
	for _, s := range studies {
		for _, f := range s.findings {
			if f.Claim.Letter == letter && !f.Exact {
				most = max(most, f.EvidenceStrength())
			}
		}
	}
	return most
}

// addSilent merges rows that say no more than that nothing was varied.
func (c *claimSection) addSilent(r row) {
	if len(c.Findings) == 0 {
		c.Findings = []row{r}
		return
	}
	first := &c.Findings[0]
	first.Sweep, first.Part = first.Sweep+", "+r.Sweep, "all"
	for _, reason := range r.Reasons {
		if !slices.Contains(first.Reasons, reason) {
			first.Reasons = append(first.Reasons, reason)
		}
	}
}

func (p page) writeMarkdown(w io.Writer) error {
	t, err := text.New("report").Funcs(text.FuncMap{
		"join": strings.Join, "text": markdown, "code": markdownCode, "fenced": markdownBlock, "image": markdownImage,
	}).Parse(markdownReport)
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

// inline is an SVG document as an element of a page. It is of our own drawing,
// and its words were escaped there.
func inline(svg string) template.HTML {
	return template.HTML(svg[max(0, strings.Index(svg, "<svg")):])
}
