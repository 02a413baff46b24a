package report

import (
	"cmp"
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

// DrawBeside draws the figures of every claim, sweep by sweep, and has the page show
// them where place puts them.
func (r *Report) DrawBeside(ctx context.Context, curves plots.CurveReader, place Place) error {
	return r.draw(ctx, curves, func(name string, draw draw) ([]Figure, error) {
		drawn, err := draw(plots.Options{Style: r.style})
		var figures []Figure
		for _, f := range drawn {
			placed, err := place(name+f.Suffix, f)
			if err != nil {
				return nil, err
			}
			figures = append(figures, placed)
		}
		return figures, err
	})
}

// DrawInside draws the figures of every claim, sweep by sweep, into the page, as HTML
// needs them: for wide screens and for narrow ones, each in the page's colours or, if
// it follows the reader's screen, in light and in dark.
func (r *Report) DrawInside(ctx context.Context, curves plots.CurveReader) error {
	style := cmp.Or(r.style, plots.Slides)
	return r.draw(ctx, curves, func(_ string, draw draw) ([]Figure, error) {
		var figures []Figure
		for _, width := range []plots.Width{plots.TwoColumns, plots.OneColumn} {
			drawn, err := draw(plots.Options{Style: style, Width: width, NoCaption: true})
			if err != nil {
				return nil, err
			}
			var inDark []plots.Figure
			if r.style == "" {
				if inDark, err = draw(plots.Options{Style: plots.Dark, Width: width, NoCaption: true}); err != nil {
					return nil, err
				}
			}
			for i, f := range drawn {
				placed := Figure{Narrow: width == plots.OneColumn}
				url, err := dataURL(f)
				if err != nil {
					return nil, err
				}
				placed.Image = template.URL(url)
				if placed.Caption, err = caption(f); err != nil {
					return nil, err
				}
				if i < len(inDark) {
					if url, err = dataURL(inDark[i]); err != nil {
						return nil, err
					}
					placed.InDark = template.Srcset(url)
				}
				figures = append(figures, placed)
			}
		}
		return figures, nil
	})
}

// caption is a figure's caption as a line of text.
func caption(f plots.Figure) (string, error) {
	var b strings.Builder
	err := f.WriteCaption(&b)
	return strings.TrimSpace(b.String()), err
}

// dataURL is a figure as the address of a picture, in which nothing ends an attribute
// or a list of addresses.
func dataURL(f plots.Figure) (string, error) {
	var b strings.Builder
	if err := f.Write(&b, "svg"); err != nil {
		return "", err
	}
	svg := b.String()
	return "data:image/svg+xml," + strings.NewReplacer(
		"%", "%25", "#", "%23", `"`, "%22", "'", "%27", "<", "%3C", ">", "%3E", "&", "%26", " ", "%20", "\n", "%0A", "\t", "%20",
	).Replace(svg[max(0, strings.Index(svg, "<svg")):]), nil
}

// draw draws the figures of one kind and one sweep.
type draw func(plots.Options) ([]plots.Figure, error)

// draw has show draw the figures of every claim, by every sweep and kind of figure that
// shows it, under a name that no others have.
func (r *Report) draw(ctx context.Context, curves plots.CurveReader, show func(string, draw) ([]Figure, error)) error {
	for i := range r.Claims {
		claim := &r.Claims[i]
		by := claim.By()
		for _, s := range r.analyses {
			for _, name := range s.kinds(claim.Letter, strongestEvidence(claim.Letter, r.analyses)) {
				kind, err := plots.LookupKind(name)
				if err != nil {
					return err
				}
				results := claim.drawn(s, kind)
				figures, err := show(fileName(s.label())+"-"+name, func(o plots.Options) ([]plots.Figure, error) {
					if left := len(s.results) - len(results); left > 0 {
						o.Notes = []string{fmt.Sprintf("%d more runs of the sweep are not drawn: their arms have one seed, or one alpha, where others have several", left)}
					}
					return kind.Draw(ctx, []plots.Layer{{Name: s.label(), Results: results}}, by, curves, o)
				})
				if errors.Is(err, plots.ErrNothingToDraw) {
					continue
				}
				if err != nil {
					return fmt.Errorf("draw claim (%s) by sweep %s: %w", claim.Letter, s.label(), err)
				}
				claim.add(figures, s.label()+": "+r.shows(kind, by, results), claim.says(s))
			}
		}
	}
	return nil
}

// drawn are the results of which figures of a kind show the claim.
func (c *ClaimSection) drawn(s sweepAnalysis, kind plots.FigureKind) []sweep.Result {
	results := replicated(s.results)
	switch {
	case kind.Name == "orbit":
		return s.results // one seed is enough
	case c.ComparesAlphas():
		return several(results, func(p sweep.Params) float64 { return p.Alpha })
	}
	return results
}

// add adds figures, numbered where there are several of a width.
func (c *ClaimSection) add(figures []Figure, shows, says string) {
	of, at := map[bool]int{}, map[bool]int{}
	for _, f := range figures {
		of[f.Narrow]++
	}
	for _, f := range figures {
		f.Shows, f.Says = shows, says
		if at[f.Narrow]++; of[f.Narrow] > 1 {
			f.Shows += fmt.Sprintf(" (%d of %d)", at[f.Narrow], of[f.Narrow])
		}
		c.Figures = append(c.Figures, f)
	}
}

// says is what the findings of an analysis come to, in a line.
func (c *ClaimSection) says(s sweepAnalysis) string {
	const most = 3
	var parts []string
	for _, row := range c.Findings {
		if row.Sweep == s.label() && row.Measure != "" {
			parts = append(parts, row.Part+", "+row.Verdict+", "+row.Measure+" "+row.Key)
		}
	}
	if n := len(parts) - most; n > 0 {
		parts = append(parts[:most], fmt.Sprintf("and %d more, in the table of claims", n))
	}
	return strings.Join(parts, "; ")
}

// shows says what a figure along an axis shows. Where lr has one value, the losses are
// drawn against that axis.
func (r *Report) shows(kind plots.FigureKind, by string, results []sweep.Result) string {
	switch {
	case !kind.AtEnd:
		return kind.Shows(by)
	case kind.Name == "lr" && analysis.Varies(results, "lr") != nil:
		return r.Worded("loss against " + by)
	}
	return r.Worded(kind.Shows(by))
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
