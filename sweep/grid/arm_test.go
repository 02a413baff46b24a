package grid_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep/grid"
)

func TestEveryArmAddsItsCells(t *testing.T) {
	p := plan(t, `
[fixed]
steps    = 20
momentum = 0.5
[grid]
lr   = [1, 2]
seed = [0, 1]

[[arm]]
name = "adam"
[arm.fixed]
momentum = 0

[[arm]]
name = "sgd"
[arm.fixed]
optimizer = "sgd"
seed      = 7
[arm.grid]
lr    = [8]
alpha = [1, 4]
`)
	var got []string
	for _, run := range p.Runs {
		q := run.Params
		got = append(got, fmt.Sprint(run.Arm, " ", run.Name, " ", q.Optimizer, q.Steps, q.Momentum, q.LR, q.LRA, q.Seed, q.Alpha))
	}
	if diff := cmp.Diff([]string{
		"adam adam/lr1-s0 adamw20 0 1 1 0 16",
		"adam adam/lr1-s1 adamw20 0 1 1 1 16",
		"adam adam/lr2-s0 adamw20 0 2 2 0 16",
		"adam adam/lr2-s1 adamw20 0 2 2 1 16",
		"sgd sgd/lr8-a1 sgd20 0.5 8 8 7 1",
		"sgd sgd/lr8-a4 sgd20 0.5 8 8 7 4",
	}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnArmReplacesWhatTheFileDerives(t *testing.T) {
	p := plan(t, `
[grid]
r = [4, 16]
[derive]
alpha = "2*r"
[[arm]]
name = "twice"
[[arm]]
name = "fixed"
[arm.fixed]
alpha = 8
[[arm]]
name = "root"
[arm.derive]
alpha = "sqrt(r)"
[[arm]]
name = "axis"
[[arm.zip]]
alpha = [1, 2]
r     = [1, 3]
`)
	var got []string
	for name, q := range p.Spec.Cells() {
		got = append(got, fmt.Sprint(name, " ", q.R, " ", q.Alpha))
	}
	if diff := cmp.Diff([]string{
		"twice/r4 4 8", "twice/r16 16 32", "fixed/r4 4 8", "fixed/r16 16 8", "root/r4 4 2", "root/r16 16 4",
		"axis/a1-r1 1 1", "axis/a2-r3 3 2",
	}, got); diff != "" {
		t.Error(diff)
	}
}

func TestArmsShareRunsAndKeepTheirCells(t *testing.T) {
	p := plan(t, `
[[arm]]
name = "one"
grid.r = [4, 8]
[[arm]]
name = "two"
[arm.grid]
r = [8, 16]
[[arm]]
name = "bare"
fixed.r = 16
`)
	if diff := cmp.Diff([]string{"one/r4", "one/r8", "two/r16"}, names(p)); diff != "" {
		t.Error(diff)
	}
	var cells []string
	for _, c := range p.Cells {
		cells = append(cells, c.Name)
	}
	if diff := cmp.Diff([]string{"one/r4", "one/r8", "two/r8", "two/r16", "bare/x"}, cells); diff != "" {
		t.Error(diff)
	}
	if p.Cells[1].Key != p.Cells[2].Key || p.Cells[3].Key != p.Runs[2].Key {
		t.Error("cells with the same settings have different keys")
	}
	if diff := cmp.Diff([]string{"two/r8 is the same run as one/r8", "bare/x is the same run as two/r16"}, p.Notes); diff != "" {
		t.Error(diff)
	}
}

func TestAZipIsOneAxisInItsPlace(t *testing.T) {
	p := plan(t, `
[[zip]]
r     = [4, 8, 8]
alpha = { pow2 = [8, 32] }
[grid]
seed = [0, 1]
[[zip]]
data = ["a/rows.jsonl", "b/rows.jsonl"]
seq  = [32, 64]
`)
	if diff := cmp.Diff([]string{
		"r4-a8-s0-rows.1-seq32", "r4-a8-s0-rows.2-seq64", "r4-a8-s1-rows.1-seq32", "r4-a8-s1-rows.2-seq64",
		"r8-a16-s0-rows.1-seq32", "r8-a16-s0-rows.2-seq64", "r8-a16-s1-rows.1-seq32", "r8-a16-s1-rows.2-seq64",
		"r8-a32-s0-rows.1-seq32", "r8-a32-s0-rows.2-seq64", "r8-a32-s1-rows.1-seq32", "r8-a32-s1-rows.2-seq64",
	}, names(p)); diff != "" {
		t.Error(diff)
	}
	last := p.Runs[11].Params
	if last.R != 8 || last.Alpha != 32 || last.Seed != 1 || last.Seq != 64 || last.Data != "b/rows.jsonl" {
		t.Errorf("the last cell has %+v", last)
	}
}

func TestTablesMayBeWrittenOnOneLine(t *testing.T) {
	p := plan(t, `
grid = { seed = [0, 1] }
zip  = [{ r = [4, 8], alpha = [8, 16] }]
arm  = [{ name = "a" }, { name = "b", fixed = { lr = 1 }, derive = { steps = "r*2" } }]
`)
	if diff := cmp.Diff([]string{
		"a/s0-r4-a8", "a/s0-r8-a16", "a/s1-r4-a8", "a/s1-r8-a16", "b/s0-r4-a8", "b/s0-r8-a16", "b/s1-r4-a8", "b/s1-r8-a16",
	}, names(p)); diff != "" {
		t.Error(diff)
	}
	if last := p.Runs[7].Params; last.LR != 1 || last.Steps != 16 {
		t.Errorf("the last cell has %+v", last)
	}
}

func TestBadArmsAndZipsAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"arm without a name": {
			"[[arm]]\n[arm.fixed]\nr = 1",
			`grid.toml:2: arm[1].name is missing; allowed: letters`,
		},
		"arm with a path for a name": {
			"[[arm]]\nname = 'a/b'",
			`grid.toml:3: arm[1].name = "a/b" is no name; allowed: letters`,
		},
		"two arms of one name": {
			"[[arm]]\nname = 'a'\n[[arm]]\nname = 'a'",
			`grid.toml:5: arm[2].name = "a" names two arms`,
		},
		"one arm that is no list": {
			"[arm]\nname = 'a'",
			`grid.toml:2: arm is no list of tables; allowed: tables headed [[arm]]`,
		},
		"unknown table of an arm": {
			"[[arm]]\nname = 'a'\n[arm.gird]\nr = [1]",
			`grid.toml:4: arm[1].gird is unknown here; allowed: name, include, fixed, grid, zip, derive, when, exclude, require, command; did you mean "grid"?`,
		},
		"mistake in the second arm": {
			"[[arm]]\nname = 'a'\n[arm.fixed]\nr = 1\n[[arm]]\nname = 'b'\n[arm.fixed]\nr = 0",
			`grid.toml:9: arm[2].fixed.r = 0 is out of bounds; allowed: an integer from 1 to 65536`,
		},
		"fixed and axis of an arm": {
			"[[arm]]\nname = 'a'\n[arm.fixed]\nr = 1\n[arm.grid]\nr = [1]",
			`grid.toml:7: arm[1].grid.r stands in [fixed] as well; keep one of the two`,
		},
		"formula that fails in one arm": {
			"[derive]\nsteps = '100/r'\n[grid]\nseed = [3, 4]\n[[arm]]\nname = 'a'\nfixed.r = 4\n[[arm]]\nname = 'b'\nfixed.r = 3",
			`grid.toml:3: derive.steps = "100/r" in cell b/s3 comes to 33.333333333333336, which is not whole; allowed: an integer from 1 to 1000000000`,
		},
		"combination of an arm": {
			"[fixed]\nwarmup = 30\n[[arm]]\nname = 'a'\n[[arm]]\nname = 'b'\n[arm.grid]\nsteps = [40, 20]",
			`grid.toml:3: fixed.warmup exceeds steps: 30 > 20`,
		},
		"half a zip": {
			"[[zip]]\nr = [1, 2]\nalpha = [1, 2]\n[[arm]]\nname = 'a'\n[arm.fixed]\nr = 4",
			`grid.toml:8: arm[1].fixed.r leaves half of a [[zip]]; set all that it moves: r, alpha`,
		},
		"zip of one": {
			"[[zip]]\nr = [1, 2]",
			`grid.toml:2: zip[1] moves fewer than two parameters; an axis of one belongs in [grid]`,
		},
		"zip of unequal lengths": {
			"[[zip]]\nr = [1, 2]\nalpha = [1, 2, 3]",
			`grid.toml:4: zip[1].alpha has 3 values, where r beside it has 2; a zip pairs them one by one`,
		},
		"point of a zip twice": {
			"[[zip]]\nr = [1, 2, 1]\nalpha = [1, 2, 1.0]",
			`grid.toml:2: zip[1] = 1 with 1 is there twice; keep one`,
		},
		"zip and axis": {
			"[grid]\nr = [1]\n[[zip]]\nr = [1, 2]\nalpha = [1, 2]",
			`grid.toml:5: zip[1].r stands in [grid] as well; keep one of the two`,
		},
		"two zips": {
			"[[zip]]\nr = [1]\nseq = [8]\n[[zip]]\nr = [1, 2]\nalpha = [1, 2]",
			`grid.toml:6: zip[2].r stands in [[zip]] as well; keep one of the two`,
		},
		"wrong value in a zip": {
			"[[zip]]\nr = [1, 2]\nalpha = [1, 0]",
			`grid.toml:4: zip[1].alpha = 0 is out of bounds; allowed: a number above 0`,
		},
		"zip of plain values": {
			"[[zip]]\nr = 1\nalpha = 2",
			`grid.toml:3: zip[1].r = 1 is no axis; an axis is a list, even of one value`,
		},
		"one zip that is no list": {
			"[zip]\nr = [1]",
			`grid.toml:2: zip is no list of tables; allowed: tables headed [[zip]]`,
		},
		"name in a list": {
			"arm = [1]",
			`grid.toml:2: arm is no list of tables; allowed: tables headed [[arm]]`,
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

func TestAProblemOfAllArmsIsReportedOnce(t *testing.T) {
	_, err := grid.DecodeSpec(strings.NewReader(
		"name = 'x'\n[derive]\nr = 'r'\nsteps = '1.5'\n[fixed]\neval_every = 3\nholdout = 0\n[[arm]]\nname = 'a'\n[[arm]]\nname = 'b'"), "grid.toml")
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("got %v", err)
	}
}

func TestTheSizesOfArmsAdd(t *testing.T) {
	spec := decode(t, "name = 'x'\n[grid]\nseed = [0, 1]\n[[arm]]\nname = 'a'\n[[arm]]\nname = 'b'\ngrid.r = [1, 2, 3]")
	if got := spec.Size(); got != 8 {
		t.Errorf("%v cells, want 8", got)
	}
}
