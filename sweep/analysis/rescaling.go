package analysis

import (
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// A Rescaling is adapters that were trained alike, and their losses at other scales
// than those that they were trained with: the losses before training of the runs that
// start from them.
type Rescaling struct {
	Fixed []Setting         // what sets it apart from others
	Own   []Value           // the alphas that the adapters were trained with, ascending, each once
	Cells []statistics.Cell // ascending in X, the multiple of the scale trained with; an adapter stands for its seed
	statistics.Valley

	known bool // what the adapters were trained with
	held  bool // rows are held out, of which the losses are
	tally StateCounts
}

// Rescalings returns the adapters that runs start from at several alphas. Adapters of
// which each goes with a seed of its own were trained alike; others are each apart.
func (s *Study) Rescalings() []Rescaling {
	starting := slices.DeleteFunc(slices.Clone(s.results), func(r sweep.Result) bool { return r.Params.Adapter == "" || r.Params.Method == "full" })
	var all []Rescaling
	for _, p := range parts(starting, firstLossAxes) {
		if len(distinct(p.results, "alpha")) > 1 {
			all = append(all, s.rescaling(p))
		}
	}
	return all
}

// firstLossAxes are the axes, but for alpha and seed, that the loss depends on at which
// a run starts from an adapter.
func firstLossAxes(results []sweep.Result) []string {
	shaping := namesWith(sweep.RoleData | sweep.RoleAdapter)
	return slices.DeleteFunc(without(Axes(results), "alpha"), func(axis string) bool { return axis == Seed || !slices.Contains(shaping, axis) })
}

// startingPoint is an adapter and by what its scale is multiplied.
type startingPoint struct {
	adapter  string
	multiple float64
}

func (s *Study) rescaling(p part) Rescaling {
	q := Judge(p.results)
	r := Rescaling{Fixed: p.fixed, known: true, held: q != TrainLoss, tally: Count(p.results, q)}
	bySeed(p.results)
	seen := map[startingPoint]bool{}
	for _, result := range p.results {
		own, known := s.trained[result.Params.Adapter]
		if !known {
			r.known = false
			continue
		}
		r.Own = append(r.Own, number(own.Alpha))
		from := startingPoint{result.Params.Adapter, rescaledBy(result.Params, own)}
		if seen[from] || !result.State.Final() {
			continue // another seed or lr has the same loss before training
		}
		seen[from] = true
		r.add(from.multiple, result, q)
	}
	slices.SortFunc(r.Own, Value.Compare)
	r.Own = slices.Compact(r.Own)
	slices.SortFunc(r.Cells, func(a, b statistics.Cell) int { return number(a.X).Compare(number(b.X)) })
	r.Valley = statistics.NewValley(r.Cells)
	return r
}

// rescaledBy is by what a run multiplies the scale of the adapter that it starts from.
func rescaledBy(p sweep.Params, own sweep.AdapterSettings) float64 {
	trained := p
	own.Set(&trained)
	return tenDigits(p.Scale() / trained.Scale())
}

// add puts the loss before training of a run into its cell.
func (r *Rescaling) add(multiple float64, of sweep.Result, q Quantity) {
	i := slices.IndexFunc(r.Cells, func(c statistics.Cell) bool { return c.X == multiple })
	if i < 0 {
		i = len(r.Cells)
		r.Cells = append(r.Cells, statistics.Cell{X: multiple})
	}
	c := &r.Cells[i]
	if first := q.first(of); first > 0 && finite(first) {
		c.Losses = append(c.Losses, statistics.SeedLoss{Seed: of.Params.Seed, Loss: first})
	} else {
		c.Diverged = append(c.Diverged, of.Params.Seed)
	}
}

// own is the cell at the scale trained with, nil if there is none.
func (r Rescaling) own() *statistics.Cell {
	i := slices.IndexFunc(r.Cells, func(c statistics.Cell) bool { return c.X == 1 })
	if i < 0 {
		return nil
	}
	return &r.Cells[i]
}

// adapters is how many there are of which a loss is known.
func (r Rescaling) adapters() int { return len(statistics.Seeds([]statistics.Valley{r.Valley})) }

// Gain is by what share the loss at the scale trained with exceeds that at the best one
// tried, each adapter priced at the scale that the others choose. It is unknown where
// not every adapter was tried at either.
func (r Rescaling) Gain() statistics.Estimate {
	own := r.own()
	if own == nil {
		return statistics.Unknown()
	}
	worst := 0.0
	for _, c := range r.Cells {
		for _, l := range c.Losses {
			worst = max(worst, l.Loss)
		}
	}
	costs := statistics.Costs([]statistics.Valley{statistics.NewValley([]statistics.Cell{*own}), r.Valley}, statistics.LogLoss(worst))
	if len(costs) == 0 {
		return statistics.Unknown()
	}
	return costs[0].Ratio()
}

// atOwn is the mean log loss at the scale trained with, NaN if there is none.
func (r Rescaling) atOwn() float64 {
	own := r.own()
	if own == nil || len(own.Losses) == 0 || len(own.Diverged) > 0 {
		return math.NaN()
	}
	logs := make([]float64, len(own.Losses))
	for i, l := range own.Losses {
		logs[i] = statistics.LogLoss(l.Loss)
	}
	return stat.Mean(logs, nil)
}

// name is what the adapters are called beside others.
func (r Rescaling) name() string {
	names := make([]string, len(r.Fixed))
	for i, s := range r.Fixed {
		names[i] = s.String()
	}
	return strings.Join(names, ", ")
}
