package data_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sweep/trainer/data"
)

func TestWithoutShufflingStepsFollowTheFileAndWrap(t *testing.T) {
	order := data.NewOrder(5, 3, false, 7)
	for step, want := range [][]int{{0, 1, 2}, {3, 4, 0}, {1, 2, 3}} {
		if got := order.Step(step); !slices.Equal(got, want) {
			t.Errorf("step %d trains on rows %v, want %v", step, got, want)
		}
	}
}

func TestShuffledEpochsEachHoldEveryRowOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, batch := rapid.IntRange(1, 30).Draw(t, "rows"), rapid.IntRange(1, 40).Draw(t, "batch")
		order := data.NewOrder(rows, batch, true, rapid.Int().Draw(t, "seed"))
		var drawn []int
		for step := 0; len(drawn) < 3*rows; step++ {
			drawn = append(drawn, order.Step(step)...)
		}
		for epoch := range 3 {
			seen := slices.Sorted(slices.Values(drawn[epoch*rows : (epoch+1)*rows]))
			for i, row := range seen {
				if i != row {
					t.Fatalf("epoch %d draws %v", epoch, seen)
				}
			}
		}
	})
}

func TestAStepDoesNotDependOnTheOnesBefore(t *testing.T) {
	forward, backward := data.NewOrder(10, 4, true, 3), data.NewOrder(10, 4, true, 3)
	var steps [][]int
	for step := range 12 {
		steps = append(steps, forward.Step(step))
	}
	for step := 11; step >= 0; step-- {
		if got := backward.Step(step); !slices.Equal(got, steps[step]) {
			t.Errorf("step %d is %v asked in reverse, %v in order", step, got, steps[step])
		}
	}
}

func TestSeedsAndEpochsShuffleDifferently(t *testing.T) {
	first := data.NewOrder(50, 50, true, 1)
	if slices.Equal(first.Step(0), first.Step(1)) {
		t.Error("two epochs have the same order")
	}
	if slices.Equal(first.Step(0), data.NewOrder(50, 50, true, 2).Step(0)) {
		t.Error("two seeds have the same order")
	}
}
