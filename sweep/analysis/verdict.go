package analysis

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// A Verdict is what results say of a claim.
type Verdict string

// The verdicts.
const (
	Supported Verdict = "supported"
	Refuted   Verdict = "refuted" // under the settings of these runs
	Undecided Verdict = "undecided"
	NotAsked  Verdict = "not asked" // what the claim speaks of does not vary
)

// A Claim is one of the statements that findings judge.
type Claim struct {
	Letter    string
	Statement string
	Test      string // what supports it, what refutes it
}

// A Kind says what a Reason is about.
type Kind string

// The kinds of reasons.
const (
	Evidence    Kind = "evidence"      // what was found, for or against
	NotVaried   Kind = "not varied"    // an axis that the claim speaks of has one value
	TooFew      Kind = "too few"       // an axis has too few values
	OneSeed     Kind = "one seed"      // so no interval
	OnEdge      Kind = "on the edge"   // a best value lies on the edge of what was tried
	Diverging   Kind = "at divergence" // a best value lies beside one that diverges
	Unfinished  Kind = "unfinished"    // runs are missing
	Inseparable Kind = "inseparable"   // an interval holds both answers
	Coarse      Kind = "too coarse"    // what the grid's spacing hides could change the answer
	NoRival     Kind = "no rival"      // nothing to compare with
)

// A Reason is why a verdict is what it is.
type Reason struct {
	Kind   Kind
	Detail string
}

// An Addition is values that an axis should have for a claim to be decided.
type Addition struct {
	Axis   string
	Values []string
}

// String writes the addition as a grid would, many integers in a row as a range.
func (a Addition) String() string {
	if first, last, ok := a.integers(); ok && len(a.Values) > 5 {
		return fmt.Sprintf("%s = { range = [%d, %d], step = 1 }", a.Axis, first, last)
	}
	return a.Axis + " = [" + strings.Join(a.Values, ", ") + "]"
}

// integers reports whether the values are integers of which each is one more than that
// before.
func (a Addition) integers() (first, last int, ok bool) {
	for i, text := range a.Values {
		n, err := strconv.Atoi(text)
		if err != nil || i > 0 && n != last+1 {
			return 0, 0, false
		}
		if last = n; i == 0 {
			first = n
		}
	}
	return first, last, len(a.Values) > 0
}

// A Control is what should behave otherwise.
type Control struct {
	Name    string // "" if the results hold none
	Number  statistics.Estimate
	Share   bool // Number is a share of 1
	Differs bool // it does
}

// A Finding is a claim judged by one part of the results.
type Finding struct {
	Claim   Claim
	Part    []Setting // which part, empty for all of it
	Exact   bool      // rests on bits alone, and so weighs the same whatever the seeds and the axes
	Verdict Verdict
	Measure string              // what Key measures
	Key     statistics.Estimate // the number the verdict rests on
	Share   bool                // Key is a share of 1
	Power   float64             // how likely these seeds would show that nothing changes, if nothing did; 0 if unknown
	Control Control
	Seeds   int
	Tally   StateCounts
	Reasons []Reason
	Add     []Addition // what would decide it

	// Identity says that the finding is about what the arithmetic makes equal to the
	// bit, or not: it certifies the code and is no evidence about training.
	Identity bool

	fittedTo []LossByLR // the best lr that Key is fitted to, if it is to any
}

// An EvidenceStrength is how much a finding may say, by the design of the runs
// that it rests on, whatever they came to.
type EvidenceStrength int

// The strengths, ascending.
const (
	Silent     EvidenceStrength = iota // an axis that the claim speaks of does not vary
	Suggestive                         // one seed, an axis too short for a trend, or nothing to compare with
	Telling
)

// EvidenceStrength reports how much the finding may say.
func (f Finding) EvidenceStrength() EvidenceStrength {
	b := Telling
	for _, r := range f.Reasons {
		switch r.Kind {
		case NotVaried:
			b = Silent
		case OneSeed, TooFew:
			b = min(b, Suggestive)
		case NoRival:
			if !f.Key.Known() {
				b = min(b, Suggestive)
			}
		}
	}
	return b
}

// Margins are the differences that do not matter, as shares of the loss.
type Margins struct {
	Same   float64 // losses this near are the same
	Regret float64 // a regret up to this is small
}

// DefaultMargins returns those that the claims are judged by unless a person
// states others.
func DefaultMargins() Margins { return Margins{Same: 0.05, Regret: 0.05} }

