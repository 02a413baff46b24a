package analysis

import (
	"slices"
	"strings"
)

// A Power is a law that theory knows: the best value moves as that power of
// what is varied.
type Power struct {
	Value float64
	Text  string // "-1/2"
	When  string // it holds
}

// Theory returns the powers that a bilinear model predicts for a slice: how the
// best lr moves with alpha, or with r under each law for s; none where it
// predicts nothing. Adam's step has the size of lr, SGD's grows with
// the gradient, and so with s.
func (c Comparison) Theory(s Slice) []Power {
	switch adam := adaptive(s.params); {
	case c.Over == "lr" && c.By == "alpha":
		return byAlpha(adam, slices.Contains(s.tied, "init_std"))
	case c.Over == "alpha" && c.By == "lr" && adam:
		return []Power{{-1, "-1", moving}, {-2, "-2", moved}}
	case c.Over == "alpha" && c.By == "lr":
		return []Power{{-0.5, "-1/2", moving}, {-1, "-1", moved}}
	case c.Over == "lr" && c.By == "r":
		var powers []Power
		for _, law := range Laws() {
			powers = append(powers, law.theory(adam))
		}
		return powers
	default:
		return nil
	}
}

// What a run comes to, by how far A moves.
const (
	moving = "while B dominates"
	moved  = "once A has moved as far as it started"
)

func byAlpha(adam, scaledStart bool) []Power {
	const scaled = "where init_std moves as alpha^(-1/2)"
	switch {
	case adam && scaledStart:
		return []Power{{-0.5, "-1/2", scaled}}
	case scaledStart:
		return []Power{{-1, "-1", scaled}}
	case adam:
		return []Power{{-1, "-1", moving}, {-0.5, "-1/2", moved}, {0, "0", "beyond"}}
	default:
		return []Power{{-2, "-2", moving}, {-1, "-1", moved}}
	}
}

// theory is the power of r in the best lr under a law.
func (l ScalingLaw) theory(adam bool) Power {
	when := "where " + string(l)
	switch {
	case l == ByRank && adam, l == Constant && !adam:
		return Power{0, "0", when}
	case l == ByRank:
		return Power{1, "1", when}
	case l == ByRootRank && adam:
		return Power{-0.25, "-1/4", when}
	case l == ByRootRank:
		return Power{0.5, "1/2", when}
	default:
		return Power{-0.5, "-1/2", when}
	}
}

// Theory is the power of r in the rule's best lr.
func (r AlphaRule) Theory() Power { return r.Law.theory(adaptive(r.Slice.params)) }

// expected tells the powers of alpha that theory knows for a slice.
func (s Slice) expected() string {
	var parts []string
	for _, p := range (Comparison{By: "alpha", Over: "lr"}).Theory(s) {
		parts = append(parts, p.Text+" "+p.When)
	}
	return strings.Join(parts, ", ")
}
