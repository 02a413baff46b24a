package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// A Look is a prediction judged by one part of the runs that it is about.
type Look struct {
	Prediction sweep.Prediction
	Finding            // Measure, Key, Verdict and what they rest on; of no Claim
	Alone      Verdict // what it would be if nothing else were looked at
	P          float64 // of that verdict, NaN where no interval decides it
}

// estimator measures a quantity that grids predict.
type estimator struct {
	name     string // the sweep.PredictedQuantity
	ofBestLR bool   // it is fitted to best lr

	// One of these, by the quantity's form. They note in the finding what forbids a
	// verdict, beyond what is wrong with the best lr.
	along   func(f *Finding, axis string, s Slice) statistics.Estimate        // of a slice by the axis
	between func(f *Finding, axis string, to, from Slice) statistics.Estimate // of two settings; beside along where their seeds are paired
	count   func(f *Finding, results []sweep.Result) (n, of int)              // of bits, among so many
}

// estimators lists one for each of sweep.PredictedQuantities.
func estimators() []estimator {
	return []estimator{
		bestLRSlope(), tunedTrend(), worstRegretAlong(), meanRegretAlong(), varianceLeft(),
		tunedLoss(), untunedLoss(), bestLR(), unequalStarts(), unequalOrbitPairs(), equalControlPairs(),
	}
}

// LookAt judges a prediction by its own bounds, in each combination of what varies
// between its runs beside the axes that it speaks of: supported if the 95 % interval
// of what is measured lies inside, refuted if it lies outside altogether, undecided
// where neither, with the reason.
func LookAt(p sweep.Predicted) []Look {
	i := slices.IndexFunc(estimators(), func(e estimator) bool { return e.name == p.Quantity })
	if i < 0 {
		f := newFinding(p.Prediction, nil)
		f.because(NoRival, "no quantity is named %q", p.Quantity)
		return []Look{{p.Prediction, f, Undecided, math.NaN()}}
	}
	e := estimators()[i]
	if e.count != nil {
		return []Look{e.counted(p)}
	}
	parts, err := e.parts(p)
	if err == nil {
		err = cmp.Or(measured(p.Cells), measured(p.Against))
	}
	if err != nil {
		f := newFinding(p.Prediction, slices.Concat(p.Cells, p.Against))
		f.because(Unfinished, "%v", err)
		return []Look{{p.Prediction, f, Undecided, math.NaN()}}
	}
	looks := make([]Look, len(parts))
	q := Judge(p.Cells)
	for i, part := range parts {
		looks[i] = e.look(p.Prediction, part)
		for j := range looks[i].Reasons {
			looks[i].Reasons[j].Detail = q.Worded(looks[i].Reasons[j].Detail)
		}
	}
	return looks
}

func newFinding(p sweep.Prediction, results []sweep.Result) Finding {
	q, _ := sweep.LookupPredictedQuantity(p.Quantity)
	return Finding{
		Verdict: Undecided, Key: statistics.Unknown(), Share: q.Share, Measure: p.Measured(),
		Tally: Count(Runs(results), Judge(results)), Control: Control{Number: statistics.Unknown()},
	}
}

// counted judges what is counted in bits. It is right or wrong whatever the seeds.
func (e estimator) counted(p sweep.Predicted) Look {
	f := newFinding(p.Prediction, p.Cells)
	f.Identity = true
	f.Seeds = len(distinct(p.Cells, Seed))
	n, of := e.count(&f, Runs(p.Cells))
	if of == 0 {
		return Look{p.Prediction, f, Undecided, math.NaN()}
	}
	f.Key = statistics.Exactly(float64(n))
	in := p.Above == p.Below && float64(n) == p.Above || float64(n) > p.Above && float64(n) < p.Below
	f.decide(in, !in)
	return Look{p.Prediction, f, f.Verdict, math.NaN()}
}

// look judges one part by the interval of what is measured there.
func (e estimator) look(p sweep.Prediction, part comparedPart) Look {
	f := newFinding(p, nil)
	f.Part = part.fixed
	f.Seeds = math.MaxInt
	for i, s := range part.slices() {
		f.measurable(p, s, []string{p.To, p.From}[i])
	}
	if f.Key = e.measure(&f, p, part); !f.Key.Known() && !f.blocked() {
		f.because(TooFew, "there is no number: too few best lr lie inside what was tried, or too few seeds have all of it")
	}
	for _, s := range part.slices() {
		if e.ofBestLR {
			f.fittedTo = append(f.fittedTo, s.ByLR...)
		}
	}
	in := statistics.Interval{Low: p.Above, High: p.Below}
	f.decide(in.Contains(f.Key), in.Excludes(f.Key))
	l := Look{p, f, f.Verdict, math.NaN()}
	if !f.blocked() && f.Key.Bounded() {
		l.P = in.P(f.Key, f.Seeds)
	}
	return l
}

func (e estimator) measure(f *Finding, p sweep.Prediction, part comparedPart) statistics.Estimate {
	switch {
	case part.from == nil:
		return e.along(f, p.Along, part.at)
	case e.between != nil:
		return e.between(f, p.Along, part.at, *part.from)
	}
	at := func(value string, s Slice) statistics.Estimate {
		before := len(f.Reasons)
		number := e.along(f, p.Along, s)
		for i := range f.Reasons[before:] {
			f.Reasons[before+i].Detail = p.By + " = " + value + ": " + f.Reasons[before+i].Detail
		}
		return number
	}
	return at(p.To, part.at).Less(at(p.From, *part.from))
}

