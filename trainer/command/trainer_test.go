//go:build unix

package command

import (
	"slices"
	"testing"

	"sweep/sweep"
)

func TestWhatACommandLogsIsTheCurveOfItsRun(t *testing.T) {
	var n notebook
	o, err := newTrainer(t).Train(t.Context(), byScript(t, 5, "logs"), &n)
	if err != nil {
		t.Fatal(err)
	}
	if o.State != sweep.StateDone || o.Steps != 5 || o.Loss != 2.2 || o.FirstLoss != 3 || o.CurveHash != sweep.HashCurve(n.points) {
		t.Errorf("got %+v", o)
	}
	if got := n.steps(); !slices.Equal(got, []int{1, 2, 3, 4, 5}) || n.saved != 5 {
		t.Errorf("the journal has the steps %v, saved to %d", got, n.saved)
	}
}
