package grid_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep/grid"
)

// write puts files into a folder and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// cellsOf lists names and settings.
func cellsOf(spec *grid.Spec) (cells []string) {
	for name, p := range spec.Cells() {
		cells = append(cells, fmt.Sprint(name, " ", p.Data, " ", p.R, " ", p.Alpha, " ", p.LR, " ", p.Steps, " ", p.Optimizer))
	}
	return cells
}

func included(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"grids/grid.toml": `
name    = "x"
include = "../shared/base.toml"
[grid]
lr = [1, 2]
[[exclude]]
where = "r = 8 and lr = 2"
[[arm]]
name = "sgd"
fixed.alpha = 4
[[arm]]
name    = "own"
include = "arm.toml"
`,
		"grids/arm.toml": "fixed.steps = 7\ngrid.lr = [5]",
		"shared/base.toml": `
question = "Why?"
include  = "deep/er.toml"
[fixed]
data  = "rows.jsonl"
alpha = 3
[grid]
r  = [4, 8]
lr = [9]
[[arm]]
name = "adamw"
[[arm]]
name = "sgd"
fixed = { optimizer = "sgd", alpha = 1 }
`,
		"shared/deep/er.toml": "[fixed]\nsteps = 20\n# '''' \nlr = 1\n[[exclude]]\nwhere = 'r = 4 and optimizer = \"sgd\"'",
	}
}

func TestAGridIncludesAnother(t *testing.T) {
	folder := write(t, included(t))
	spec, err := grid.ParseSpec(filepath.Join(folder, "grids", "grid.toml"))
	if err != nil {
		t.Fatal(err)
	}
	rows := filepath.Join(folder, "shared", "rows.jsonl")
	if diff := cmp.Diff([]string{
		"adamw/r4-lr1 " + rows + " 4 3 1 20 adamw",
		"adamw/r4-lr2 " + rows + " 4 3 2 20 adamw",
		"adamw/r8-lr1 " + rows + " 8 3 1 20 adamw",
		"sgd/r8-lr1 " + rows + " 8 4 1 20 sgd",
		"own/r4-lr5 " + rows + " 4 3 5 7 adamw",
		"own/r8-lr5 " + rows + " 8 3 5 7 adamw",
	}, cellsOf(spec)); diff != "" {
		t.Error(diff)
	}
	if spec.Question != "Why?" {
		t.Errorf("question %q", spec.Question)
	}
}

