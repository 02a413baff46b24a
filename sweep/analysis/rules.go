package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// A ScalingLaw is how the scale s of the update falls with r.
type ScalingLaw string

// The laws.
const (
	ByRank     ScalingLaw = "s ~ 1/r"       // alpha fixed, scaling alpha/r
	ByRootRank ScalingLaw = "s ~ 1/sqrt(r)" // alpha fixed, scaling alpha/sqrt(r) (rsLoRA)
	Constant   ScalingLaw = "s constant"    // alpha = r, alpha = 2r and their like
)

// Laws returns the laws, those that divide by r the most first.
func Laws() []ScalingLaw { return []ScalingLaw{ByRank, ByRootRank, Constant} }

// power is that of 1/r in s.
func (l ScalingLaw) power() float64 {
	switch l {
	case ByRank:
		return 1
	case ByRootRank:
		return 0.5
	default:
		return 0
	}
}

// An AlphaRule says what to do to alpha when r changes.
type AlphaRule struct {
	Law     ScalingLaw
	Name    string  // as a person would write it, such as "alpha = 2r"
	Factor  float64 // s = Factor / r^power
	Slice   Slice   // by r, along lr
	Regrets []Regret
	Mean    statistics.Estimate // mean relative regret over r
}

// RuleSet is rules side by side, which differ from one another in nothing but
// s, r, lr and seed.
type RuleSet struct {
	Fixed []Setting
	Rules []AlphaRule
}

// Law returns the set's rules of one law.
func (s RuleSet) Law(law ScalingLaw) []AlphaRule {
	return slices.DeleteFunc(slices.Clone(s.Rules), func(r AlphaRule) bool { return r.Law != law })
}

// From returns the set without what its rules have at r less than a number.
func (s RuleSet) From(least int) RuleSet {
	part := RuleSet{Fixed: slices.Concat(s.Fixed, []Setting{{"first r", number(float64(least))}})}
	for _, rule := range s.Rules {
		part.Rules = append(part.Rules, newRule(rule.Law, rule.Factor, rule.Slice.From(float64(least))))
	}
	return part
}

// Rules finds the rules that results hold, whatever arms or axes they came
// from: each is the runs at which s r^power has one value, for every r there
// is. Of each law that is the one with the lowest loss at the first r, at its
// best lr; of a constant s also alpha = r and alpha = 2r, and all where they are
// few. It fails where Compare does, or unless both r and lr vary.
func Rules(results []sweep.Result) ([]RuleSet, error) {
	results = Runs(results)
	quantity, _, err := admit(results, "r")
	if err != nil {
		return nil, err
	}
	if len(distinct(results, "r")) < 2 || len(distinct(results, "lr")) < 2 {
		return nil, fmt.Errorf("compare rules for alpha: both r and lr must vary; %s", varying(results))
	}
	var sets []RuleSet
	for _, p := range rivals(results) {
		set := RuleSet{Fixed: p.fixed}
		for _, law := range Laws() {
			for _, c := range choose(candidates(p.results, law, quantity), law) {
				set.Rules = append(set.Rules, newRule(law, c.factor, c.slice))
			}
		}
		if len(set.Rules) > 0 {
			sets = append(sets, set)
		}
	}
	return sets, nil
}

// rivals splits results into parts that differ in nothing but s, r, lr and
// seed. The rate of a factor that moves with lr is the same in a part if it is
// the same multiple of lr.
func rivals(results []sweep.Result) []part {
	var rest, rates []string
	scales, rateNames := namesWith(sweep.RoleScale), namesWith(sweep.RoleRate)
	for _, axis := range Axes(results) {
		switch {
		case axis.Name == "lr" || axis.Name == Seed || slices.Contains(scales, axis.Name):
		case slices.Contains(rateNames, axis.Name):
			rates = append(rates, axis.Name)
		default:
			rest = append(rest, axis.Name)
		}
	}
	var all []part
	for _, g := range groupBy(results, rest) {
		all = append(all, part{settings(rest, g.values), g.results})
	}
	for _, rate := range rates {
		var split []part
		for _, p := range all {
			split = append(split, p.byMultiple(rate)...)
		}
		all = split
	}
	return all
}

