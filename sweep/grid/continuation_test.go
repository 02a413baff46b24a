package grid_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// trainedAdapters are the adapters that the inspector of the tests finds.
func trainedAdapters() map[string]sweep.AdapterSettings {
	qv := []string{"q_proj", "v_proj"}
	return map[string]sweep.AdapterSettings{
		"a8":  {R: 4, Alpha: 8, Scaling: "alpha/r", Targets: qv},
		"b8":  {R: 4, Alpha: 8, Scaling: "alpha/r", Targets: qv},
		"a32": {R: 8, Alpha: 32, Scaling: "alpha/r", Targets: []string{"q_proj", "v_proj", "o_proj"}, Dropout: 0.1},
		"rs":  {R: 16, Alpha: 16, Scaling: "alpha/sqrt(r)", Targets: qv},
		"of-some": {
			R: 4, Alpha: 8, Scaling: "alpha/r", Targets: []string{"v_proj", "model.layers.0.self_attn.q_proj"},
			RankPattern: map[string]float64{"v_proj": 2}, AlphaPattern: map[string]float64{`layers\.0\..*`: 2.5},
		},
	}
}

func continuedCells(p *grid.Plan) (cells []string) {
	for name, q := range p.Spec.Cells() {
		cells = append(cells, fmt.Sprint(name, ": ", q.R, " ", q.Alpha, " ", q.Scaling, " ", strings.Join(q.Targets, ","), " ", q.Dropout, " ", q.LR))
		if len(q.RankPattern)+len(q.AlphaPattern) > 0 {
			cells[len(cells)-1] += fmt.Sprint(" ", q.RankPattern, " ", q.AlphaPattern)
		}
	}
	return cells
}

