package analysis

import (
	"cmp"
	"slices"

	"sweep/sweep"
)

// registered is a claim with all that a report needs of it. Each has a file of its
// own, and its place in the list of claims.
type registered struct {
	Claim
	judge func(*Study, Margins) []Finding

	// figures are the kinds of figures, as package plots and 'sweep plot' name
	// them, that show a finding on it.
	figures func(Finding, []sweep.Result) []string

	atStart        bool   // it is about the losses before training, to the bit, and not about what runs come to
	by             string // the axis that its figures run along, where they do; "" for alpha
	comparesAlphas bool   // its figures compare alphas
	rankIsControl  bool   // its control is what r does, be it in another sweep
}

// claims lists the claims in the order of their letters.
func claims() []registered {
	return []registered{zeroStart(), alphaTracksLR(), fixedAlpha(), notTooLarge(), trainedAlpha(), rankByRows()}
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

// By is the axis that figures of the claim run along, where they do.
func (c Claim) By() string { return cmp.Or(c.of().by, "alpha") }

// RankIsControl reports whether the claim's control is what r does, so that a
// sweep without r may borrow it from another.
func (c Claim) RankIsControl() bool { return c.of().rankIsControl }

// Figures lists the kinds of figures that show the finding, which rests on
// results.
func (f Finding) Figures(results []sweep.Result) []string { return f.Claim.of().figures(f, results) }
