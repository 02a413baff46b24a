package statistics

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Held-out rows are a sample, too: another set of them would give other losses, of all
// runs. An interval by seeds says how another seed would do on the same rows; OverRows
// takes in other rows by a bootstrap, which draws them anew for all runs alike. What
// rows do alike to all runs cancels where losses are compared, and does not where a loss
// is told. The jackknife would be as good for a mean, and is much too wide for what
// rests on a choice, such as of the best x: a choice that leaving out one row of sixty
// changes counts in it as if every row did so.

const (
	// rowDraws is how often rows are drawn anew.
	rowDraws = 100
	// mostGroups is into how many groups of neighbours rows are put at most, each of
	// which is drawn as one.
	mostGroups = 100
)

// AsHeldOut stands for the rows as they are, beside the draws from 0.
const AsHeldOut = -1

// Redrawn is a loss on other rows: as many as are held out, drawn from these with
// replacement. The zero value says that the losses of single rows are not known.
type Redrawn struct {
	Groups int       // of rows that were drawn: each row is one, as long as there are 100 at most
	Losses []float64 // by draw
}

// Redraw draws rows anew, given the loss of each, summed over its tokens, and how many
// these are. The draws are the same for all runs with as many rows. It returns the zero
// value where a draw has no tokens, or there are fewer than two rows.
func Redraw(nats []float64, tokens []int) Redrawn {
	groups := min(len(nats), mostGroups)
	if groups < 2 {
		return Redrawn{}
	}
	sums, counts := make([]float64, groups), make([]int, groups)
	for i := range nats {
		g := i * groups / len(nats)
		sums[g] += nats[i]
		counts[g] += tokens[i]
	}
	random := rand.New(rand.NewPCG(2, uint64(len(nats))))
	losses := make([]float64, rowDraws)
	for i := range losses {
		sum, count := 0.0, 0
		for range groups {
			g := random.IntN(groups)
			sum += sums[g]
			count += counts[g]
		}
		if count == 0 {
			return Redrawn{}
		}
		losses[i] = sum / float64(count)
	}
	return Redrawn{groups, losses}
}

// redrawn is the losses on the rows of a draw.
func (l Losses) redrawn(draw int) Losses {
	if draw == AsHeldOut {
		return l
	}
	other := make(Losses, len(l))
	for i, one := range l {
		other[i] = SeedLoss{Seed: one.Seed, Loss: one.Redrawn.Losses[draw]}
	}
	return other
}

// Redrawn is the cell by the losses on the rows of a draw.
func (c Cell) Redrawn(draw int) Cell {
	c.Losses = c.Losses.redrawn(draw)
	return c
}

// Redrawn is the valley by the losses on the rows of a draw. Its Best is that of the rows
// as they are: most of what other rows do is alike at every x, and moves the best one
// little unless it lies on a plateau.
func (v Valley) Redrawn(draw int) Valley {
	if draw == AsHeldOut {
		return v
	}
	cells := slices.Clone(v.cells)
	for i := range cells {
		cells[i] = cells[i].Redrawn(draw)
	}
	return Valley{Best: v.Best, cells: cells, profile: v.profile}
}

// RowGroups is how many groups of rows all losses were redrawn from, 0 where one was not
// or they differ.
func RowGroups(losses ...Losses) int {
	groups := -1
	for _, l := range losses {
		for _, one := range l {
			if groups >= 0 && one.Redrawn.Groups != groups {
				return 0
			}
			groups = one.Redrawn.Groups
		}
	}
	return max(groups, 0)
}

// lossesOf is those of every cell of valleys.
func lossesOf(valleys []Valley) []Losses {
	var all []Losses
	for _, v := range valleys {
		for _, c := range v.cells {
			all = append(all, c.Losses)
		}
	}
	return all
}

// ValleyRowGroups is RowGroups of all cells of valleys.
func ValleyRowGroups(valleys []Valley) int { return RowGroups(lossesOf(valleys)...) }

// OverRows widens an estimate over seeds to one over seeds and held-out rows, of so many
// groups. The estimator is asked by the rows as they are, and by each draw of them. Each
// end of its interval moves with the rows. The reach of the estimate over seeds and that
// of the end over rows, by Student's t each, add up in squares (Zou and Donner,
// Statistics in Medicine 27, 2008). RowError is the standard error of the value by the
// rows alone. Draws without a value are left out. Without groups the estimate stays as it is and the error is 0; without an
// interval it stays, too.
func OverRows(groups int, estimator func(draw int) Estimate) (over Estimate, rowError float64) {
	own := estimator(AsHeldOut)
	if groups < 2 || !own.Known() {
		return own, 0
	}
	var values, lows, highs []float64
	for draw := range rowDraws {
		e := estimator(draw)
		if e.Known() {
			values = append(values, e.Value)
		}
		if e.Bounded() {
			lows, highs = append(lows, e.Low), append(highs, e.High)
		}
	}
	rowError = drawnError(values, groups)
	if !own.Bounded() {
		return own, rowError
	}
	t := studentT(groups)
	low, high := max(rowError, drawnError(lows, groups)), max(rowError, drawnError(highs, groups))
	return Estimate{
		Value: own.Value,
		Low:   own.Value - math.Hypot(own.Value-own.Low, t*low),
		High:  own.Value + math.Hypot(own.High-own.Value, t*high),
	}, rowError
}

// rowReach widens an interval over seeds to one over seeds and held-out rows.
type rowReach struct {
	wrong  float64 // standard error of the estimate by the rows alone
	groups int     // of rows, none for fewer than two
}

func (r rowReach) widen(e Estimate, confidence float64) Estimate {
	if r.groups < 2 || !e.Bounded() {
		return e
	}
	reach := studentQuantile(confidence, float64(r.groups-1)) * r.wrong
	return Estimate{e.Value, e.Value - math.Hypot(e.Value-e.Low, reach), e.Value + math.Hypot(e.High-e.Value, reach)}
}

// ratioRowError is the standard error of the mean log ratio of two settings' losses by
// held-out rows, 0 where it is not known.
func ratioRowError(first, second Losses, groups int) float64 {
	if groups < 2 {
		return 0
	}
	means := make([]float64, rowDraws)
	for draw := range means {
		means[draw] = stat.Mean(logRatios(first.redrawn(draw), second.redrawn(draw)), nil)
	}
	return drawnError(means, groups)
}

// logRatios are the log ratios of two settings' losses, by the seeds that both have.
func logRatios(first, second Losses) []float64 {
	var logs []float64
	for _, a := range first {
		if loss, both := second.Of(a.Seed); both {
			logs = append(logs, LogLoss(a.Loss)-LogLoss(loss))
		}
	}
	return logs
}

// drawnError is the standard error of an estimate, given what it is by each draw from so
// many groups; see interval for the factor.
func drawnError(draws []float64, groups int) float64 {
	return stat.StdDev(draws, nil) * math.Sqrt(float64(groups)/float64(groups-1))
}
