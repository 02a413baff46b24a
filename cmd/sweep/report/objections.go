package report

import (
	"cmp"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// Objection is what a reader who doubts the report may hold against it, and what
// would answer that.
type Objection struct {
	Text   string
	Answer string // what would answer it
	Try    string // a command or a line of a grid file, "" if there is none

	weight float64 // how much of what the report says it touches, and how hard
}

// most is how many objections a report lists.
const most = 5

// objections are the strongest that the runs leave open, the strongest first: what
// leaves every number open comes before what narrows what they are about, and of two
// such the one that touches the larger share of the numbers.
func (r *Report) objections(sweeps []Sweep) []Objection {
	if !slices.ContainsFunc(r.analyses, func(s sweepAnalysis) bool { return len(s.findings) > 0 }) {
		return nil // there is nothing to object to
	}
	var best analysis.BestLRs
	var gaps []string
	widest, onEdge, spaced := 1.0, "", ""
	for _, s := range r.analyses {
		b := s.judged.BestLRs()
		if b.BySpacing > 0 {
			gaps, widest, spaced = append(gaps, significant(b.Gap, 2)), max(widest, b.Gap), cmp.Or(spaced, s.sweep.Next)
		}
		if b.OnEdge > 0 {
			onEdge = cmp.Or(onEdge, s.sweep.Next)
		}
		best.Of, best.OneSeed, best.OnEdge, best.BySpacing = best.Of+b.Of, best.OneSeed+b.OneSeed, best.OnEdge+b.OnEdge, best.BySpacing+b.BySpacing
		if best.Seeds == 0 || b.Seeds > 0 && b.Seeds < best.Seeds {
			best.Seeds = b.Seeds
		}
	}
	all := slices.Concat(
		r.onSeeds(best), r.onEdges(best, onEdge), r.onSpacing(best, gaps, widest, spaced), r.onRows(), r.onScope(), r.onLength(),
		r.onPredictions(sweeps), r.onMissing(), r.onLooks(), r.onPower(), r.onControls(), r.onTied(),
	)
	slices.SortStableFunc(all, func(a, b Objection) int { return cmp.Compare(b.weight, a.weight) })
	all = all[:min(most, len(all))]
	for i := range all {
		all[i].Text = r.Worded(all[i].Text)
	}
	return all
}

// of is a share of a whole that may be empty.
func of(n, whole int) float64 { return float64(n) / float64(max(whole, 1)) }

// asGrid is what runs would answer, and that next writes them as a grid, which it does
// not for runs that were trained elsewhere.
func asGrid(runs, next string) string {
	if next == "" {
		return runs
	}
	return runs + ", which this writes as a grid:"
}

func (r *Report) onSeeds(b analysis.BestLRs) []Objection {
	const noInterval = "no number of these has an interval, and any difference may be luck"
	more := Objection{Answer: "more seeds, the same for all settings, under [grid]:"}
	seeds := 0
	for _, s := range r.analyses {
		for _, f := range s.findings {
			seeds = max(seeds, f.Seeds)
		}
	}
	more.Try = seedsTo(max(3, 2*seeds))
	switch {
	case b.Of == 0 && seeds < 2, b.Of > 0 && b.OneSeed == b.Of:
		more.Text, more.weight = "All of it rests on one seed: "+noInterval, 10
	case b.OneSeed > 0:
		more.Text, more.weight = fmt.Sprintf("%d of %s have one seed: %s", b.OneSeed, humanize.Count(b.Of, "setting"), noInterval), 3+5*of(b.OneSeed, b.Of)
	case b.Seeds > 0 && b.Seeds < 5:
		more.Try = seedsTo(2 * b.Seeds)
		more.Text, more.weight = fmt.Sprintf("There are settings with no more than %d seeds: a run that goes wrong once in ten times is not likely to be among them", b.Seeds), 6-float64(b.Seeds)
	case b.Seeds > statistics.MostSeedsSimulated:
		more.Text = fmt.Sprintf("The intervals were tried on simulated losses with up to %d seeds; these runs have %d", statistics.MostSeedsSimulated, b.Seeds)
		more.Answer, more.Try, more.weight = "the simulation for as many:", "go run ./sweep/statistics/coverage", 1
	default:
		return nil
	}
	return []Objection{more}
}

// seedsTo is the axis of the first n seeds.
func seedsTo(n int) string {
	a := analysis.Addition{Axis: "seed"}
	for i := range n {
		a.Values = append(a.Values, strconv.Itoa(i))
	}
	return a.String()
}

func (r *Report) onEdges(b analysis.BestLRs, next string) []Objection {
	if b.OnEdge == 0 {
		return nil
	}
	return []Objection{{
		Text:   fmt.Sprintf("The best lr of %d of %s is the lowest or the highest tried or lies beside divergence: a better one may lie beyond, and laws and claims leave these out", b.OnEdge, humanize.Count(b.Of, "setting")),
		Answer: asGrid("the lr beyond", next), Try: next, weight: 8 * of(b.OnEdge, b.Of),
	}}
}

// veryFar is the ratio of the lr on either side of the best one from which on nothing
// is said of it but the order of magnitude.
const veryFar = 10

func (r *Report) onSpacing(b analysis.BestLRs, gaps []string, widest float64, next string) []Objection {
	if b.BySpacing == 0 {
		return nil
	}
	return []Objection{{
		Text: fmt.Sprintf("The lr tried are too far apart to place the best one to within a factor of %g: of %d of %s the interval is wide because the lr on either side are a factor of %s apart, about which seeds do little",
			analysis.Wide, b.BySpacing, humanize.Count(b.Of, "setting"), strings.Join(slices.Compact(slices.Sorted(slices.Values(gaps))), " or ")),
		Answer: asGrid("lr between those tried", next), Try: next, weight: 6 * of(b.BySpacing, b.Of) * min(1, math.Log(widest)/math.Log(veryFar)),
	}}
}

// onRows objects to where the losses come from.
func (r *Report) onRows() []Objection {
	trained, settings := 0, 0
	var shares []string
	for _, s := range r.analyses {
		for _, a := range s.answers {
			settings++
			if a.Quantity == analysis.TrainLoss {
				trained++
			}
		}
		for _, run := range s.results {
			text := fmt.Sprintf("%g %% of %s", 100*run.Params.Holdout, path.Base(run.Params.Data))
			if run.Params.DataEval != "" {
				text = path.Base(run.Params.DataEval)
			}
			if !run.Knows("holdout") && !run.Knows("data_eval") {
				text = "those that the command evaluates on"
				if run.Inputs.Imported != "" {
					text = "those that it was evaluated on elsewhere"
				}
			}
			if !slices.Contains(shares, text) {
				shares = append(shares, text)
			}
		}
	}
	if trained > 0 {
		o := Objection{
			Text:   "The losses are those of the rows trained on: a setting that learns these by heart would look best",
			Answer: "rows held out, under [fixed]:", Try: "holdout = 0.1", weight: 9 * of(trained, settings),
		}
		if ended := endedOf(r.analyses); !slices.ContainsFunc(ended, func(r sweep.Result) bool { return r.Params.Command == nil }) {
			o.Answer, o.Try = "rows held out by the program, whose loss it logs as eval_loss", ""
		}
		return []Objection{o}
	}
	return []Objection{{
		Text:   "What to use was chosen by the very rows that its loss is reported on (" + strings.Join(shares, ", ") + "), so that part of its lead may be theirs",
		Answer: "the settings within noise of it once more, judged by other rows, under [fixed]:", Try: `data_eval = "others.jsonl"`, weight: 4,
	}}
}

// onScope objects to what the runs are about.
func (r *Report) onScope() []Objection {
	var data []string
	for _, s := range r.analyses {
		for _, run := range s.results {
			if name := path.Base(run.Params.Data); run.Knows("data") && !slices.Contains(data, name) {
				data = append(data, name)
			}
		}
	}
	models := slices.DeleteFunc(modelsOf(r.analyses), func(model string) bool { return model == unknownModel })
	o := Objection{Answer: "the same grid under a new name with another model and other rows, both sweeps on one page with report --sweep A --sweep B"}
	switch {
	case len(models) == 1 && len(data) == 1:
		o.Text, o.weight = fmt.Sprintf("All runs are of one model (%s) on one task (%s): nothing shows that another behaves alike", path.Base(models[0]), data[0]), 5
	case len(models) == 1:
		o.Text, o.weight = fmt.Sprintf("All runs are of one model (%s): nothing shows that another behaves alike", path.Base(models[0])), 3
	case len(data) == 1:
		o.Text, o.weight = fmt.Sprintf("All runs are of one task (%s): nothing shows that another behaves alike", data[0]), 3
	default:
		return nil
	}
	return []Objection{o}
}

func (r *Report) onLength() []Objection {
	var steps []int
	for _, s := range r.analyses {
		for _, run := range s.results {
			if !slices.Contains(steps, run.Params.Steps) {
				steps = append(steps, run.Params.Steps)
			}
		}
	}
	if len(steps) != 1 {
		return nil
	}
	return []Objection{{
		Text:   fmt.Sprintf("All runs are %s long: what wins there may lose in longer training, and the best lr moves with the length", humanize.Count(steps[0], "step")),
		Answer: "longer runs, under [grid]:", Try: fmt.Sprintf("steps = [%d, %d]", steps[0], 4*steps[0]), weight: 4.5,
	}}
}

// onPredictions objects to rules that were made when results could be seen.
func (r *Report) onPredictions(sweeps []Sweep) []Objection {
	o := Objection{Answer: "predictions in the grid before its next runs, as [[predict]] (sweep help grid)"}
	late, added := 0, 0
	for _, p := range r.Predicted.Measured {
		if p.late {
			late++
		}
	}
	for _, sw := range sweeps {
		if slices.ContainsFunc(sw.Results, sw.isLater) {
			added++
		}
	}
	switch n := len(r.Predicted.Measured); {
	case n == 0:
		o.Text, o.weight = "Nobody stated beforehand what would come of these runs, so that what is told of them was chosen with the results in view", 4.2
	case late > 0:
		o.Text, o.weight = fmt.Sprintf("Of the predictions judged, %d of %d, the results may have had a part: they were stated when runs had ended", late, n), 6*of(late, n)
	case added > 0:
		o.Text, o.weight = "Runs were added after the first had ended, so that what was seen may have decided what was trained", 3*of(added, len(sweeps))
	default:
		return nil
	}
	return []Objection{o}
}

func (r *Report) onMissing() []Objection {
	left, pruned, all := 0, 0, 0
	train := ""
	for _, s := range r.analyses {
		runs := analysis.Runs(s.results)
		t := analysis.Count(runs, analysis.Judge(runs))
		if left, pruned, all = left+t.Left(), pruned+t.Pruned, all+t.Total(); t.Left() > 0 {
			train = cmp.Or(train, s.sweep.Train)
		}
	}
	var found []Objection
	if left > 0 {
		found = append(found, Objection{
			Text:   fmt.Sprintf("%d of %s have no outcome: what is told may change with them", left, humanize.Count(all, "run")),
			Answer: "training them:", Try: train, weight: 1 + 8*of(left, all),
		})
	}
	if pruned > 0 {
		found = append(found, Objection{
			Text:   fmt.Sprintf("%d of %s were stopped early: the intervals were not tried on losses of which some are left out by how they began", pruned, humanize.Count(all, "run")),
			Answer: "training all of them to the end, without --prune", weight: 1 + 5*of(pruned, all),
		})
	}
	return found
}

// judgements are the findings on claims that rest on intervals.
func (r *Report) judgements() []analysis.Finding {
	var all []analysis.Finding
	for _, s := range r.analyses {
		for _, f := range s.findings {
			if !f.Identity && !f.Exact && f.Verdict != analysis.NotAsked {
				all = append(all, f)
			}
		}
	}
	return all
}

func decided(f analysis.Finding) bool {
	return f.Verdict == analysis.Supported || f.Verdict == analysis.Refuted
}

func (r *Report) onLooks() []Objection {
	n := 0
	for _, f := range r.judgements() {
		if decided(f) {
			n++
		}
	}
	if n < 2 {
		return nil
	}
	wrong := 1 - math.Pow(0.95, float64(n))
	return []Objection{{
		Text:   fmt.Sprintf("%d verdicts on the claims each stand at 95 %%: if none were true, the chance that at least one is false would be up to %.0f %%", n, 100*wrong),
		Answer: "stating as [[predict]] in the grid those that matter: predictions are held together by Holm's correction", weight: 5 * wrong,
	}}
}

func (r *Report) onPower() []Objection {
	low, n := 0, 0
	least := math.Inf(1)
	for _, f := range r.judgements() {
		if f.Power == 0 || f.Verdict != analysis.Undecided {
			continue
		}
		if n++; f.Power < 0.8 {
			low++
			least = min(least, f.Power)
		}
	}
	if low == 0 {
		return nil
	}
	return []Objection{{
		Text:   fmt.Sprintf("%d of %s that are undecided could hardly have shown that nothing changes: a power of %.2g in the worst of them", low, humanize.Count(n, "comparison"), least),
		Answer: "the seeds that the claims below name for a power of 0.8", weight: 4 * of(low, n) * (1 - least),
	}}
}

func (r *Report) onControls() []Objection {
	without, n := 0, 0
	for _, f := range r.judgements() {
		if !decided(f) {
			continue
		}
		if n++; f.Control.Name == "" {
			without++
		}
	}
	if without == 0 {
		return nil
	}
	return []Objection{{
		Text:   fmt.Sprintf("%d of %s have no control: nothing that should come out otherwise shows that the test would notice", without, humanize.Count(n, "verdict")),
		Answer: "an arm that should behave otherwise, such as SGD beside Adam, or r as an axis beside alpha", weight: 3 * of(without, n),
	}}
}

func (r *Report) onTied() []Objection {
	var tied []string
	n := 0
	for _, s := range r.analyses {
		for _, l := range s.laws {
			if n++; len(l.Tied) > 0 {
				tied = append(tied, l.Axis+" with "+strings.Join(l.Tied, ", "))
			}
		}
	}
	if len(tied) == 0 {
		return nil
	}
	return []Objection{{
		Text:   "Axes move together (" + strings.Join(tied, "; ") + "): what is told of one may be the other's doing",
		Answer: "an arm in which it moves alone, with the rest under [fixed]", weight: 4 * of(len(tied), n),
	}}
}
