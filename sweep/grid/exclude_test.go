package grid_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sweep/sweep/grid"
)

func TestOnlyCellsThatAreRequiredAndNotExcludedArePlanned(t *testing.T) {
	p := plan(t, `
[grid]
r     = [4, 8]
alpha = [4, 8, 16]
[derive]
lr = "alpha / 1000 / r"
[[exclude]]
where = "r = 8 and alpha = 4"
[[require]]
where = "lr <= 0.002"
[[arm]]
name = "all"
[[arm]]
name = "few"
[[arm.exclude]]
where = "not (alpha in [8, 16])"
`)
	if diff := cmp.Diff([]string{"all/r4-a4", "all/r4-a8", "all/r8-a8", "all/r8-a16"}, names(p)); diff != "" {
		t.Error(diff)
	}
	if got := len(p.Cells); got != 4+3 {
		t.Errorf("%d cells, want 7", got)
	}
}

func TestAnExcludedCellMayHaveValuesThatAreWrong(t *testing.T) {
	p := plan(t, `
[grid]
warmup = [0, 10, 30]
steps  = [20, 40]
r      = [7, 8]
[derive]
alpha = "16/(r - 8)^2"
[[exclude]]
where = "warmup > steps"
[[require]]
where = "r != 8"
`)
	if diff := cmp.Diff([]string{
		"warmup0-steps20-r7", "warmup0-steps40-r7", "warmup10-steps20-r7", "warmup10-steps40-r7", "warmup30-steps40-r7",
	}, names(p)); diff != "" {
		t.Error(diff)
	}
}

func TestAnAxisMayExistInSomeCellsOnly(t *testing.T) {
	p := plan(t, `
[fixed]
lr = 0.5
[grid]
optimizer = ["adamw", "sgd", "adam"]
seed      = [0, 1]
[[when]]
where    = "optimizer = 'sgd' and seed = 0"
momentum = [0, 0.9]
lr_b     = [4]
[[when]]
where = "optimizer = 'sgd'"
lr    = [2, 3]
[[when]]
where = "optimizer = 'adam'"
lr    = [3, 1]
[derive]
eps = "(1 + momentum) * 1e-6"
`)
	var got []string
	for _, run := range p.Runs {
		q := run.Params
		got = append(got, fmt.Sprint(run.Name, ": ", q.Momentum, " ", q.LR, " ", q.LRB, " ", q.Eps))
	}
	if diff := cmp.Diff([]string{
		"adamw-s0: 0 0.5 0.5 1e-06",
		"adamw-s1: 0 0.5 0.5 1e-06",
		"sgd-s0-momentum0-lr_b4-lr2: 0 2 4 1e-06",
		"sgd-s0-momentum0-lr_b4-lr3: 0 3 4 1e-06",
		"sgd-s0-momentum0.9-lr_b4-lr2: 0.9 2 4 1.8999999999999998e-06",
		"sgd-s0-momentum0.9-lr_b4-lr3: 0.9 3 4 1.8999999999999998e-06",
		"sgd-s1-lr2: 0 2 2 1e-06",
		"sgd-s1-lr3: 0 3 3 1e-06",
		"adam-s0-lr3: 0 3 3 1e-06",
		"adam-s0-lr1: 0 1 1 1e-06",
		"adam-s1-lr3: 0 3 3 1e-06",
		"adam-s1-lr1: 0 1 1 1e-06",
	}, got); diff != "" {
		t.Error(diff)
	}
	if len(p.Notes) > 0 {
		t.Errorf("noted: %q", p.Notes)
	}
}

func TestAnArmMayHaveConditionalAxesOfItsOwn(t *testing.T) {
	p := plan(t, `
[fixed]
lr = 5
[grid]
optimizer = ["adamw", "sgd"]
[[when]]
where    = "optimizer = 'sgd'"
momentum = [0.5, 0.9]
[[arm]]
name = "both"
[[arm]]
name = "fixed"
[arm.fixed]
momentum = 0.25
[[arm.when]]
where = "optimizer = 'adamw'"
lr    = [1, 2]
`)
	if diff := cmp.Diff([]string{
		"both/adamw", "both/sgd-momentum0.5", "both/sgd-momentum0.9", "fixed/adamw-lr1", "fixed/adamw-lr2", "fixed/sgd",
	}, names(p)); diff != "" {
		t.Error(diff)
	}
	if last := p.Runs[5].Params; last.LR != 5 || last.Momentum != 0.25 {
		t.Errorf("lr %v, momentum %v", last.LR, last.Momentum)
	}
}

func TestBadConditionsAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown name": {
			"[[exclude]]\nwhere = 'r = 8 and alhpa > 3'",
			`grid.toml:3: exclude[1].where = "r = 8 and alhpa > 3" is no condition: column 11: there is no parameter or column "alhpa"; did you mean "alpha"?`,
		},
		"an outcome": {
			"[[require]]\nwhere = 'eval_loss < 2'",
			`require[1].where = "eval_loss < 2" is no condition: column 1: eval_loss is not known before a run is trained; a grid's conditions read parameters`,
		},
		"arithmetic": {
			"[[exclude]]\nwhere = '2*r'",
			`exclude[1].where = "2*r" is no condition: expected condition, but got number; allowed: a condition in quotes`,
		},
		"text against a number": {
			"[[arm]]\nname = 'a'\n[[arm.exclude]]\nwhere = 'r = \"8\"'",
			`grid.toml:5: arm[1].exclude[1].where`,
		},
		"no condition": {
			"[[exclude]]",
			`grid.toml:2: exclude[1].where is missing; allowed: a condition in quotes, such as "r = 8 and alpha > 16"`,
		},
		"a number": {
			"[[exclude]]\nwhere = 3",
			`grid.toml:3: exclude[1].where = 3 is no condition; allowed: a condition in quotes`,
		},
		"another key": {
			"[[exclude]]\nif = 'r = 8'",
			`grid.toml:3: exclude[1].if is unknown here; allowed: where`,
		},
		"a table": {
			"[exclude]\nwhere = 'r = 8'",
			`grid.toml:2: exclude is no list of tables; allowed: tables headed [[exclude]]`,
		},
		"a condition without a value": {
			"[grid]\nalpha = [0.5, 2]\n[[exclude]]\nwhere = '2 ^ alpha > 1'",
			`grid.toml:5: exclude[1].where = "2 ^ alpha > 1" in cell a0.5 has the power 0.5; write a whole one, or sqrt`,
		},
		"a condition on itself": {
			"[[when]]\nwhere = 'momentum > 0'\nmomentum = [0, 0.5]",
			`grid.toml:4: when[1].momentum depends on itself: momentum -> momentum`,
		},
		"a circle": {
			"[[when]]\nwhere = 'alpha > 3'\nr = [1, 2]\n[derive]\nalpha = '2*r'",
			`depends on itself: alpha -> r -> alpha`,
		},
		"two values": {
			"[grid]\nr = [4, 8]\n[[when]]\nwhere = 'r > 4'\nlr = [1]\n[[when]]\nwhere = 'r > 6'\nlr = [2]",
			`grid.toml:9: when[2].lr in cell r8 has another value by when[1].lr; only one [[when]] of a parameter may hold`,
		},
		"set elsewhere": {
			"[grid]\nlr = [1]\n[[when]]\nwhere = 'r > 4'\nlr = [2]",
			`grid.toml:6: when[1].lr stands in [grid] as well; keep one of the two`,
		},
		"no axis": {
			"[[when]]\nwhere = 'r > 4'",
			`grid.toml:2: when[1] has no axis beside its condition`,
		},
		"a plain value": {
			"[[when]]\nwhere = 'r > 4'\nlr = 1",
			`grid.toml:4: when[1].lr = 1 is no axis; an axis is a list`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+c.text), "grid.toml")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestConditionsThatDropAllCellsOrNoneAreReported(t *testing.T) {
	const text = "name = 'x'\n[grid]\nr = [4, 8]\n[[exclude]]\nwhere = 'r > %d'"
	_, err := grid.NewPlan(decode(t, fmt.Sprintf(text, 2)), &inspector{})
	if err == nil || !strings.Contains(err.Error(), "leave no cell; loosen an [[exclude]]") {
		t.Errorf("got %v", err)
	}
	p, err := grid.NewPlan(decode(t, fmt.Sprintf(text, 8)), &inspector{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`exclude[1].where = "r > 8" drops no cell`}, p.Notes); diff != "" {
		t.Error(diff)
	}
}

func TestExcludingLeavesTheCellsThatAFilterWould(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		axes, _ := drawnAxes(r)
		text := "[grid]\n" + strings.Join(axes, "\n")
		bound := rapid.IntRange(0, 100).Draw(r, "bound")
		want := map[string]bool{}
		for _, run := range plan(t, text).Runs {
			if run.Params.R+run.Params.Seed <= bound {
				want[run.Name+run.Key] = true
			}
		}
		if len(want) == 0 {
			return
		}
		got := map[string]bool{}
		for _, run := range plan(t, fmt.Sprintf("%s\n[[exclude]]\nwhere = 'r + seed > %d'", text, bound)).Runs {
			got[run.Name+run.Key] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			r.Fatal(diff)
		}
	})
}

func TestManyCellsThatShareRunsMakeOneNote(t *testing.T) {
	p := plan(t, "[grid]\ndata = ['a.jsonl', 'a.jsonl.copy']\nseed = { range = [0, 9], step = 1 }")
	want := []string{"10 cells are the same runs as others, such as: a.jsonl-s0 is the same run as a-s0"}
	if diff := cmp.Diff(want, p.Notes); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkPlan100000Cells(b *testing.B) {
	spec, err := grid.DecodeSpec(strings.NewReader(`name = "large"
[grid]
r     = { pow2 = [1, 512] }
alpha = { pow2 = [1, 512] }
lr    = { log = [1e-5, 1], points = 100 }
seed  = { range = [0, 9], step = 1 }
[derive]
lr_b = "16*lr"
[[exclude]]
where = "alpha > 1000*r"
`), "large.toml")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p, err := grid.NewPlan(spec, &inspector{})
		if err != nil || len(p.Runs) != 100_000 {
			b.Fatalf("%d runs, %v", len(p.Runs), err)
		}
	}
}