func TestARunGetsTheSettingsOfItsStartingAdapter(t *testing.T) {
	for name, c := range map[string]struct {
		grid string
		want []string
	}{
		"fixed": {
			"[fixed]\nadapter = 'a32'",
			[]string{"x: 8 32 alpha/r q_proj,v_proj,o_proj 0.1 0.001"},
		},
		"with ranks and alphas of some modules": {
			"[fixed]\nadapter = 'of-some'",
			[]string{`x: 4 8 alpha/r v_proj,model.layers.0.self_attn.q_proj 0 0.001 map[v_proj:2] map[layers\.0\..*:2.5]`},
		},
		"which are rescaled, and some of whose modules are left out": {
			"[fixed]\nadapter = 'of-some'\ntargets = ['v_proj', 'model.layers.0.self_attn.q_proj']\n[grid]\nalpha_pattern = [{}, { v_proj = 1 }]",
			[]string{
				"no_alpha_pattern: 4 8 alpha/r v_proj,model.layers.0.self_attn.q_proj 0 0.001 map[v_proj:2] map[]",
				"alpha_pattern_v_proj_1: 4 8 alpha/r v_proj,model.layers.0.self_attn.q_proj 0 0.001 map[v_proj:2] map[v_proj:1]",
			},
		},
		"an axis": {
			"[grid]\nadapter = ['a8', 'rs', '']",
			[]string{"a8: 4 8 alpha/r q_proj,v_proj 0 0.001", "rs: 16 16 alpha/sqrt(r) q_proj,v_proj 0 0.001", "no_adapter: 8 16 alpha/r q_proj,v_proj 0 0.001"},
		},
		"read by formulas and conditions": {
			"[grid]\nadapter = ['a8', 'a32']\nseed = [0, 1]\n[derive]\nlr = '0.001*(r-3)*alpha'\n[[exclude]]\nwhere = 'alpha > 8 and seed = 1'",
			[]string{"a8-s0: 4 8 alpha/r q_proj,v_proj 0 0.008", "a8-s1: 4 8 alpha/r q_proj,v_proj 0 0.008", "a32-s0: 8 32 alpha/r q_proj,v_proj,o_proj 0.1 0.16"},
		},
		"in an arm": {
			"[[arm]]\nname = 'new'\n[[arm]]\nname = 'on'\nfixed.adapter = 'a8'",
			[]string{"new/x: 8 16 alpha/r q_proj,v_proj 0 0.001", "on/x: 4 8 alpha/r q_proj,v_proj 0 0.001"},
		},
		"in some cells": {
			"[grid]\nlr = [1, 2]\n[[when]]\nwhere = 'lr > 1'\nadapter = ['a8']\n[[when]]\nwhere = 'lr > 1'\nalpha = [2, 4]",
			[]string{"lr1: 8 16 alpha/r q_proj,v_proj 0 1", "lr2-a8-a2: 4 2 alpha/r q_proj,v_proj 0 2", "lr2-a8-a4: 4 4 alpha/r q_proj,v_proj 0 2"},
		},
		"elsewhere than a [[when]] holds": {
			"[fixed]\nadapter = 'a8'\n[grid]\nlr = [1, 2]\n[[when]]\nwhere = 'lr > 1'\nalpha = [2]",
			[]string{"lr1: 4 8 alpha/r q_proj,v_proj 0 1", "lr2-a2: 4 2 alpha/r q_proj,v_proj 0 2"},
		},
		"beside what the grid says": {
			"[fixed]\nadapter = 'a32'\ndropout = 0\nalpha = 4\nscaling = 'alpha'", // the same scale in other words
			[]string{"x: 8 4 alpha q_proj,v_proj,o_proj 0 0.001"},
		},
		"moving together": {
			"[[zip]]\nadapter = ['a8', 'a32']\nr = [4, 8]",
			[]string{"a8-r4: 4 8 alpha/r q_proj,v_proj 0 0.001", "a32-r8: 8 32 alpha/r q_proj,v_proj,o_proj 0.1 0.001"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := plan(t, c.grid)
			if diff := cmp.Diff(c.want, continuedCells(p)); diff != "" {
				t.Error(diff)
			}
			stored, err := grid.DecodeSpec(strings.NewReader(p.Spec.Source), "stored.toml")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, continuedCells(&grid.Plan{Spec: stored})); diff != "" {
				t.Errorf("where the adapters are gone: %s", diff)
			}
			again, err := grid.NewPlan(stored, &inspector{})
			if err != nil || again.Spec.Source != p.Spec.Source {
				t.Errorf("planned again: %v\n%s", err, again.Spec.Source)
			}
		})
	}
}