// byMultiple splits a part by what the parameter is of the one it inherits from.
func (p part) byMultiple(name string) []part {
	values := multiples(p.results, name)
	split := make([]part, len(values))
	for i, v := range values {
		split[i].fixed = append(slices.Clone(p.fixed), Setting{name + "/lr", v})
		for _, r := range p.results {
			if slices.Equal(multiples([]sweep.Result{r}, name), []Value{v}) {
				split[i].results = append(split[i].results, r)
			}
		}
	}
	return split
}

// candidate is what a Rule may be made of.
type candidate struct {
	factor float64
	slice  Slice
}

// candidates returns one for every rule of a law that has runs at all r,
// ascending in its factor.
func candidates(results []sweep.Result, law ScalingLaw, q Quantity) []candidate {
	byFactor := map[string][]sweep.Result{}
	for _, r := range results {
		key := factorKey(r.Params, law)
		byFactor[key] = append(byFactor[key], r)
	}
	ranks := len(distinct(results, "r"))
	var all []candidate
	for key, part := range byFactor {
		if len(distinct(part, "r")) < ranks || ranks < 2 {
			continue
		}
		factor, _ := strconv.ParseFloat(key, 64) // it was formatted from a number
		c := Comparison{By: "r", Over: "lr", Quantity: q}
		all = append(all, candidate{factor, c.slice(nil, once(part))})
	}
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Compare(a.factor, b.factor) })
	return all
}

// factorKey is s r^power to ten digits, so that rounding does not tell equal
// rules apart.
func factorKey(p sweep.Params, law ScalingLaw) string {
	return strconv.FormatFloat(tenDigits(p.Scale()*math.Pow(float64(p.R), law.power())), 'g', -1, 64)
}

// tenDigits rounds x to ten significant digits.
func tenDigits(x float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 10, 64), 64)
	if err != nil {
		return x // not finite
	}
	return rounded
}

// once leaves out runs that equal another in r, s, lr and seed, as alpha = 2r
// under alpha/r and alpha = 2 under scaling "alpha" do.
func once(results []sweep.Result) []sweep.Result {
	ordered := slices.Clone(results)
	slices.SortFunc(ordered, func(a, b sweep.Result) int { return cmp.Compare(a.Key, b.Key) })
	type cell struct {
		r, seed int
		lr      float64
	}
	at := map[cell]int{}
	var kept []sweep.Result
	for _, r := range ordered {
		id := cell{r.Params.R, r.Params.Seed, r.Params.LR}
		i, twin := at[id]
		switch {
		case !twin:
			at[id] = len(kept)
			kept = append(kept, r)
		case !kept[i].State.Final():
			kept[i] = r
		}
	}
	return kept
}

func newRule(law ScalingLaw, factor float64, s Slice) AlphaRule {
	rule := AlphaRule{Law: law, Factor: factor, Slice: s, Regrets: s.Regrets(), Mean: s.MeanRegret()}
	number := strconv.FormatFloat(factor, 'g', 4, 64)
	switch {
	case law == ByRank:
		rule.Name = "alpha = " + number
	case law == ByRootRank:
		rule.Name = "alpha = " + number + ", alpha/sqrt(r)"
	case factor == 1:
		rule.Name = "alpha = r"
	default:
		rule.Name = "alpha = " + number + "r"
	}
	return rule
}

// fewRules is how many rules of constant s are few enough to keep them all.
const fewRules = 3

// choose keeps the rule that does best at the first r; of a constant s also
// alpha = r and alpha = 2r, and all where they are few.
func choose(rules []candidate, law ScalingLaw) []candidate {
	if len(rules) == 0 || law == Constant && len(rules) <= fewRules {
		return rules
	}
	best := rules[0]
	for _, rule := range rules[1:] {
		if loss := rule.slice.ByLR[0].Lowest().Mean(); loss < best.slice.ByLR[0].Lowest().Mean() {
			best = rule
		}
	}
	return slices.DeleteFunc(rules, func(rule candidate) bool {
		advice := law == Constant && (rule.factor == 1 || rule.factor == 2)
		return rule.factor != best.factor && !advice
	})
}
