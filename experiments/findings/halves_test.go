package findings_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// halves are a run's losses over the held-out rows of odd and of even number.
type halves struct{ odd, even, all float64 }

// halvesOf reads the table of a grid. Its sums over both halves are the losses that the
// table of runs has.
func halvesOf(t *testing.T, grid string) map[string]halves {
	t.Helper()
	found := map[string]halves{}
	for _, row := range tableOf(t, "../full/"+grid+"/halves.csv") { // name, odd_nats, odd_tokens, even_nats, even_tokens
		var x [4]float64
		for i := range x {
			x[i] = number(row[i+1])
		}
		found[row[0]] = halves{x[0] / x[1], x[2] / x[3], (x[0] + x[2]) / (x[1] + x[3])}
	}
	runs := tableOf(t, "../full/"+grid+"/runs.csv")
	if len(runs) != len(found) {
		t.Errorf("%s: halves of %d runs, of %d", grid, len(found), len(runs))
	}
	for _, row := range runs {
		if loss := number(row[4]); !(math.Abs(found[row[0]].all/loss-1) < 1e-9) {
			t.Errorf("%s: %s has loss %v, its halves %v", grid, row[0], loss, found[row[0]].all)
		}
	}
	return found
}

// tableOf is a CSV without its header.
func tableOf(t *testing.T, path string) [][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// TestWhatOneHalfOfTheRowsChoosesTheOtherPrices chooses the lr of each alpha on one half
// of the held-out rows and compares the alphas on the other, both ways round.
func TestWhatOneHalfOfTheRowsChoosesTheOtherPrices(t *testing.T) {
	text := readme(t)
	name := regexp.MustCompile(`^s\d+-a(\d+)-lr(.*)$`)
	for _, c := range []struct{ grid, from, to, says string }{
		{"equal-alphas", "4", "256", "from 4 to 256 the loss changes by %.1f %% and %.1f %%"},
		{"equal-alphas-long", "16", "256", "from 16 to 256 by %.1f %% and %.1f %%"},
	} {
		chooser, judge := map[string]map[string][]float64{}, map[string]map[string][]float64{}
		note := func(into map[string]map[string][]float64, alpha, lr string, loss float64) {
			if into[alpha] == nil {
				into[alpha] = map[string][]float64{}
			}
			into[alpha][lr] = append(into[alpha][lr], loss)
		}
		for run, h := range halvesOf(t, c.grid) {
			m := name.FindStringSubmatch(run)
			note(chooser, m[1], m[2], h.odd)
			note(judge, m[1], m[2], h.even)
		}
		var changes []any
		for range 2 {
			loss := func(alpha string) float64 {
				best := ""
				for lr, losses := range chooser[alpha] {
					if best == "" || mean(losses) < mean(chooser[alpha][best]) {
						best = lr
					}
				}
				return mean(judge[alpha][best])
			}
			changes = append(changes, 100*(loss(c.to)/loss(c.from)-1))
			chooser, judge = judge, chooser
		}
		if want := fmt.Sprintf(c.says, changes...); !strings.Contains(text, want) {
			t.Errorf("the README does not say %q", want)
		}
	}
}

func mean(x []float64) float64 {
	x = slices.Sorted(slices.Values(x)) // a map gives them in any order
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
