package statistics

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"
)

func TestLossesOnOtherRowsAreAsThoseOfAnyDraw(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, rows := range []int{2, 60, 100, 101, 1234} {
		nats, tokens := make([]float64, rows), make([]int, rows)
		for i := range nats {
			tokens[i] = 1 + random.IntN(9)
			nats[i] = float64(tokens[i]) * 2.5
		}
		r := Redraw(nats, tokens)
		if r.Groups != min(rows, 100) || len(r.Losses) != rowDraws {
			t.Fatalf("%d rows are drawn %d times as %d groups", rows, len(r.Losses), r.Groups)
		}
		for draw, loss := range r.Losses {
			if math.Abs(loss-2.5) > 1e-12 {
				t.Errorf("draw %d of %d rows, each of 2.5 nats a token, has %v", draw, rows, loss)
			}
		}
	}
}

func TestRowsAreDrawnAlikeForAllRuns(t *testing.T) {
	nats, tokens := make([]float64, 60), make([]int, 60)
	for i := range nats {
		nats[i], tokens[i] = float64(i), 1+i%3
	}
	first := Redraw(nats, tokens)
	for i := range nats {
		nats[i] = 3*nats[i] + float64(tokens[i])
	}
	for draw, loss := range Redraw(nats, tokens).Losses {
		if want := 3*first.Losses[draw] + 1; math.Abs(loss-want) > 1e-9 {
			t.Errorf("draw %d: %v, want %v of the same rows", draw, loss, want)
		}
	}
}

func TestRowsOfWhichNoneIsLeftTellNothing(t *testing.T) {
	for _, tokens := range [][]int{{}, {5}, {0, 5}, {0, 0}} {
		if r := Redraw(make([]float64, len(tokens)), tokens); r.Groups != 0 || r.Losses != nil {
			t.Errorf("rows of %v tokens: %v", tokens, r)
		}
	}
}

// TestTheRowErrorOfAMeanIsThatOfItsRows: for the mean over rows of equal weight it is
// known, and 100 draws tell it to 7 %.
func TestTheRowErrorOfAMeanIsThatOfItsRows(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	nats, tokens := make([]float64, 60), make([]int, 60)
	for i := range nats {
		nats[i], tokens[i] = random.NormFloat64(), 1
	}
	other := Redraw(nats, tokens)
	of := func(draw int) float64 {
		if draw == AsHeldOut {
			return stat.Mean(nats, nil)
		}
		return other.Losses[draw]
	}
	want := stat.StdDev(nats, nil) / math.Sqrt(60)
	e, rowError := OverRows(60, func(draw int) Estimate { return Estimate{of(draw), of(draw) - 3, of(draw) + 4} })
	if math.Abs(rowError/want-1) > 0.2 {
		t.Errorf("error %v, want %v", rowError, want)
	}
	reach := studentT(60) * rowError
	if math.Abs(e.Value-e.Low-math.Hypot(3, reach)) > 1e-12 || math.Abs(e.High-e.Value-math.Hypot(4, reach)) > 1e-12 {
		t.Errorf("%v, want reaches of 3 and 4 with %v in squares", e, reach)
	}
}

func TestWithoutRowsOrAnIntervalAnEstimateStaysAsItIs(t *testing.T) {
	for name, c := range map[string]struct {
		groups int
		e      Estimate
	}{"no rows": {0, Estimate{1, 0, 2}}, "one group": {1, Estimate{1, 0, 2}}, "one seed": {60, Exactly(1)}, "unknown": {60, Unknown()}} {
		got, _ := OverRows(c.groups, func(int) Estimate { return c.e })
		if got.String() != c.e.String() {
			t.Errorf("%s: %v, want %v", name, got, c.e)
		}
	}
}

func TestLossesKnownByDifferentRowsAreNotKnownByRows(t *testing.T) {
	known := func(groups int) Losses { return Losses{{Seed: 0, Loss: 1, Redrawn: Redrawn{Groups: groups}}} }
	for name, c := range map[string]struct {
		losses []Losses
		want   int
	}{
		"nothing": {nil, 0}, "alike": {[]Losses{known(60), known(60)}, 60}, "one more": {[]Losses{known(60), known(61)}, 0},
		"one unknown": {[]Losses{known(60), {{Seed: 0, Loss: 1}}}, 0}, "none known": {[]Losses{{{Seed: 0, Loss: 1}}}, 0},
	} {
		if got := RowGroups(c.losses...); got != c.want {
			t.Errorf("%s: %d groups, want %d", name, got, c.want)
		}
	}
}

// TestWhatOnlyTheseRowsTellIsNoReasonToCallASettingWorse: a setting that is worse on a
// few of the rows by much, for every seed, is so by those rows.
func TestWhatOnlyTheseRowsTellIsNoReasonToCallASettingWorse(t *testing.T) {
	const rows = 60
	setting := func(worseOn int, by float64, known bool) Losses {
		var l Losses
		for seed := range 5 {
			nats, tokens := make([]float64, rows), make([]int, rows)
			sum := 0.0
			for j := range nats {
				tokens[j], nats[j] = 1, 1+0.0001*float64(seed)
				if j < worseOn {
					nats[j] += by * (1 + 0.01*float64(seed))
				}
				sum += nats[j]
			}
			one := SeedLoss{Seed: seed, Loss: sum / rows}
			if known {
				one.Redrawn = Redraw(nats, tokens)
			}
			l = append(l, one)
		}
		return l
	}
	for name, c := range map[string]struct {
		worseOn int
		by      float64
		known   bool
		worse   bool
	}{
		"on one row, rows unknown": {1, 1, false, true},
		"on one row":               {1, 1, true, false},
		"on every second row":      {rows / 2, 1.0 / rows * 2, true, true},
	} {
		choice := Choose([]Losses{setting(0, 0, c.known), setting(c.worseOn, c.by, c.known)})
		if got := choice.IsWorse(1); got != c.worse {
			t.Errorf("worse %s: %t, want %t", name, got, c.worse)
		}
	}
}
