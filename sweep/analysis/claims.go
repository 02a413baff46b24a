package analysis

import (
	"slices"

	"sweep/sweep"
)

// registered is a claim with all that a report needs of it. A claim stands in the
// list of claims and nowhere else by its letter.
type registered struct {
	Claim
	judge func(*Study, Margins) []Finding

	// figures are the kinds of figures, as package plots and 'sweep plot' name
	// them, that show a finding on it.
	figures func(Finding, []sweep.Result) []string

	comparesAlphas bool // its figures compare alphas
	rankIsControl  bool // its control is what r does, be it in another sweep
}

// claims lists the claims in the order of their letters.
func claims() []registered {
	return []registered{
		{
			Claim:   ZeroStart(),
			judge:   func(s *Study, _ Margins) []Finding { return zeroStart(s.results) },
			figures: startFigures,
		},
		{
			Claim:          AlphaTracksLR(),
			judge:          func(s *Study, m Margins) []Finding { return slices.Concat(s.alphaTracksLR(m), exactForm(s.results)) },
			figures:        alphaFigures,
			comparesAlphas: true,
		},
		{
			Claim:   FixedAlpha(),
			judge:   (*Study).fixedAlpha,
			figures: func(Finding, []sweep.Result) []string { return []string{"transfer", "regret"} },
		},
		{
			Claim:          NotTooLarge(),
			judge:          (*Study).notTooLarge,
			figures:        func(Finding, []sweep.Result) []string { return []string{"heatmap"} },
			comparesAlphas: true,
			rankIsControl:  true,
		},
	}
}

// startFigures leaves out a figure that would be one line.
func startFigures(_ Finding, results []sweep.Result) []string {
	if !slices.ContainsFunc(Starts(results), func(s Start) bool { return !s.Zero }) {
		return nil
	}
	return []string{"starts"}
}

func alphaFigures(f Finding, _ []sweep.Result) []string {
	if f.Exact {
		return []string{"orbit"}
	}
	return []string{"lr", "collapse"}
}

// of returns what is registered of a claim.
func (c Claim) of() registered {
	all := claims()
	i := slices.IndexFunc(all, func(r registered) bool { return r.Letter == c.Letter })
	if i < 0 {
		return registered{Claim: c, figures: func(Finding, []sweep.Result) []string { return nil }}
	}
	return all[i]
}

// ComparesAlphas reports whether figures of the claim compare alphas.
func (c Claim) ComparesAlphas() bool { return c.of().comparesAlphas }

// RankIsControl reports whether the claim's control is what r does, so that a
// sweep without r may borrow it from another.
func (c Claim) RankIsControl() bool { return c.of().rankIsControl }

// Figures lists the kinds of figures that show the finding, which rests on
// results.
func (f Finding) Figures(results []sweep.Result) []string { return f.Claim.of().figures(f, results) }
