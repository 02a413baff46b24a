package analysis

import (
	"math"
	"slices"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// rowSet identifies the held-out rows of runs, as far as other rows can be drawn for all
// of them alike: where they come from, and how many they are. The zero value is none.
type rowSet struct {
	data string  // hash of the file
	held float64 // the share of it that is held out, 0 for the whole of it
	long string  // what becomes of rows longer than seq
	seq  int
	rows int
}

// rowSetOf is that of a run, none where the losses of its rows are not known or one row
// is all, which tells nothing of others.
func rowSetOf(r sweep.Result) rowSet {
	if len(r.RowLosses) < 2 {
		return rowSet{}
	}
	set := rowSet{r.Inputs.Data, r.Params.Holdout, r.Params.Long, r.Params.Seq, len(r.RowLosses)}
	if r.Inputs.DataEval != "" {
		set.data, set.held = r.Inputs.DataEval, 0
	}
	return set
}

// commonRows is the set of held-out rows that all results have which have a loss, none
// if they differ or the losses of some are not known.
func commonRows(results []sweep.Result, q Quantity) rowSet {
	if q == TrainLoss {
		return rowSet{}
	}
	var common *rowSet
	for _, r := range results {
		if r.State != sweep.StateDone || !finite(q.Of(r)) {
			continue
		}
		own := rowSetOf(r)
		if common != nil && *common != own {
			return rowSet{}
		}
		common = &own
	}
	if common == nil {
		return rowSet{}
	}
	return *common
}

// WithRowLosses is of how many evaluated runs the losses of several held-out rows are
// known, and how many were evaluated, by those that are done. Where all have the same
// rows, the intervals of losses are over these, too. It is 0 of 0 where not every run
// that is done was evaluated, so that training losses are compared.
func WithRowLosses(results []sweep.Result) (known, of int) {
	if Judge(results) == TrainLoss {
		return 0, 0
	}
	for _, r := range results {
		if r.State != sweep.StateDone {
			continue
		}
		of++
		if rowSetOf(r) != (rowSet{}) {
			known++
		}
	}
	return known, of
}

// alikeInRows is the set of held-out rows that all results have, and the results: without
// the losses of rows if there is none.
func alikeInRows(results []sweep.Result, q Quantity) (rowSet, []sweep.Result) {
	rows := commonRows(results, q)
	hasSome := func(r sweep.Result) bool { return r.RowLosses != nil }
	if rows != (rowSet{}) || !slices.ContainsFunc(results, hasSome) {
		return rows, results
	}
	results = slices.Clone(results)
	for i := range results {
		results[i].RowLosses = nil
	}
	return rows, results
}

// redrawn is the loss of a run on other rows, where those of its rows are known.
func redrawn(r sweep.Result, q Quantity) statistics.Redrawn {
	rows := r.RowLosses
	switch {
	case q == ErrorRate:
		rows = rowErrors(rows)
	case !q.isLoss():
		rows = nil // a measure is known of the whole run alone
	}
	nats, tokens := make([]float64, len(rows)), make([]int, len(rows))
	for i, row := range rows {
		nats[i], tokens[i] = row.Nats, row.Tokens
	}
	return statistics.Redraw(nats, tokens)
}

// rowErrors are the errors of the rows that were judged, as losses of one token each,
// whose mean is the errorRate of them all.
func rowErrors(rows []sweep.RowLoss) []sweep.RowLoss {
	n := float64(sweep.CountMatches(rows).Of)
	var errors []sweep.RowLoss
	for _, row := range rows {
		wrong := 0.5 / n
		switch row.Match {
		case sweep.NotJudged:
			continue
		case sweep.MatchWrong:
			wrong++
		}
		errors = append(errors, sweep.RowLoss{Nats: wrong * n / (n + 1), Tokens: 1})
	}
	return errors
}

// rowGroups is how many groups of rows can be drawn anew for all slices alike, 0 where
// their rows are not the same or not known.
func rowGroups(all ...Slice) int {
	var valleys []statistics.Valley
	for _, s := range all {
		if s.heldOut != all[0].heldOut {
			return 0
		}
		valleys = append(valleys, s.valleys()...)
	}
	return statistics.ValleyRowGroups(valleys)
}

// redrawn is the slice by the losses on the rows of a draw.
func (s Slice) redrawn(draw int) Slice {
	s.ByLR = slices.Clone(s.ByLR)
	for i := range s.ByLR {
		s.ByLR[i].Valley = s.ByLR[i].Redrawn(draw)
	}
	return s
}

// overRows is an estimate from slices, over seeds and, where the losses of the same
// held-out rows are known in all of them, over rows.
func overRows(estimator func(all []Slice) statistics.Estimate, all ...Slice) (e statistics.Estimate, rowError float64) {
	return statistics.OverRows(rowGroups(all...), func(draw int) statistics.Estimate {
		part := make([]Slice, len(all))
		for i, s := range all {
			part[i] = s.redrawn(draw)
		}
		return estimator(part)
	})
}

// redrawnCosts are the slice's costs on the rows of each draw, worked out once. The x that
// is kept stays that of the rows as they are, as it is the one that is priced.
type redrawnCosts struct {
	slice  Slice
	groups int
	byDraw map[int][]statistics.Keeping
}

func newRedrawnCosts(s Slice) redrawnCosts {
	return redrawnCosts{s, rowGroups(s), map[int][]statistics.Keeping{}}
}

func (c redrawnCosts) on(draw int) []statistics.Keeping {
	costs, known := c.byDraw[draw]
	if !known {
		other := c.slice.redrawn(draw)
		if len(other.ByLR) > 0 {
			other.ByLR[0] = c.slice.ByLR[0]
		}
		costs = other.costs()
		c.byDraw[draw] = costs
	}
	return costs
}

// overRows is an estimate from the costs over seeds and rows, which is 0 at least.
func (c redrawnCosts) overRows(estimator func([]statistics.Keeping) statistics.Estimate) statistics.Estimate {
	e, _ := statistics.OverRows(c.groups, func(draw int) statistics.Estimate { return estimator(c.on(draw)) })
	if e.Bounded() {
		e.Low = math.Max(e.Low, 0)
	}
	return e
}

// withRows is the standard deviation by seeds of which the mean over so many has the
// error that it has by seeds and by held-out rows. More seeds do not make up for too few
// rows.
func withRows(deviation, rowError float64, seeds int) float64 {
	return math.Hypot(deviation, rowError*math.Sqrt(float64(seeds)))
}
