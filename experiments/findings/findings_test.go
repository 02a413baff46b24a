package findings_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sweep/experiments/findings"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/grid"
)

var update = flag.Bool("update", false, "write what the committed runs give")

// sources are the grids that the findings rest on.
var sources = []string{
	"alpha-tracks-lr", "fixed-alpha", "length", "rank-length", "equal-alphas", "equal-alphas-long", "batch", "slots", "schedule", "rows",
}

func TestFindingsAreThoseOfTheCommittedRuns(t *testing.T) {
	var all []analysis.Source
	for _, name := range sources {
		spec, err := grid.ParseSpec(filepath.Join("../full", name+".toml"))
		if err != nil {
			t.Fatal(err)
		}
		trained, err := runsOf(spec, filepath.Join("../full", name, "runs.csv"))
		if errors.Is(err, fs.ErrNotExist) {
			t.Logf("%v: left out", err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, analysis.Source{Sweep: spec.Name, Results: trained})
	}
	recipes, err := analysis.Recipes(all...)
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.MarshalIndent(several(recipes), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile("tuned.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile("tuned.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("tuned.json is not what the runs give; go generate ./experiments/findings makes it\n%s", want)
	}
	if all, err := findings.Recipes(); err != nil || len(all) == 0 {
		t.Errorf("%d recipes, %v", len(all), err)
	}
}

// several are the recipes with more than one tuned setting, to four digits.
func several(recipes []analysis.Recipe) (kept []analysis.Recipe) {
	for _, r := range recipes {
		if len(r.Tuned) < 2 {
			continue
		}
		for i := range r.Tuned {
			s := &r.Tuned[i]
			s.LR, s.Low, s.High = fourDigits(s.LR), fourDigits(s.Low), fourDigits(s.High)
		}
		kept = append(kept, r)
	}
	return kept
}

func fourDigits(x float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 4, 64), 64)
	return rounded
}

// runsOf are the cells of a grid with the losses of a table of runs.
func runsOf(spec *grid.Spec, table string) (results []sweep.Result, err error) {
	params := map[string]sweep.Params{}
	for name, p := range spec.Cells() {
		params[name] = p
	}
	text, err := os.ReadFile(table)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	for _, row := range rows[1:] { // after name, state, steps, loss, eval_loss, curve_hash
		p, ok := params[row[0]]
		if !ok {
			return nil, errors.New(table + ": " + row[0] + " is no cell of the grid")
		}
		r := sweep.Result{Run: sweep.Run{Key: p.Key(sweep.Inputs{}), Name: row[0], Params: p}}
		if arm, _, found := strings.Cut(row[0], "/"); found {
			r.Arm = arm
		}
		r.State = sweep.State(row[1])
		r.Loss, r.EvalLoss = number(row[3]), number(row[4])
		r.Evaluated = !math.IsNaN(r.EvalLoss)
		results = append(results, r)
	}
	return results, nil
}

// number is NaN where there is none.
func number(text string) float64 {
	if x, err := strconv.ParseFloat(text, 64); err == nil {
		return x
	}
	return math.NaN()
}
