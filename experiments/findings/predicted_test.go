package findings_test

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"

	"sweep/sweep/analysis"
	"sweep/sweep/grid"
)

// stated are the grids whose predictions were written before their runs, in the order
// of the README's table.
var stated = []string{
	"length", "settling", "equal-alphas", "equal-alphas-long", "batch", "rank-length", "schedule", "slots", "rows", "width", "rescale-base", "rescale",
	"smollm2-length",
}

// folderOf is where a grid is, below experiments.
func folderOf(grid string) string {
	if strings.HasPrefix(grid, "smollm2") {
		return ""
	}
	return "full"
}

// predicted is a prediction of a grid with what its committed runs come to.
type predicted struct {
	grid string
	analysis.Look
}

// row is the line of the README's table.
func (p predicted) row() string {
	says := p.Prediction.Says
	for i, s := range p.Part {
		says += []string{" (", ", "}[min(i, 1)] + s.String()
	}
	if len(p.Part) > 0 {
		says += ")"
	}
	measured := p.Key.String()
	if p.Share {
		measured = p.Key.Percent()
	}
	return fmt.Sprintf("| [%s](%s) | %s | %s | %s | %s |", p.grid, path.Join(folderOf(p.grid), p.grid+".toml"), says, p.Prediction.Interval(), measured, p.Verdict)
}

// judged are all that was predicted of a grid with committed runs, held together as in
// a report on it.
func judged(t *testing.T, name string) (all []predicted) {
	t.Helper()
	spec, err := grid.ParseSpec(filepath.Join("..", folderOf(name), name+".toml"))
	if err != nil {
		t.Fatal(err)
	}
	table := filepath.Join("..", folderOf(name), name, "runs.csv")
	if _, err := os.Stat(table); os.IsNotExist(err) {
		t.Logf("%v: left out", err)
		return nil
	}
	results, err := runsOf(spec, table)
	if err != nil {
		t.Fatal(err)
	}
	var looks []analysis.Look
	for _, p := range spec.Predicted(results) {
		looks = append(looks, analysis.LookAt(p)...)
	}
	analysis.HeldTogether(looks)
	for _, l := range looks {
		all = append(all, predicted{name, l})
	}
	return all
}

