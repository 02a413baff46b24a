package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sweep/plots"
	"sweep/store"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// illustrate draws the figures of every claim and adds what place makes of
// them, claim by claim, and study by study. The name it is given tells the
// figure from all others of the report.
func (p *page) illustrate(ctx context.Context, st *store.Store, studies []study, o plots.Options, place placer) error {
	for i := range p.Claims {
		claim := &p.Claims[i]
		for _, s := range studies {
			if !s.bearsOn(claim.Letter, mostBearing(claim.Letter, studies)) {
				continue
			}
			for _, name := range claimKinds(claim.Letter) {
				if name == "starts" && !hasControl(s.results) {
					continue // a figure of one line
				}
				d := drawing{ctx, st, s.saved.Keys, replicated(s.results), "alpha"}
				if name == "orbit" {
					d.results = s.results // of which one seed will do
				}
				if err := claim.draw(findKind(name), s.label(), d, o, place); err != nil {
					return fmt.Errorf("draw claim (%s) by sweep %s: %w", claim.Letter, s.label(), err)
				}
			}
		}
	}
	return nil
}

func (c *claimSection) draw(kind figureKind, label string, d drawing, o plots.Options, place placer) error {
	figures, err := kind.draw(d, o)
	if errors.Is(err, plots.ErrNothingToDraw) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range figures {
		name := fileName(label) + "-" + kind.name + f.Suffix
		placed, err := place(name, f)
		if err != nil {
			return err
		}
		placed.Shows = label + ": " + kind.shows
		c.Figures = append(c.Figures, placed)
	}
	return nil
}

// hasControl reports whether some run starts with both factors random.
func hasControl(results []sweep.Result) bool {
	return slices.ContainsFunc(analysis.Starts(results), func(s analysis.Start) bool { return !s.Zero })
}

// fileName is a label without what file systems and links mind.
func fileName(label string) string {
	name := []rune(label)
	for i, r := range name {
		if r == ' ' || r == ',' || r == '/' || r == '\\' {
			name[i] = '-'
		}
	}
	return string(name)
}

// claimKinds are the kinds of figures that show a claim.
func claimKinds(letter string) []string {
	switch letter {
	case analysis.ZeroStart().Letter:
		return []string{"starts"}
	case analysis.AlphaTracksLR().Letter:
		return []string{"lr", "collapse", "orbit"}
	case analysis.FixedAlpha().Letter:
		return []string{"transfer", "regret"}
	default:
		return []string{"heatmap"}
	}
}

// bearsOn reports whether the study has a finding on the claim of some bearing.
func (s study) bearsOn(letter string, least analysis.Bearing) bool {
	return least > analysis.Silent && slices.ContainsFunc(s.findings, func(f analysis.Finding) bool {
		return f.Claim.Letter == letter && !f.Exact && f.Bearing() >= least
	})
}

// replicated leaves out the arms of one seed where others have several: they
// are there for comparisons of single runs.
func replicated(results []sweep.Result) []sweep.Result {
	seeds := map[string]map[int]bool{}
	most := 0
	for _, r := range results {
		if seeds[r.Arm()] == nil {
			seeds[r.Arm()] = map[int]bool{}
		}
		seeds[r.Arm()][r.Params.Seed] = true
		most = max(most, len(seeds[r.Arm()]))
	}
	return slices.DeleteFunc(slices.Clone(results), func(r sweep.Result) bool { return most > 1 && len(seeds[r.Arm()]) == 1 })
}
