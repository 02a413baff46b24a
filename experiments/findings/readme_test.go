package findings_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
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
// setting. The pattern's group named lr, or else the last one, is lr; the others, joined by
// a blank, are the setting, and what stands outside the groups, such as the seed, is
// averaged over.
func lowestCells(t *testing.T, table, pattern string) map[string]lowest {
	t.Helper()
	form := regexp.MustCompile(pattern)
	sums, counts, diverged := map[string]map[float64]float64{}, map[string]map[float64]int{}, map[string]map[float64]bool{}
	for _, row := range tableOf(t, table) { // name, state, steps, loss, eval_loss, curve_hash
		m := form.FindStringSubmatch(row[0])
		if m == nil {
			continue
		}
		at := form.SubexpIndex("lr")
		if at < 0 {
			at = len(m) - 1
		}
		setting, lr := strings.Join(slices.Concat(m[1:at], m[at+1:]), " "), number(m[at])
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

// TestTheREADMEsPapersTablesAreThoseOfTheRuns recomputes the papers' tables.
func TestTheREADMEsPapersTablesAreThoseOfTheRuns(t *testing.T) {
	const table = "../full/paper-tables/runs.csv"
	text := readme(t)
	says := func(what string) {
		t.Helper()
		if !strings.Contains(text, what) {
			t.Errorf("the README does not say %q", what)
		}
	}
	qv := lowestCells(t, table, `^qv/lr(?P<lr>.*)-s\d-r(\d+)$`)
	all := lowestCells(t, table, `^all/s\d-r(\d+)-lr(?P<lr>.*)$`)
	ofQV, ofAll := "| q, v |", "| all seven |"
	for _, r := range []string{"1", "2", "4", "8", "16", "32", "64"} {
		ofQV += fmt.Sprintf(" %.3f |", qv[r].loss)
		if c, trained := all[r]; trained {
			ofAll += fmt.Sprintf(" %.3f |", c.loss)
		} else {
			ofAll += " |"
		}
	}
	says(ofQV)
	says(ofAll)
	arm := func(pattern string) lowest { return lowestCells(t, table, pattern)[""] }
	full := arm(`^full/s\d-lr(?P<lr>.*)$`)
	says(fmt.Sprintf("Full fine-tuning reaches %.3f at lr %g, LoRA on q and v at %g to %g", full.loss, full.lr, qv["1"].lr, qv["64"].lr))
	says(fmt.Sprintf("(on all seven %.2g)", all["4"].lr))
	says(fmt.Sprintf("16 times lr_a: %.3f, %.3f, %.3f, %.3f (LoRA+); with B random and A zero %.3f",
		arm(`^ratio-quarter/lr(?P<lr>.*)-s\d$`).loss, qv["8"].loss, arm(`^ratio-4/lr(?P<lr>.*)-s\d$`).loss,
		arm(`^ratio-16/s\d-lr(?P<lr>.*)$`).loss, arm(`^init-b/lr(?P<lr>.*)-s\d$`).loss))
	usual := regexp.MustCompile(`^qv/lr0\.01-s\d-r8$`)
	spread := lowest{math.Inf(1), 0} // of single seeds where r = 8 is tuned
	for _, row := range tableOf(t, table) {
		if usual.MatchString(row[0]) {
			spread.lr, spread.loss = min(spread.lr, number(row[4])), max(spread.loss, number(row[4]))
		}
	}
	says(fmt.Sprintf("(%.2f to %.2f at the usual settings)", spread.lr, spread.loss))
}

// TestTheREADMEsIntervalsHoldWhatTheLowestCellsGive compares powers and changes that the
// README gives with their intervals with those of the lowest cells.
func TestTheREADMEsIntervalsHoldWhatTheLowestCellsGive(t *testing.T) {
	text := readme(t)
	along := func(table, pattern string, by ...string) func(t *testing.T) float64 {
		return func(t *testing.T) float64 {
			cells := lowestCells(t, "../"+table+"/runs.csv", pattern)
			var x, lr []float64
			for _, at := range by {
				x, lr = append(x, number(at)), append(lr, cells[at].lr)
			}
			return power(x, lr)
		}
	}
	change := func(table, pattern, from, to string) func(t *testing.T) float64 {
		return func(t *testing.T) float64 {
			cells := lowestCells(t, "../"+table+"/runs.csv", pattern)
			return 100 * (cells[to].loss/cells[from].loss - 1)
		}
	}
	ranks := []string{"1", "2", "4", "8", "16", "32", "64"}
	for _, c := range []struct {
		before string // what the text has before the number
		plain  func(t *testing.T) float64
	}{
		{"| AdamW | 1 to 512 | ", along("full/alpha-tracks-lr", `^adamw/a(\d+)-lr(.*)-s\d$`, "1", "2", "4", "8", "16", "32", "64", "128", "256", "512")},
		{"| Adam | 1 to 256 | ", along("full/alpha-tracks-lr", `^adam/a(\d+)-lr(.*)-s\d$`, "1", "16", "256")},
		{"| SGD | 1 to 256 | ", along("full/alpha-tracks-lr", `^sgd/a(\d+)-lr(.*)-s\d$`, "1", "4", "16", "64", "256")},
		{"| momentum | 1 to 256 | ", along("full/alpha-tracks-lr", `^momentum/a(\d+)-lr(.*)-s\d$`, "1", "16", "256")},
		{"AdamW's loss changes by ", change("full/alpha-tracks-lr", `^adamw/a(\d+)-lr(.*)-s\d$`, "1", "512")},
		{"| alpha = 16 | 1/r | ", along("full/fixed-alpha", `^alpha-16/r(\d+)-lr(.*)-s\d$`, ranks...)},
		{"| alpha = 16, alpha/sqrt(r) | 1/sqrt(r) | ", along("full/fixed-alpha", `^root-r/r(\d+)-s\d-lr(.*)$`, ranks...)},
		{"| alpha = r | constant | ", along("full/fixed-alpha", `^alpha-r/r(\d+)-s\d-lr(.*)$`, ranks...)},
		{"| alpha = 2r | constant | ", along("full/fixed-alpha", `^alpha-2r/r(\d+)-lr(.*)-s\d$`, ranks...)},
		{"| s = 16 | constant | ", along("full/fixed-alpha", `^constant/r(\d+)-s\d-lr(.*)$`, ranks...)},
		{"The best lr falls as alpha^", along("smollm2-claims", `^alpha/s\d-a(\d+)-lr(.*)$`, "2", "16", "128")},
		{"on menus with three seeds as alpha^", along("smollm2-length", `^menus/a(\d+)-lr(.*)-s\d$`, "2", "16", "128")},
		{"on slots with two as alpha^", along("smollm2-length", `^slots/a(\d+)-lr(.*)-s\d$`, "2", "16", "128")},
		{"from alpha 2 to 128 the loss changes by ", change("smollm2-length", `^menus/a(\d+)-lr(.*)-s\d$`, "2", "128")},
		{"Each at its own lr, the loss changes by ", change("smollm2-claims", `^alpha/s\d-a(\d+)-lr(.*)$`, "2", "128")},
	} {
		got := c.plain(t)
		form := regexp.QuoteMeta(strings.Join(strings.Fields(c.before), " ")) + ` ?(-?[\d.]+)(?: %)? \((-?[\d.]+) to (-?[\d.]+)\)`
		m := regexp.MustCompile(form).FindStringSubmatch(text)
		if m == nil {
			t.Errorf("%s: the README has no such number", c.before)
			continue
		}
		if low, high := number(m[2]), number(m[3]); !(low <= got && got <= high) {
			t.Errorf("%s: the README has %s (%s to %s), the lowest cells %.3f", c.before, m[1], m[2], m[3], got)
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