// TestTheREADMEsPredictionsAreJudgedByTheRuns holds the README's table of predictions to
// what the program makes of the committed runs; -update writes it.
func TestTheREADMEsPredictionsAreJudgedByTheRuns(t *testing.T) {
	const begin, end = "<!-- predictions: go generate ./experiments/findings -->\n", "<!-- end of predictions -->\n"
	rows := []string{"| grid | predicted | within | measured | verdict |", "|---|---|---|---|---|"}
	for _, name := range stated {
		for _, p := range judged(t, name) {
			rows = append(rows, p.row())
		}
	}
	want := strings.Join(rows, "\n") + "\n"
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, opened := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	if !opened || !closed {
		t.Fatalf("the README has no place for the table of predictions, between %q and %q", begin, end)
	}
	if *update {
		if err := os.WriteFile("../README.md", []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("the README's table of predictions is not what the runs give; go generate ./experiments/findings makes it\n%s", want)
	}
}

// TestWhatIsMeasuredHoldsWhatPlainArithmeticFinds computes what each prediction measures
// by means over seeds and lowest cells alone, without any of the program's statistics:
// it is to lie in the interval that the README gives.
func TestWhatIsMeasuredHoldsWhatPlainArithmeticFinds(t *testing.T) {
	for _, name := range stated {
		spec, err := grid.ParseSpec(filepath.Join("..", folderOf(name), name+".toml"))
		if err != nil {
			t.Fatal(err)
		}
		results, err := runsOf(spec, filepath.Join("..", folderOf(name), name, "runs.csv"))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range spec.Predicted(results) {
			for _, l := range analysis.LookAt(p) {
				if !l.Key.Known() {
					t.Errorf("%s: %s has no number", name, p.Prediction)
				}
				if got := plain(t, p, l.Part); !(l.Key.Low <= got && got <= l.Key.High) {
					t.Errorf("%s: %s %v: measured %v, by plain arithmetic %.4f", name, p.Prediction, l.Part, l.Key, got)
				}
			}
		}
	}
}

// plain computes a predicted quantity in one part of its runs.
func plain(t *testing.T, p sweep.Predicted, part []analysis.Setting) float64 {
	t.Helper()
	at := newMeans(t, p.Cells, part, p.Along)
	if p.By == "" {
		return at.quantity(t, p.Quantity)
	}
	from := newMeans(t, p.Against, part, p.Along)
	switch p.Quantity {
	case "tuned loss":
		return at.lowest(0).loss/from.lowest(0).loss - 1
	case "loss":
		return at.only(0)/from.only(0) - 1
	case "best lr":
		return at.lowest(0).lr / from.lowest(0).lr
	default:
		return at.quantity(t, p.Quantity) - from.quantity(t, p.Quantity)
	}
}

// means are mean losses over seeds, by the value of an axis and lr.
type means map[float64]map[float64]float64

func newMeans(t *testing.T, results []sweep.Result, part []analysis.Setting, along string) means {
	t.Helper()
	losses := map[float64]map[float64][]float64{}
	seen := map[string]bool{}
	for _, r := range results {
		if seen[r.Key] || !has(t, r, part) { // two arms may hold one run
			continue
		}
		seen[r.Key] = true
		x := 0.0
		if along != "" {
			x = value(t, r, along)
		}
		if losses[x] == nil {
			losses[x] = map[float64][]float64{}
		}
		losses[x][r.Params.LR] = append(losses[x][r.Params.LR], r.EvalLoss)
	}
	m := means{}
	for x, byLR := range losses {
		m[x] = map[float64]float64{}
		for lr, all := range byLR {
			for _, loss := range all {
				m[x][lr] += loss / float64(len(all))
			}
		}
	}
	return m
}

// has reports whether a run has all the settings.
func has(t *testing.T, r sweep.Result, settings []analysis.Setting) bool {
	t.Helper()
	for _, s := range settings {
		if s.Axis == "arm" {
			if r.Arm != s.Value.Text {
				return false
			}
			continue
		}
		v, err := analysis.ValueOf(r.Params, s.Axis)
		if err != nil {
			t.Fatal(err)
		}
		if v != s.Value {
			return false
		}
	}
	return true
}

// value is a run's number on an axis. All rows, which are 0, are the most.
func value(t *testing.T, r sweep.Result, axis string) float64 {
	t.Helper()
	v, err := analysis.ValueOf(r.Params, axis)
	if err != nil {
		t.Fatal(err)
	}
	return v.Number
}

// lowest is the lowest cell at a value.
func (m means) lowest(x float64) lowest {
	best := lowest{math.NaN(), math.Inf(1)}
	for lr, loss := range m[x] {
		if loss < best.loss {
			best = lowest{lr, loss}
		}
	}
	return best
}

// only is the mean loss at the lr there is.
func (m means) only(x float64) float64 {
	for _, loss := range m[x] {
		return loss
	}
	return math.NaN()
}

// quantity is one that runs along the axis.
func (m means) quantity(t *testing.T, name string) float64 {
	t.Helper()
	xs := slices.Sorted(maps.Keys(m))
	var lrs, losses, costs []float64
	for _, x := range xs {
		best := m.lowest(x)
		lrs, losses = append(lrs, best.lr), append(losses, best.loss)
		costs = append(costs, m[x][m.lowest(xs[0]).lr]/best.loss-1)
	}
	switch name {
	case "slope of the best lr":
		return power(xs, lrs)
	case "trend of the tuned loss":
		return math.Exp2(power(xs, losses)) - 1
	case "mean regret":
		var sum float64
		for _, cost := range costs[1:] {
			sum += cost
		}
		return sum / float64(len(costs)-1)
	default:
		t.Fatalf("no plain arithmetic for %q", name)
		return 0
	}
}
