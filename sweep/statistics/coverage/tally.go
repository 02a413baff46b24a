package main

import (
	"fmt"
	"math"
)

// A tally counts how an estimator does over trials.
type tally struct {
	trials, refused, held int
	width, bias           float64
}

// add counts an interval against the truth.
func (t *tally) add(e interval, truth float64) {
	t.trials++
	if !e.ok {
		t.refused++
		return
	}
	if e.low <= truth && truth <= e.high {
		t.held++
	}
	t.width += e.high - e.low
	t.bias += e.at - truth
}

func (t tally) given() float64 { return float64(t.trials - t.refused) }

// share is how many of the intervals given hold the truth.
func (t tally) share() float64 { return float64(t.held) / t.given() }

// factor tells the share, with the width and the bias as factors of x.
func (t tally) factor() string {
	return fmt.Sprintf("%s ×%.2f (×%.2f)", percent(t.share()), math.Exp(t.width/t.given()), math.Exp(t.bias/t.given()))
}

// number tells the share and the width.
func (t tally) number() string {
	return fmt.Sprintf("%s %.2g", percent(t.share()), t.width/t.given())
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
