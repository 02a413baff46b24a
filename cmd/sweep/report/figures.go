package report

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"sweep/plots"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// Place puts a drawn figure where the page finds it, and returns how the page
// shows it. No other figure of the report has the name, which may be part of a
// file's.
type Place func(name string, f plots.Figure) (Figure, error)

// Inline puts a figure into the page, as HTML needs it.
func Inline(_ string, f plots.Figure) (Figure, error) {
	var b bytes.Buffer
	err := f.Write(&b, "svg")
	return Figure{SVG: inline(b.String())}, err
}

// inline is an SVG document as an element of a page. It is of our own drawing,
// and its words were escaped there.
func inline(svg string) template.HTML {
	return template.HTML(svg[max(0, strings.Index(svg, "<svg")):])
}

// Draw draws the figures of every claim, sweep by sweep, and has the page show
// them where place puts them.
func (r *Report) Draw(ctx context.Context, curves plots.CurveReader, place Place) error {
	for i := range r.Claims {
		claim := &r.Claims[i]
		for _, s := range r.analyses {
			for _, name := range s.kinds(claim.Letter, strongestEvidence(claim.Letter, r.analyses)) {
				kind, err := plots.LookupKind(name)
				if err == nil {
					err = claim.draw(ctx, kind, s, curves, plots.Options{Style: r.style}, place)
				}
				if err != nil {
					return fmt.Errorf("draw claim (%s) by sweep %s: %w", claim.Letter, s.label(), err)
				}
			}
		}
	}
	return nil
}

func (c *ClaimSection) draw(ctx context.Context, kind plots.FigureKind, s sweepAnalysis, curves plots.CurveReader, o plots.Options, place Place) error {
	by := c.By()
	results := replicated(s.results)
	switch {
	case kind.Name == "orbit":
		results = s.results // one seed is enough
	case c.ComparesAlphas():
		results = several(results, func(p sweep.Params) float64 { return p.Alpha })
	}
	if left := len(s.results) - len(results); left > 0 {
		o.Notes = []string{fmt.Sprintf("%d more runs of the sweep are not drawn: their arms have one seed, or one alpha, where others have several", left)}
	}
	figures, err := kind.Draw(ctx, []plots.Layer{{Name: s.label(), Results: results}}, by, curves, o)
	if errors.Is(err, plots.ErrNothingToDraw) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range figures {
		placed, err := place(fileName(s.label())+"-"+kind.Name+f.Suffix, f)
		if err != nil {
			return err
		}
		placed.Shows = s.label() + ": " + shows(kind, by, results)
		c.Figures = append(c.Figures, placed)
	}
	return nil
}

// shows says what a figure along an axis shows. Where lr has one value, the losses are
// drawn against that axis.
func shows(kind plots.FigureKind, by string, results []sweep.Result) string {
	if kind.Name == "lr" && analysis.Varies(results, "lr") != nil {
		return "loss against " + by
	}
	return kind.Shows(by)
}

// fileName is a label without the characters that file systems and links do not
// take. One that is too long for a file is cut, and ends in its hash.
func fileName(label string) string {
	const most = 120 // bytes
	name := []rune(label)
	for i, r := range name {
		if strings.ContainsRune(` ,/\:*?"<>|`, r) {
			name[i] = '-'
		}
	}
	if len(string(name)) <= most {
		return string(name)
	}
	sum := sha256.Sum256([]byte(label))
	return strings.ToValidUTF8(string(name)[:most-13], "") + "-" + hex.EncodeToString(sum[:6])
}

// kinds are the kinds of figures that show what findings of some strength say of a
// claim.
func (s sweepAnalysis) kinds(letter string, least analysis.EvidenceStrength) []string {
	var kinds []string
	for _, f := range s.findings {
		if f.Claim.Letter != letter || f.EvidenceStrength() < max(least, analysis.Suggestive) {
			continue
		}
		for _, kind := range f.Figures(s.results) {
			if !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}

// replicated leaves out the arms with one seed where others have several: they are
// there to compare single runs.
func replicated(results []sweep.Result) []sweep.Result {
	return several(results, func(p sweep.Params) int { return p.Seed })
}

// several leaves out the arms in which all runs have one value where others have
// several.
func several[V comparable](results []sweep.Result, value func(sweep.Params) V) []sweep.Result {
	values := map[string]map[V]bool{}
	most := 0
	for _, r := range results {
		if values[r.Arm] == nil {
			values[r.Arm] = map[V]bool{}
		}
		values[r.Arm][value(r.Params)] = true
		most = max(most, len(values[r.Arm]))
	}
	return slices.DeleteFunc(slices.Clone(results), func(r sweep.Result) bool { return most > 1 && len(values[r.Arm]) == 1 })
}
