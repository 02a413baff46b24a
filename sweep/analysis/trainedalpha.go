package analysis

import (
	"fmt"
	"math"
	"slices"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// trainedAlpha registers claim (e).
func trainedAlpha() registered {
	return registered{
		Claim: Claim{
			"e", "An adapter does best at the alpha that it was trained with: no alpha that is set after training is better, unless its lr was wrong.",
			"supported if the loss at the alpha trained with exceeds that at the best alpha by no more than the margin; refuted if it exceeds it by more; " +
				"adapters that end above the others by more than the margin are not judged, and are the control",
		},
		judge:          (*Study).alphaAfterTraining,
		figures:        rescaledFigures,
		comparesAlphas: true,
	}
}

// rescaledFigures leaves out the losses at the end where training went on, as these
// are others than those before it.
func rescaledFigures(_ Finding, results []sweep.Result) []string {
	const still = 1e-3
	if slices.ContainsFunc(results, func(r sweep.Result) bool {
		return r.Params.Adapter != "" && r.State == sweep.StateDone && !(math.Abs(r.EvalLoss-r.FirstLoss) <= still*r.FirstLoss)
	}) {
		return nil
	}
	return []string{"lr"}
}

// alphaAfterTraining judges the adapters that ended lowest at the alpha that they were
// trained with; the others on the same rows are their control.
func (s *Study) alphaAfterTraining(m Margins) []Finding {
	var findings []Finding
	for _, rivals := range s.rescalingRivals() {
		lowest := math.Inf(1)
		for _, r := range rivals {
			if at := r.atOwn(); at < lowest {
				lowest = at
			}
		}
		var best, worse []Rescaling
		for _, r := range rivals {
			if r.atOwn() > lowest+math.Log1p(m.Same) {
				worse = append(worse, r)
			} else {
				best = append(best, r)
			}
		}
		for _, r := range best {
			findings = append(findings, r.finding(worse, m))
		}
	}
	if len(findings) > 0 {
		return findings
	}
	f := notAsked(trainedAlpha().Claim, s.results)
	f.Reasons = nil
	f.because(NotVaried, "no runs start from an adapter at several alphas")
	return []Finding{f}
}

// rescalingRivals are the rescalings that differ in no more than the adapters.
func (s *Study) rescalingRivals() [][]Rescaling {
	return together(s.Rescalings(), func(r Rescaling) string {
		return fmt.Sprint(slices.DeleteFunc(slices.Clone(r.Fixed), func(x Setting) bool { return x.Axis == Arm || x.Axis == "adapter" }))
	})
}

// finding judges adapters beside those that ended higher.
func (r Rescaling) finding(worse []Rescaling, m Margins) Finding {
	f := Finding{
		Claim: trainedAlpha().Claim, Part: r.Fixed, Tally: r.tally, Seeds: r.adapters(), Share: true,
		Key: r.Gain(), Control: Control{Number: statistics.Unknown()},
		Measure: "by how much the loss at the alpha trained with exceeds that at the best alpha set after training",
	}
	f.rescalable(r)
	place := r.Best.Place
	f.because(Evidence, "%s", r.bestText())
	f.within(m.Regret)
	if edge := place == statistics.AtLow || place == statistics.AtHigh; edge && !(f.Key.Low > m.Regret) {
		f.because(OnEdge, "the best alpha is the %s tried, or lies beyond", extreme(place))
		f.add(r.wider(place))
	}
	highest := math.Inf(-1)
	for _, w := range worse {
		f.because(Evidence, "adapters that ended %s higher (%s): %s; the loss at the alpha trained with exceeds that at the best by %s",
			statistics.Exactly(math.Expm1(w.atOwn()-r.atOwn())).Percent(), w.name(), w.bestText(), w.Gain().Percent())
		if at := w.atOwn(); at > highest {
			highest = at
			f.Control = Control{Name: "the same for the adapters that ended highest (" + w.name() + ")", Number: w.Gain(), Share: true}
		}
	}
	f.Control.Differs = f.Control.Name != "" && outside(f.Control.Number, f.Key)
	f.decide(f.Key.High <= m.Regret, f.Key.Low > m.Regret)
	return f
}

// rescalable notes what forbids a verdict in how adapters were tried.
func (f *Finding) rescalable(r Rescaling) {
	switch {
	case !r.known:
		f.because(NoRival, "the stored grid does not have what the adapters were trained with: run it again")
	case !r.held:
		f.because(NoRival, "no rows are held out, so that the loss before training is that of one batch")
	case r.own() == nil:
		f.because(NoRival, "no run starts at the alpha that its adapter was trained with")
		for _, own := range r.Own {
			f.add(Addition{"alpha", []string{own.Text}})
		}
	case !f.Key.Known():
		f.because(Unfinished, "not every adapter has a loss at every alpha that its best is looked for")
	}
	if n := r.tally.Missing + r.tally.Failed; n > 0 {
		f.because(Unfinished, "%s of its runs have no outcome yet", counted(n, "one"))
	}
	if len(r.Cells) < needValues {
		f.because(TooFew, "%s of alpha; a best one takes %d", counted(len(r.Cells), "value"), needValues)
		f.add(more("alpha", r.Own, 2))
	}
	if f.Seeds < 2 {
		f.because(OneSeed, "one adapter gives no interval: train it with other seeds too, and pair each with its seed in a [[zip]]")
	}
}

// bestText says where the loss is lowest.
func (r Rescaling) bestText() string {
	best := r.Best
	if best.Place == statistics.NoOptimum {
		return "no alpha has a loss for every adapter"
	}
	times := statistics.Estimate{Value: best.At, Low: best.Low, High: best.High}
	text := fmt.Sprintf("the loss is lowest at %s times the alpha trained with", times)
	if len(r.Own) == 1 {
		text = fmt.Sprintf("trained with alpha = %s, the loss is lowest at alpha = %s, %s times that", r.Own[0], short(best.At*r.Own[0].Number), times)
	}
	if best.Bound() {
		text += fmt.Sprintf(", the %s tried", extreme(best.Place))
	}
	return text
}

// wider are two alphas past the end of those tried, where all adapters were trained
// with one.
func (r Rescaling) wider(place statistics.Place) Addition {
	a := Addition{Axis: "alpha"}
	n := len(r.Cells)
	if len(r.Own) != 1 || n < 2 {
		return a
	}
	end, ratio := r.Cells[n-1].X, r.Cells[n-1].X/r.Cells[n-2].X
	if place == statistics.AtLow {
		end, ratio = r.Cells[0].X, r.Cells[0].X/r.Cells[1].X
	}
	for range 2 {
		end *= ratio
		a.Values = append(a.Values, short(end*r.Own[0].Number))
	}
	return a
}
