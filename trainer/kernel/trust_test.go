package kernel

import "testing"

// lists runs some lists and returns how many of them had helpers.
func (t *trust) runs(lists int, alone, together float64) (helped int) {
	for range lists {
		if t.now() {
			helped++
			t.together(together)
		} else {
			t.alone(alone)
		}
	}
	return helped
}

func TestHelpersAreCalledWhereTheyMakeListsFaster(t *testing.T) {
	var idle, busy, changing trust
	if n := idle.runs(10_000, 1, 1.8); n < 9900 {
		t.Errorf("idle cores helped with %d lists of 10,000", n)
	}
	if n := busy.runs(10_000, 1, 0.2); n == 0 || n > 50 {
		t.Errorf("busy cores helped with %d lists of 10,000", n)
	}
	changing.runs(10_000, 1, 0.2)
	if n := changing.runs(10_000, 1, 1.8); n < 9000 {
		t.Errorf("cores that are idle again helped with %d lists of 10,000", n)
	}
}
