package grid_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sweep/sweep"
	"sweep/sweep/filter"
	"sweep/sweep/grid"
)

// mostSeed is the largest whole number that every part of the program, and every program
// that reads its JSON, holds exactly.
const mostSeed = 1<<53 - 1

// seeds returns the seeds of the cells of a grid, with their names.
func seeds(t rapid.TB, axis string) (seeds []int, names []string) {
	spec, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n[grid]\nseed = "+axis+"\n"), "x.toml")
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range spec.Cells() {
		seeds, names = append(seeds, p.Seed), append(names, name)
	}
	return seeds, names
}

func TestAWholeNumberIsNeverRounded(t *testing.T) {
	large := rapid.OneOf(rapid.IntRange(0, mostSeed-2), rapid.IntRange(mostSeed-1000, mostSeed-2))
	rapid.Check(t, func(t *rapid.T) {
		n := large.Draw(t, "seed")
		want := []int{n, n + 1, n + 2}
		for _, axis := range []string{
			fmt.Sprintf("[%d, %d, %d]", n, n+1, n+2),
			fmt.Sprintf("{ range = [%d, %d], step = 1 }", n, n+2),
			fmt.Sprintf("{ linear = [%d, %d], points = 3 }", n, n+2),
		} {
			got, names := seeds(t, axis)
			if fmt.Sprint(got) != fmt.Sprint(want) || names[2] != fmt.Sprintf("s%d", n+2) {
				t.Fatalf("seed = %s makes %v, named %q", axis, got, names)
			}
		}
		params := sweep.Defaults()
		params.Seed = n + 1
		text, err := json.Marshal(params)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := sweep.DecodeParams(text); err != nil || back.Seed != n+1 {
			t.Fatalf("%d comes back from JSON as %d: %v", n+1, back.Seed, err)
		}
		for seed := n; seed <= n+2; seed++ {
			filter, err := filter.New(fmt.Sprintf("seed = %d", seed))
			if err != nil {
				t.Fatal(err)
			}
			if match, err := filter.Match(sweep.Result{Run: sweep.Run{Params: params}}); err != nil || match != (seed == n+1) {
				t.Fatalf("'seed = %d' of seed %d is %t: %v", seed, n+1, match, err)
			}
		}
	})
}

func TestTheErrorForAWholeNumberThatIsTooLargeNamesTheLargest(t *testing.T) {
	const bound = "9007199254740991"
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Int64Range(mostSeed+1, mostSeed+1000), rapid.Int64Min(mostSeed+1)).Draw(t, "seed")
		for _, text := range []string{
			fmt.Sprintf("[fixed]\nseed = %d", n),
			fmt.Sprintf("[fixed]\nseed = %d.0", n),
			fmt.Sprintf("[grid]\nseed = [0, %d]", n),
			fmt.Sprintf("[grid]\nseed = { range = [0, %d], step = %d }", n, n),
			fmt.Sprintf("[grid]\nseed = [1, 2]\n[[exclude]]\nwhere = 'seed = %d'", n),
			fmt.Sprintf("[derive]\nseed = '%d'", n),
		} {
			_, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+text+"\n"), "x.toml")
			if err == nil || !strings.Contains(err.Error(), bound) {
				t.Fatalf("%s\nerror is %v", text, err)
			}
		}
		if _, err := filter.New(fmt.Sprintf("seed < %d", n)); err == nil || !strings.Contains(err.Error(), bound) {
			t.Fatalf("error is %v", err)
		}
	})
}

func TestTheErrorForAnIntegerOutOfBoundsNamesTheBounds(t *testing.T) {
	for _, c := range []struct{ fixed, want string }{
		{"batch = 100000000", "fixed.batch = 100000000 is out of bounds; allowed: an integer from 1 to 1000000"},
		{"steps = 0", "fixed.steps = 0 is out of bounds; allowed: an integer from 1 to 1000000000"},
		{"seed = 9007199254740993", "fixed.seed = 9007199254740993 is out of bounds; allowed: an integer from 0 to 9007199254740991"},
		{"seed = -9223372036854775808", "fixed.seed = -9223372036854775808 is out of bounds; allowed: an integer from 0"},
		{"seed = 99999999999999999999", "beyond what TOML's integers hold, -9223372036854775808 to 9223372036854775807"},
		{"seed = inf", "is out of bounds"},
		{"seed = nan", "is not whole"},
	} {
		_, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n[fixed]\n"+c.fixed+"\n"), "x.toml")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v", c.fixed, err)
		}
	}
}