func TestTheSourceOfAGridHoldsWhatItIncludes(t *testing.T) {
	folder := write(t, included(t))
	file := filepath.Join(folder, "grids", "grid.toml")
	spec, err := grid.ParseSpec(file)
	if err != nil {
		t.Fatal(err)
	}
	for name := range included(t) {
		if err := os.WriteFile(filepath.Join(folder, filepath.FromSlash(name)), []byte("gone"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	again, err := grid.DecodeSpec(strings.NewReader(spec.Source), file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cellsOf(spec), cellsOf(again)); diff != "" {
		t.Error(diff)
	}
	if again.Source != spec.Source {
		t.Errorf("the source became\n%s", again.Source)
	}
	elsewhere, err := grid.DecodeSpec(strings.NewReader(spec.Source), "x.toml")
	if err != nil || len(cellsOf(elsewhere)) != len(cellsOf(spec)) {
		t.Errorf("read in another folder: %v", err)
	}
}

func TestWhatIsIncludedMayHaveSettingsReplaced(t *testing.T) {
	folder := write(t, map[string]string{
		"grid.toml": `
name    = "x"
include = { file = "sub/base.toml", set = ["steps=9", "grid.lr=[5, 6]", "data=rows.jsonl"] }
[[arm]]
name    = "as-it-is"
include = "sub/arm.toml"
[[arm]]
name    = "set"
include = { file = "sub/arm.toml", set = ["optimizer=sgd"] }
`,
		"sub/base.toml": "fixed.steps = 3\ngrid.lr = [1]\ngrid.r = [4]\nfixed.data = 'other.jsonl'",
		"sub/arm.toml":  "fixed.alpha = 2",
	})
	spec, err := grid.ParseSpec(filepath.Join(folder, "grid.toml"))
	if err != nil {
		t.Fatal(err)
	}
	rows := filepath.Join(folder, "sub", "rows.jsonl")
	if diff := cmp.Diff([]string{
		"as-it-is/lr5-r4 " + rows + " 4 2 5 9 adamw",
		"as-it-is/lr6-r4 " + rows + " 4 2 6 9 adamw",
		"set/lr5-r4 " + rows + " 4 2 5 9 sgd",
		"set/lr6-r4 " + rows + " 4 2 6 9 sgd",
	}, cellsOf(spec)); diff != "" {
		t.Error(diff)
	}
	if n := strings.Count(spec.Source, "[[included]]"); n != 2 {
		t.Errorf("the source holds %d files:\n%s", n, spec.Source)
	}
}

func TestAProblemOfAnIncludedFileIsReportedWithItsPlaceThere(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"in the included file": {
			map[string]string{"grid.toml": "name = 'x'\ninclude = 'base.toml'", "base.toml": "\n[fixed]\nalhpa = 1"},
			`base.toml:3: fixed.alhpa is no parameter; did you mean "alpha"?`,
		},
		"through both": {
			map[string]string{"grid.toml": "name = 'x'\ninclude = 'base.toml'\nfixed.steps = 5", "base.toml": "\n[fixed]\nwarmup = 9"},
			`base.toml:3: fixed.warmup exceeds steps: 9 > 5`,
		},
		"a condition of it": {
			map[string]string{
				"grid.toml": "name = 'x'\ninclude = 'base.toml'\ngrid.alpha = [0.5]\n[[exclude]]\nwhere = 'r = 1'",
				"base.toml": "[[exclude]]\nwhere = '2^alpha = 1'",
			},
			`base.toml:2: exclude[1].where = "2^alpha = 1" in cell a0.5 has the power 0.5`,
		},
		"no such file": {
			map[string]string{"grid.toml": "name = 'x'\ninclude = 'bsae.toml'"},
			`grid.toml:2: include = "bsae.toml" cannot be read at `,
		},
		"a folder": {
			map[string]string{"grid.toml": "name = 'x'\ninclude = 'sub'", "sub/file": ""},
			`it is a folder`,
		},
		"a circle": {
			map[string]string{"grid.toml": "name = 'x'\ninclude = 'sub/b.toml'", "sub/b.toml": "include = '../grid.toml'"},
			`b.toml:1: include = "../grid.toml" closes a circle: `,
		},
		"an arm with arms": {
			map[string]string{"grid.toml": "name = 'x'\n[[arm]]\nname = 'a'\ninclude = 'b.toml'", "b.toml": "[[arm]]\nname = 'c'"},
			`grid.toml:4: arm[1].include = "b.toml" has arms itself; include it in the whole file`,
		},
		"no name": {
			map[string]string{"grid.toml": "include = 'b.toml'", "b.toml": "name = 'x'"},
			`grid.toml: name is missing`,
		},
		"no text": {
			map[string]string{"grid.toml": "name = 'x'\ninclude = 3"},
			`grid.toml:2: include = 3 is no text`,
		},
		"a setting of no parameter": {
			map[string]string{"grid.toml": "name = 'x'\ninclude = { file = 'b.toml', set = ['stesp=3'] }", "b.toml": "fixed.steps = 5"},
			`grid.toml:2: include.set: fixed.stesp is no parameter; did you mean "steps"?`,
		},
		"no setting": {
			map[string]string{"grid.toml": "name = 'x'\ninclude = { file = 'b.toml', set = ['steps'] }", "b.toml": "fixed.steps = 5"},
			`grid.toml:2: include.set has steps: is no setting; write it as in `,
		},
		"settings of another form": {
			map[string]string{"grid.toml": "name = 'x'\ninclude = { file = 'b.toml', set = ['lr=1', 3] }", "b.toml": "fixed.steps = 5"},
			`include.set = ["lr=1", 3] is no list of texts; allowed: settings in quotes`,
		},
		"a table with more": {
			map[string]string{"grid.toml": "name = 'x'\ninclude = { file = 'b.toml', sets = ['lr=1'] }", "b.toml": "fixed.steps = 5"},
			`include.sets is unknown here; allowed: file, set; did you mean "set"?`,
		},
		"settings of no file": {
			map[string]string{"grid.toml": "name = 'x'\ninclude = { set = ['lr=1'] }"},
			`include.file = `,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := grid.ParseSpec(filepath.Join(write(t, c.files), "grid.toml"))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}