// measurable notes what forbids a verdict in a slice, which is at a value of By if two
// are compared.
func (f *Finding) measurable(p sweep.Prediction, s Slice, side string) {
	q, _ := sweep.LookupPredictedQuantity(p.Quantity)
	seeds := len(s.seeds())
	if !q.AtBestLR {
		seeds = len(s.ended()) // what diverged has its price, too
	}
	if seeds < 2 && f.Seeds >= 2 {
		f.because(OneSeed, "%s gives no interval", counted(seeds, "seed"))
		f.add(Addition{Seed, nextSeeds(seeds)})
	}
	f.Seeds = min(f.Seeds, seeds)
	tally := s.tally()
	f.Tally = f.Tally.plus(tally)
	if n := tally.Missing + tally.Failed; n > 0 {
		f.because(Unfinished, "%s of its runs have no outcome yet", counted(n, "one"))
	}
	for _, axis := range s.tied {
		f.because(Evidence, "%s moves along with %s", axis, p.Along)
	}
	if !q.AtBestLR {
		return
	}
	for _, v := range s.ByLR {
		switch {
		case p.By == "":
			f.enclosed(p.Along, v)
		case p.Along == "":
			v.By = text(side)
			f.enclosed(p.By, v)
		default:
			f.enclosed(p.By+" = "+side+", "+p.Along, v)
		}
	}
}

// HeldTogether corrects the verdicts of all looks of one report for their number, by
// Holm's method: one that would not stand among the others is undecided. It returns
// how many looks had an interval that could decide. Looks at bits are none.
func HeldTogether(looks []Look) (n int) {
	var p []float64
	var at []int
	for i, l := range looks {
		if !math.IsNaN(l.P) {
			p, at = append(p, l.P), append(at, i)
		}
	}
	for k, adjusted := range statistics.Holm(p) {
		l := &looks[at[k]]
		switch {
		case l.Alone == Undecided:
		case adjusted <= 0.05:
			l.because(Evidence, "it stands after Holm's correction for the %s of this report (p = %.2g)", counted(len(p), "look"), adjusted)
		default:
			l.Verdict = Undecided
			l.because(Inseparable, "alone it would be %s, but among the %s of this report such a result may come by chance (p = %.2g by Holm's correction): %s",
				l.Alone, counted(len(p), "look"), adjusted, l.narrowing())
		}
	}
	return len(p)
}

// comparedPart is one combination of what varies beside the axes of a prediction.
type comparedPart struct {
	fixed []Setting
	at    Slice
	from  *Slice // nil where nothing is compared
}

func (p comparedPart) slices() []Slice {
	if p.from == nil {
		return []Slice{p.at}
	}
	return []Slice{p.at, *p.from}
}

// parts splits the runs of a prediction. Where two values are compared, a slice at
// one goes with that at the other which has the same settings beside.
func (e estimator) parts(p sweep.Predicted) ([]comparedPart, error) {
	at, err := e.slices(p.Cells, p.Along)
	if err != nil {
		return nil, err
	}
	var all []comparedPart
	if p.By == "" {
		for _, s := range at {
			all = append(all, comparedPart{fixed: s.Fixed, at: s})
		}
		return all, nil
	}
	from, err := e.slices(p.Against, p.Along)
	if err != nil {
		return nil, err
	}
	for _, s := range at {
		for i := range from {
			if fixed, same := sameBeside(p.By, s, from[i]); same {
				all = append(all, comparedPart{fixed, s, &from[i]})
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no runs at %s = %s and at %s have the same settings beside: narrow the condition", p.By, p.To, p.From)
	}
	return all, nil
}

// slices are those of results by an axis, or of one value each for "": with all lr or,
// for what is not about the best lr, with one each.
func (e estimator) slices(results []sweep.Result, along string) ([]Slice, error) {
	if len(results) == 0 {
		return nil, ErrNothingFinished
	}
	if along != "" {
		c, err := Compare(results, along)
		if err == nil && c.Over != "lr" {
			err = fmt.Errorf("lr does not vary beside %s: there is no best one", along)
		}
		return c.Slices, err
	}
	q, _, err := admit(results, "lr")
	if err != nil {
		return nil, err
	}
	c := Comparison{By: "lr", Over: "lr", Quantity: q}
	var all []Slice
	inside := []string{Seed}
	if quantity, _ := sweep.LookupPredictedQuantity(e.name); quantity.AtBestLR {
		inside = append(inside, c.Over)
	}
	for _, p := range parts(results, func(arm []sweep.Result) []string {
		return slices.DeleteFunc(without(Axes(arm), ""), func(axis string) bool { return slices.Contains(inside, axis) })
	}) {
		s := c.slice(p.fixed, p.results)
		s.tied = nil
		all = append(all, s)
	}
	return all, nil
}

// sameBeside reports whether two slices have the same settings but for by, and which
// they have in common.
func sameBeside(by string, s, t Slice) (common []Setting, same bool) {
	has := func(of []Setting, axis string) (Value, bool) {
		for _, x := range of {
			if x.Axis == axis {
				return x.Value, true
			}
		}
		return Value{}, false
	}
	for _, pair := range [][2]Slice{{s, t}, {t, s}} {
		for _, x := range pair[0].Fixed {
			if x.Axis == by {
				continue
			}
			other, known := has(pair[1].Fixed, x.Axis)
			if !known && x.Axis == Arm {
				continue // the other side has one arm only
			}
			if !known {
				other, _ = ValueOf(pair[1].params, x.Axis)
			}
			if other != x.Value {
				return nil, false
			}
			if _, listed := has(common, x.Axis); !listed {
				common = append(common, x)
			}
		}
	}
	return common, true
}