func TestAGridThatContradictsItsStartingAdapterIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ grid, want string }{
		"r":              {"[fixed]\nr = 4\nadapter = 'a32'", "grid.toml:3: fixed.r is 4, but adapter a32 has r = 8, and its factors have no other shape; leave r out"},
		"an axis of r":   {"[fixed]\nadapter = 'a32'\n[grid]\nr = [8, 16]", "grid.toml:5: grid.r is 16, but adapter a32 has r = 8"},
		"a derived r":    {"[fixed]\nadapter = 'a32'\n[derive]\nr = 'batch/2'", "derive.r is 4, but adapter a32 has r = 8"},
		"alpha":          {"[fixed]\nalpha = 16\nadapter = 'a32'", "grid.toml:3: fixed.alpha is 16, but adapter a32 was trained with alpha = 32; leave alpha out to go on from it, or make it an axis, [grid] alpha = [16], to rescale it on purpose"},
		"alpha of one":   {"[fixed]\nalpha = 8\n[grid]\nadapter = ['a8', 'a32']", "fixed.alpha is 8, but adapter a32"},
		"in an arm":      {"[fixed]\nalpha = 16\n[[arm]]\nname = 'on'\nfixed.adapter = 'a32'", "fixed.alpha is 16, but adapter a32"},
		"scaling":        {"[fixed]\nscaling = 'alpha/sqrt(r)'\nadapter = 'a32'", `fixed.scaling is "alpha/sqrt(r)", but adapter a32 was trained with scaling = "alpha/r"`},
		"fewer targets":  {"[fixed]\ntargets = ['q_proj']\nadapter = 'a32'", `fixed.targets is ["q_proj"], but adapter a32 was trained on ["q_proj", "v_proj", "o_proj"]`},
		"other targets":  {"[fixed]\nadapter = 'a8'\n[grid]\ntargets = [['q_proj'], ['q_proj', 'up_proj']]", "grid.targets names up_proj, of which adapter a8 has no factors"},
		"a longer name":  {"[fixed]\ntargets = ['layers.0.self_attn.q_proj']\nadapter = 'a8'", `fixed.targets is ["layers.0.self_attn.q_proj"], but adapter a8 was trained on ["q_proj", "v_proj"]; leave targets out`},
		"a text":         {"[fixed]\ntargets = 'all-linear'\nadapter = 'a8'", `fixed.targets is "all-linear", but adapter a8 was trained on ["q_proj", "v_proj"]; leave targets out to go on from it, or make it an axis, [grid] targets = ["all-linear"]`},
		"ranks":          {"[fixed]\nrank_pattern = { v_proj = 3 }\nadapter = 'of-some'", `fixed.rank_pattern is { "v_proj" = 3 }, but adapter of-some has rank_pattern = { "v_proj" = 2 }, and its factors have no other shapes; leave rank_pattern out`},
		"alphas":         {"[fixed]\nalpha_pattern = { v_proj = 3 }\nadapter = 'of-some'", `fixed.alpha_pattern is { "v_proj" = 3 }, but adapter of-some was trained with alpha_pattern = { "layers\\.0\\..*" = 2.5 }; leave alpha_pattern out to go on from it, or make it an axis`},
		"a stale record": {"[fixed]\nadapter = 'a8'\n[[starting]]\nadapter = 'a8'\nr = 2\nalpha = 8", "[[starting]] says r = 2 of adapter a8, which has 4"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := grid.NewPlan(decode(t, "name = 'x'\n"+c.grid), &inspector{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAPlanNotesWhichSettingsComeFromTheAdapter(t *testing.T) {
	p := plan(t, "[fixed]\nadapter = 'a32'\ndropout = 0\n[grid]\nalpha = [16, 32]\ntargets = [['q_proj'], ['q_proj', 'v_proj', 'o_proj']]")
	if diff := cmp.Diff([]string{
		`from adapter a32: r = 8, scaling = "alpha/r"`,
		`in 2 of 4 cells that start from a32 alpha or scaling is not the adapter's (alpha = 32, scaling = "alpha/r"), so that they do not start where it ended`,
		`in 2 of 4 cells that start from a32 targets leave out some of the adapter's (q_proj, v_proj, o_proj), so that they do not start where it ended`,
		`in 4 of 4 cells that start from a32 dropout is not the adapter's (0.1)`,
	}, p.Notes); diff != "" {
		t.Error(diff)
	}
}

// TestWhatAdaptersWereTrainedWithIsToldByTheirFolders has results that name the adapters
// by other paths than the grid as it is read now.
func TestWhatAdaptersWereTrainedWithIsToldByTheirFolders(t *testing.T) {
	p := plan(t, "[grid]\nadapter = ['a8', 'rs', '']\nalpha = [8, 64]\n")
	var results []sweep.Result
	for _, run := range p.Runs {
		if run.Params.Adapter != "" {
			run.Params.Adapter = "../elsewhere/" + run.Params.Adapter
		}
		results = append(results, sweep.Result{Run: run})
	}
	want := map[string]sweep.AdapterSettings{"../elsewhere/a8": trainedAdapters()["a8"], "../elsewhere/rs": trainedAdapters()["rs"]}
	if diff := cmp.Diff(want, p.Spec.TrainedWith(results)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
