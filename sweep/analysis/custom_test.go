package analysis_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// byCommand is runs that a command trained, of alpha, a flag, a number and a text of its
// own, and two seeds; the flag halves the loss.
func byCommand() (results []sweep.Result) {
	for _, alpha := range []float64{8, 16} {
		for _, flash := range []bool{true, false} {
			for seed := range 2 {
				p := sweep.Defaults()
				p.Alpha, p.Seed = alpha, seed
				p.Command = &sweep.Command{Run: []string{"train"}, Stated: []string{"alpha", "flash", "seed", "steps", "word"}}
				p.Custom = sweep.Custom{"flash": flash, "word": "w"}
				loss := 2 + alpha/100 + float64(seed)/1000
				if flash {
					loss /= 2
				}
				results = append(results, sweep.Result{
					Run:     sweep.Run{Name: fmt.Sprint(alpha, flash, seed), Key: fmt.Sprint(alpha, flash, seed), Params: p},
					Outcome: sweep.Outcome{State: sweep.StateDone, Steps: p.Steps, Loss: loss, EvalLoss: loss, Evaluated: true, FirstLoss: 3},
				})
			}
		}
	}
	return results
}

func axisNames(axes []analysis.Axis) (names []string) {
	for _, a := range axes {
		names = append(names, a.Name)
	}
	return names
}

func TestParametersOfACommandsOwnAreAxesAndWhatItsGridDoesNotSetIsNotShared(t *testing.T) {
	results := byCommand()
	if diff := cmp.Diff([]string{"alpha", "seed", "flash"}, axisNames(analysis.Axes(results))); diff != "" {
		t.Error(diff)
	}
	var shared []string
	for _, s := range analysis.Shared(results) {
		shared = append(shared, s.String())
	}
	if diff := cmp.Diff([]string{"steps = " + fmt.Sprint(sweep.Defaults().Steps), "word = w"}, shared); diff != "" {
		t.Error(diff)
	}
	if v, err := analysis.ValueOf(results[0].Params, "flash"); err != nil || v.Text != "true" {
		t.Errorf("flash is %v, %v", v, err)
	}
	if v, err := analysis.ValueOf(results[0].Params, "r"); err != nil || v.Numeric {
		t.Errorf("r, which the grid does not set, is %v, %v", v, err)
	}
}

func TestRunsAreGroupedByParametersOfACommandsOwn(t *testing.T) {
	g, err := analysis.GroupBy(byCommand(), []string{"flash"})
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Groups) != 2 || g.Groups[0].Settings[0].Value.Text != "false" || g.Groups[0].Mean < 2 || g.Groups[1].Mean > 1.5 {
		t.Errorf("got %+v", g.Groups)
	}
	all := analysis.AllButSeed(byCommand())
	if !slices.Equal(all.By, []string{"alpha", "flash"}) || len(all.Groups) != 4 {
		t.Errorf("got %v with %d groups", all.By, len(all.Groups))
	}
	if err := analysis.Varies(byCommand(), "r"); err == nil {
		t.Error("r, which nobody knows, is said to vary")
	}
}

func TestComparisonsRunAlongParametersOfACommandsOwn(t *testing.T) {
	c, err := analysis.Compare(byCommand(), "flash")
	if err != nil {
		t.Fatal(err)
	}
	if c.By != "flash" || c.Over != "alpha" || len(c.Slices) != 1 {
		t.Errorf("got by %s over %s with %d slices", c.By, c.Over, len(c.Slices))
	}
}

func TestAnArmOfACommandStandsBesideOneOfTheBuiltInTrainer(t *testing.T) {
	results := byCommand()
	for i := range results {
		results[i].Arm = "theirs"
		ours := results[i]
		ours.Arm, ours.Name, ours.Key = "ours", "ours/"+ours.Name, "ours"+ours.Key
		flash := ours.Params.Custom["flash"] == true
		ours.Params.Command, ours.Params.Custom = nil, nil
		if flash {
			results = append(results, ours)
		}
	}
	if diff := cmp.Diff([]string{"alpha", "seed", "flash", "word"}, axisNames(analysis.Axes(results))); diff != "" {
		t.Error(diff)
	}
	for _, s := range analysis.Shared(results) {
		if s.Axis == "r" || s.Axis == "lr" {
			t.Errorf("%s is shared, though the command's runs do not know it", s)
		}
	}
	c, err := analysis.Compare(results, "alpha")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Slices) < 2 {
		t.Errorf("%d slices", len(c.Slices))
	}
}

func TestADifferenceOfTwoRunsNamesTheProgramAndItsOwnParameters(t *testing.T) {
	results := byCommand()
	first, second := results[0], results[2]
	second.Params.Command = &sweep.Command{Run: []string{"other", "{alpha}"}, Stated: append([]string{"r"}, first.Params.Command.Stated...)}
	got := map[string][2]any{}
	for _, d := range analysis.ContrastOf(first, second, [2][]sweep.Point{}).Params {
		got[d.Name] = [2]any{d.First, d.Second}
	}
	want := map[string][2]any{"command": {"train", "other {alpha}"}, "flash": {true, false}, "r": {nil, sweep.Defaults().R}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatACommandsGridDoesNotSetIsNoPartOfARecipe(t *testing.T) {
	results := byCommand()
	recipes, err := analysis.Recipes(analysis.Source{Sweep: "x", Results: results})
	if err != nil || len(recipes) != 0 {
		t.Errorf("of runs whose r and lr nobody knows: %v, %v", recipes, err)
	}
	for i := range results {
		results[i].Params.Command = &sweep.Command{Run: []string{"train"}, Stated: []string{"alpha", "flash", "lr", "r", "seed", "steps", "word"}}
	}
	recipes, err = analysis.Recipes(analysis.Source{Sweep: "x", Results: results})
	if err != nil || len(recipes) != 2 {
		t.Fatalf("%d recipes, %v", len(recipes), err)
	}
	flash := recipes[0].Shared["flash"]
	if diff := cmp.Diff(map[string]string{"command": "train", "flash": flash, "word": "w"}, recipes[0].Shared); diff != "" {
		t.Error(diff)
	}
}

func TestSweepsOfCommandsThatSetLittleHaveVerdictsAndAnswers(t *testing.T) {
	for _, stated := range [][]string{{"steps"}, {"flash", "steps", "word"}, {"alpha", "steps"}, {"alpha", "flash", "lr", "r", "seed", "steps", "word"}} {
		results := slices.DeleteFunc(byCommand(), func(r sweep.Result) bool {
			return !slices.Contains(stated, "alpha") && r.Params.Alpha > 8 || !slices.Contains(stated, "seed") && r.Params.Seed > 0
		})
		for i := range results {
			results[i].Params.Command = &sweep.Command{Run: []string{"train"}, Stated: stated}
			if !slices.Contains(stated, "flash") {
				results[i].Params.Custom = nil
			}
		}
		if !slices.Contains(stated, "flash") {
			results = slices.DeleteFunc(results, func(r sweep.Result) bool { return r.Loss < 2 })
		}
		s := analysis.NewStudy(results)
		if _, err := s.Verdicts(analysis.DefaultMargins()); err != nil {
			t.Errorf("%v: %v", stated, err)
		}
		answers, err := s.Answers(analysis.DefaultMargins())
		if err != nil || len(answers) != 1 {
			t.Errorf("%v: %d answers, %v", stated, len(answers), err)
		}
		analysis.AllButSeed(results)
		if _, _, err := analysis.Best(results, 3); err != nil {
			t.Errorf("%v: %v", stated, err)
		}
	}
}
