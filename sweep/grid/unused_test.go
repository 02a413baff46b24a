package grid_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
)

func TestASettingThatChangesNothingMakesNoRunOfItsOwnAndIsNoted(t *testing.T) {
	for name, c := range map[string]struct {
		grid  string
		runs  []string
		notes []string
	}{
		"the seed and the start of an adapter on disk": {
			"[fixed]\nadapter = 'a'\nshuffle = false\n[grid]\ninit = ['kaiming', 'both']\nseed = [0, 1, 2]",
			[]string{"kaiming-s0"},
			[]string{
				`from adapter a: targets = ["q_proj", "v_proj"], r = 8, alpha = 16, scaling = "alpha/r", dropout = 0`,
				"grid.init changes nothing: the factors start as the adapter on disk has them",
				"grid.seed changes nothing: nothing is drawn, as the factors are those of the adapter on disk, rows come in file order and there is no dropout",
				"5 cells are the same runs as others, such as: kaiming-s1 is the same run as kaiming-s0",
			},
		},
		"alpha under full fine-tuning": {
			"[grid]\nmethod = ['lora', 'full']\nalpha = [8, 16]",
			[]string{"lora-a8", "lora-a16", "full-a8"},
			[]string{
				`grid.alpha changes nothing in 2 of 4 cells: method = "full" trains no adapter`,
				"full-a16 is the same run as full-a8",
			},
		},
		"what is fixed": {
			"[fixed]\ndata_eval = 'e'\nholdout = 0\nmomentum = 0\nbeta1 = 0.8\noptimizer = 'sgd'",
			[]string{"x"},
			[]string{"fixed.holdout changes nothing: data_eval names the rows to evaluate on", "fixed.beta1 changes nothing: sgd does not have it"},
		},
		"a default": {"[fixed]\nmethod = 'full'\nalpha = 16", []string{"x"}, nil},
		"what another arm uses": {
			"[fixed]\nbeta1 = 0.8\n[[arm]]\nname = 'a'\n[[arm]]\nname = 'b'\nfixed.optimizer = 'sgd'", []string{"a/x", "b/x"}, nil,
		},
		"what a formula reads": {
			"[fixed]\nmethod = 'full'\n[grid]\nalpha = [1, 2]\n[derive]\nlr = '0.01/alpha'", []string{"a1", "a2"}, nil,
		},
		"a learning rate that neither factor inherits": {
			"[fixed]\nlr_a = 1\nlr_b = 2\n[grid]\nlr = [3, 4]",
			[]string{"lr3"},
			[]string{"grid.lr changes nothing: A and B each have their own", "lr4 is the same run as lr3"},
		},
		"adam without weight decay": {
			"[grid]\noptimizer = ['adamw', 'adam']", []string{"adamw"}, []string{"grid.optimizer changes nothing in 1 of 2 cells: without weight decay adam is adamw", "adam is the same run as adamw"},
		},
		"evaluations beyond the end": {
			"[fixed]\nsteps = 5\n[grid]\neval_every = [0, 5, 9]",
			[]string{"eval_every0"},
			[]string{
				"grid.eval_every changes nothing in 2 of 3 cells: the only evaluations are those at the start and the end",
				"eval_every5 is the same run as eval_every0", "eval_every9 is the same run as eval_every0",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := plan(t, c.grid)
			if diff := cmp.Diff(c.runs, names(p)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.notes, p.Notes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoWarningAsksForSeedsWhereTheyChangeNothing(t *testing.T) {
	p := plan(t, "[fixed]\nmethod = 'full'\n[grid]\nshuffle = [true, false]\nlr = [1e-3, 1e-2, 1e-1]\nseed = [0, 1]")
	if len(p.Runs) != 9 {
		t.Errorf("%d runs, want 6 shuffled ones and 3 in file order", len(p.Runs))
	}
	if warnings := p.Warnings(); len(warnings) > 0 {
		t.Errorf("warns: %v", warnings)
	}
}

func TestASweepShowsUnusedSettingsAsItsOwnGridHasThem(t *testing.T) {
	p := plan(t, "[fixed]\nalpha = 4\n[[arm]]\nname = 'adam'\nfixed.optimizer = 'adam'\n[[arm]]\nname = 'full'\nfixed.method = 'full'")
	var stored []sweep.Result
	for _, run := range p.Runs {
		if run.Params.Optimizer = "adamw"; run.Params.Method == "full" { // as another grid has them
			run.Params.Alpha = 99
		}
		stored = append(stored, sweep.Result{Run: run})
	}
	for _, r := range p.Spec.Complete(stored) {
		if r.Params.Alpha != 4 || r.Params.Optimizer == "adam" != (r.Arm == "adam") || r.Key != r.Params.Key(r.Inputs) {
			t.Errorf("%s: alpha = %v and optimizer = %s, want what this grid says, and the same key", r.Name, r.Params.Alpha, r.Params.Optimizer)
		}
	}
	stored[0].Params.Alpha = 99 // which makes another run where alpha is used
	if got := p.Spec.Complete(stored)[0].Params.Alpha; got != 99 {
		t.Errorf("alpha = %v, want that of the run", got)
	}
}