// Verdicts judges every claim by the results, by one finding for each part
// that bears on it and by one that it was not asked where none does. It fails where
// Compare does.
func (s *Study) Verdicts(m Margins) ([]Finding, error) {
	if _, err := s.byAlpha(); err != nil {
		return nil, err
	}
	q := Judge(s.results)
	var findings []Finding
	for _, claim := range claims() {
		if claim.atStart && !q.isLoss() {
			findings = append(findings, claim.notAskedBy(q, s.results))
			continue
		}
		for _, f := range claim.judge(s, m) {
			findings = append(findings, f.worded(q))
		}
	}
	return findings, nil
}

// notAskedBy is the finding on a claim about losses where something else is compared.
func (r registered) notAskedBy(q Quantity, results []sweep.Result) Finding {
	f := notAsked(r.Claim, results)
	f.Identity = true
	f.Reasons = nil
	f.because(NotVaried, "it is about losses to the bit, and these runs are compared by their %s: a report by loss judges it", q)
	return f
}

// notAsked is the finding on a claim of which the results say nothing.
func notAsked(c Claim, results []sweep.Result, axes ...string) Finding {
	f := Finding{Claim: c, Verdict: NotAsked, Key: statistics.Unknown(), Seeds: len(distinct(results, Seed)), Tally: Count(Runs(results), Judge(results))}
	for _, axis := range axes {
		switch values := distinct(results, axis); len(values) {
		case 0:
			f.because(NotVaried, "%s is not known of any run", axis)
		case 1:
			f.because(NotVaried, "%s is always %s", axis, values[0])
			f.add(more(axis, values, 4))
		}
	}
	if len(f.Reasons) == 0 {
		f.because(NotVaried, "%s do not vary together in any part of the results", strings.Join(axes, " and "))
	}
	return f
}

func (f *Finding) because(kind Kind, format string, args ...any) {
	f.Reasons = append(f.Reasons, Reason{kind, fmt.Sprintf(format, args...)})
}

// within notes how likely these seeds would show that what Key measures is within a margin,
// if it were nothing: by the reach of Key's upper end.
func (f *Finding) within(margin float64) {
	if !f.Key.Bounded() || f.Seeds < 2 {
		return
	}
	deviation := statistics.DeviationOf(math.Log1p(f.Key.High)-math.Log1p(f.Key.Value), f.Seeds)
	if deviation <= 0 {
		return
	}
	power := func(seeds int) float64 { return statistics.MarginPower(deviation, seeds, math.Log1p(margin)) }
	f.Power = power(f.Seeds)
	f.because(Evidence, "if it were nothing, %s of this noise would show that it is within %g %% with a probability of %.2g%s",
		counted(f.Seeds, "seed"), 100*margin, f.Power, wanted(f.Seeds, power))
}

// blocked reports whether there is a reason that forbids a verdict.
func (f *Finding) blocked() bool {
	return slices.ContainsFunc(f.Reasons, func(r Reason) bool { return r.Kind != Evidence && r.Kind != Inseparable })
}

// decide settles the verdict, unless something forbids one.
func (f *Finding) decide(supported, refuted bool) {
	switch {
	case f.EvidenceStrength() == Silent:
		f.Verdict = NotAsked
	case f.blocked():
		f.Verdict = Undecided
	case refuted:
		f.Verdict = Refuted
	case supported:
		f.Verdict = Supported
	default:
		f.Verdict = Undecided
		f.because(Inseparable, "the intervals hold both answers: %s", f.narrowing())
	}
}

// narrowing says what narrows the interval of Key, and adds it: lr between those tried
// where their distance holds the best lr open that it is fitted to, else seeds.
func (f *Finding) narrowing() string {
	width, apart, spacing := spacingLimits(f.fittedTo, f.Seeds)
	if !spacing {
		f.add(Addition{Seed, nextSeeds(f.Seeds)})
		return "more seeds narrow them"
	}
	f.add(Addition{"lr", finer(f.fittedTo)})
	return fmt.Sprintf("lr between those tried narrow them, more than seeds do (the intervals of the best lr are a factor of %s wide, and the lr beside each a factor of %s apart, by the medians)",
		short(width), short(apart))
}

// add notes an addition, with others of its axis.
func (f *Finding) add(a Addition) {
	for i, known := range f.Add {
		if known.Axis != a.Axis {
			continue
		}
		for _, v := range a.Values {
			if !slices.Contains(known.Values, v) {
				f.Add[i].Values = append(f.Add[i].Values, v)
			}
		}
		return
	}
	if len(a.Values) > 0 {
		f.Add = append(f.Add, a)
	}
}
