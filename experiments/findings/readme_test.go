package findings_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sweep/experiments/findings"
	"sweep/sweep/analysis"
)

// lowest is the cell of lowest mean evaluation loss at one setting, found without
// any of the program's statistics.
type lowest struct{ lr, loss float64 }

// lowestCells finds, by plain arithmetic over a table of runs, the lowest cell of each
// setting. The pattern's last group is lr; those before it, joined by a blank, are the
// setting, and what stands outside the groups, such as the seed, is averaged over.
func lowestCells(t *testing.T, table, pattern string) map[string]lowest {
	t.Helper()
	form := regexp.MustCompile(pattern)
	sums, counts, diverged := map[string]map[float64]float64{}, map[string]map[float64]int{}, map[string]map[float64]bool{}
	for _, row := range tableOf(t, table) { // name, state, steps, loss, eval_loss, curve_hash
		m := form.FindStringSubmatch(row[0])
		if m == nil {
			continue
		}
		setting, lr := strings.Join(m[1:len(m)-1], " "), number(m[len(m)-1])
		if sums[setting] == nil {
			sums[setting], counts[setting], diverged[setting] = map[float64]float64{}, map[float64]int{}, map[float64]bool{}
		}
		sums[setting][lr] += number(row[4])
		counts[setting][lr]++
		diverged[setting][lr] = diverged[setting][lr] || row[1] == "diverged"
	}
	found := map[string]lowest{}
	for setting, byLR := range sums {
		best := lowest{math.NaN(), math.Inf(1)}
		for lr, sum := range byLR {
			if mean := sum / float64(counts[setting][lr]); mean < best.loss && !diverged[setting][lr] {
				best = lowest{lr, mean}
			}
		}
		found[setting] = best
	}
	return found
}

// power is the least-squares slope of ln y against ln x.
func power(x, y []float64) float64 {
	var mx, my, sxy, sxx float64
	for i := range x {
		mx, my = mx+math.Log(x[i])/float64(len(x)), my+math.Log(y[i])/float64(len(x))
	}
	for i := range x {
		sxy += (math.Log(x[i]) - mx) * (math.Log(y[i]) - my)
		sxx += (math.Log(x[i]) - mx) * (math.Log(x[i]) - mx)
	}
	return sxy / sxx
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

// TestTheREADMEsLowestCellsAreThoseOfTheRuns recomputes the table of longer training.
func TestTheREADMEsLowestCellsAreThoseOfTheRuns(t *testing.T) {
	text := readme(t)
	cells := lowestCells(t, "../full/length/runs.csv", `^s\d-steps(\d+)-a(\d+)-lr(.*)$`)
	for _, alpha := range []int{4, 16, 64, 256} {
		row := fmt.Sprintf("| %d |", alpha)
		for _, steps := range []int{56, 224, 896, 2000} {
			c := cells[fmt.Sprintf("%d %d", steps, alpha)]
			row += fmt.Sprintf(" %.3f at %s |", c.loss, strconv.FormatFloat(c.lr, 'g', -1, 64))
		}
		if !strings.Contains(text, row) {
			t.Errorf("the README has no row %s", row)
		}
	}
}

// TestTheREADMEsPowersHoldThoseOfTheLowestCells compares each power that the README
// gives with a line through the lowest cells.
func TestTheREADMEsPowersHoldThoseOfTheLowestCells(t *testing.T) {
	text := readme(t)
	for _, c := range []struct {
		row, table, pattern string
		by                  []float64
	}{
		{"AdamW | 1 to 512", "alpha-tracks-lr", `^adamw/a(\d+)-lr(.*)-s\d$`, []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}},
		{"Adam | 1 to 256", "alpha-tracks-lr", `^adam/a(\d+)-lr(.*)-s\d$`, []float64{1, 16, 256}},
		{"SGD | 1 to 256", "alpha-tracks-lr", `^sgd/a(\d+)-lr(.*)-s\d$`, []float64{1, 4, 16, 64, 256}},
		{"momentum | 1 to 256", "alpha-tracks-lr", `^momentum/a(\d+)-lr(.*)-s\d$`, []float64{1, 16, 256}},
	} {
		cells := lowestCells(t, "../full/"+c.table+"/runs.csv", c.pattern)
		var at []float64
		for _, by := range c.by {
			at = append(at, cells[strconv.FormatFloat(by, 'g', -1, 64)].lr)
		}
		got := power(c.by, at)
		m := regexp.MustCompile(regexp.QuoteMeta("| "+c.row) + ` \| (-?[\d.]+) \((-?[\d.]+) to (-?[\d.]+)\)`).FindStringSubmatch(text)
		if m == nil {
			t.Errorf("%s: no such row", c.row)
			continue
		}
		if low, high := number(m[2]), number(m[3]); !(low <= got && got <= high) {
			t.Errorf("%s: the README has %s (%s to %s), a line through the lowest cells %.3f", c.row, m[1], m[2], m[3], got)
		}
	}
}

// TestTheREADMEsLawIsThatOfAdvise holds the README's first sentence to the law that
// the program applies.
func TestTheREADMEsLawIsThatOfAdvise(t *testing.T) {
	recipes, err := findings.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	law := analysis.NewLRLaw(recipes[0])
	text := readme(t)
	if want := fmt.Sprintf("one law through %d tuned settings", len(law.Tuned)); !strings.Contains(text, want) {
		t.Errorf("the README does not say %q", want)
	}
	from := analysis.LRPlace{Alpha: 16, R: 8, Steps: 500}
	for to, say := range map[analysis.LRPlace]string{
		{Alpha: 32, R: 8, Steps: 500}:  "k^%.2f (%.2f to %.2f), for k times the steps",
		{Alpha: 16, R: 8, Steps: 1000}: "k^%.2f (%.2f to %.2f), and as r changes",
		{Alpha: 16, R: 16, Steps: 500}: "leave it: k^%.2f (%.2f to %.2f)",
	} {
		m, err := law.Move(from, to)
		if err != nil || len(m.Changes) != 1 {
			t.Fatalf("%v: %+v, %v", to, m, err)
		}
		e := m.Changes[0].Exponent
		if want := fmt.Sprintf(say, e.Value, e.Low, e.High); !strings.Contains(text, want) {
			t.Errorf("the README does not say %q", want)
		}
	}
}
