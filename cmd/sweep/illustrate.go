package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sweep/plots"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// illustrate draws the figures of every claim and adds what place makes of
// them, claim by claim, and study by study. The name it is given tells the
// figure from all others of the report.
func (p *page) illustrate(ctx context.Context, st sweep.Store, studies []study, o plots.Options, place placer) error {
	for i := range p.Claims {
		claim := &p.Claims[i]
		for _, s := range studies {
			for _, name := range s.kinds(claim.Letter, strongestEvidence(claim.Letter, studies)) {
				results := replicated(s.results)
				switch {
				case name == "orbit":
					results = s.results // of which one seed will do
				case claim.ComparesAlphas():
					results = several(results, func(p sweep.Params) float64 { return p.Alpha })
				}
				if err := claim.draw(ctx, name, s.label(), results, st, o, place); err != nil {
					return fmt.Errorf("draw claim (%s) by sweep %s: %w", claim.Letter, s.label(), err)
				}
			}
		}
	}
	return nil
}

func (c *claimSection) draw(ctx context.Context, name, label string, results []sweep.Result, st sweep.Store, o plots.Options, place placer) error {
	kind, err := plots.LookupKind(name)
	if err != nil {
		return err
	}
	figures, err := kind.Draw(ctx, results, "alpha", st, o)
	if errors.Is(err, plots.ErrNothingToDraw) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range figures {
		name := fileName(label) + "-" + kind.Name + f.Suffix
		placed, err := place(name, f)
		if err != nil {
			return err
		}
		placed.Shows = label + ": " + kind.Shows("alpha")
		c.Figures = append(c.Figures, placed)
	}
	return nil
}

// fileName is a label without what file systems and links mind. One that is too
// long for a file is cut, and tells itself from others by its hash.
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

// kinds are those of the figures that show what the study's findings of some
// strength say of a claim.
func (s study) kinds(letter string, least analysis.EvidenceStrength) []string {
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

// replicated leaves out the arms of one seed where others have several: they
// are there for comparisons of single runs.
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
