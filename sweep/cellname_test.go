package sweep_test

import (
	"testing"

	"pgregory.net/rapid"

	"sweep/sweep"
)

func TestTheNameOfACellHoldsItsArmAndItsPlace(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		arm := rapid.StringMatching(`([A-Za-z0-9][A-Za-z0-9._-]{0,9})?`).Draw(r, "arm")
		place := rapid.StringMatching(`[A-Za-z0-9._+-]{0,20}`).Draw(r, "place")
		name := sweep.CellName(arm, place)
		if a, p := sweep.SplitCellName(name); a != arm || p != place {
			r.Errorf("%q was split into %q and %q, want %q and %q", name, a, p, arm, place)
		}
	})
}
