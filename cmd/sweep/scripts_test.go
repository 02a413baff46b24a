package main

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sweep/store"
	"sweep/sweep"
	"sweep/trainer/builtin"
)

// The folder of the examples of programs that train.
const scriptsFolder = "../../experiments/scripts"

// TestTheRowsOfTheScriptsAreTheBuiltInOnes holds rows.jsonl to the first of builtin:menus,
// and held-out.jsonl to its last.
func TestTheRowsOfTheScriptsAreTheBuiltInOnes(t *testing.T) {
	menus, err := builtin.Data("menus")
	if err != nil {
		t.Fatal(err)
	}
	for name, among := range map[string]func(all, some []byte) bool{"rows.jsonl": bytes.HasPrefix, "held-out.jsonl": bytes.HasSuffix} {
		rows, err := os.ReadFile(filepath.Join(scriptsFolder, name))
		if err != nil || len(rows) == 0 || !among(menus, rows) {
			t.Errorf("%s: %d bytes, %v; want rows of builtin:menus", name, len(rows), err)
		}
	}
}

// runOnScripts runs a script of testdata/scripts where the examples are in the folder
// experiments/scripts, with the grid of the README as readme.toml, and the built-in model
// where they look for it.
func runOnScripts(t *testing.T, name string, variables ...string) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		testscript.Run(t, testscript.Params{
			Files: []string{filepath.Join("testdata", "scripts", name+".txtar")}, RequireExplicitExec: true,
			Setup: func(env *testscript.Env) error {
				env.Vars = append(env.Vars, variables...)
				tiny, _ := builtin.Model()
				if err := os.CopyFS(filepath.Join(env.WorkDir, "trainer", "builtin", "tiny"), tiny); err != nil {
					return err
				}
				folder := filepath.Join(env.WorkDir, "experiments", "scripts")
				if err := copyFiles(scriptsFolder, folder); err != nil {
					return err
				}
				return os.WriteFile(filepath.Join(folder, "readme.toml"), []byte(gridsOfTheREADME(t)[1]), 0o644)
			},
			Cmds: map[string]func(*testscript.TestScript, bool, []string){"until": until},
		})
	})
}

// copyFiles copies the files of a folder, but for what a person made in it.
func copyFiles(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	for _, entry := range entries {
		if err == nil && !entry.IsDir() {
			var content []byte
			if content, err = os.ReadFile(filepath.Join(from, entry.Name())); err == nil {
				err = os.WriteFile(filepath.Join(to, entry.Name()), content, 0o644)
			}
		}
	}
	return err
}

// TestTemplatesAreRenderedForAxolotlAndTorchtune renders them for a run. With SWEEP_PYTHON and
// SWEEP_TEMPLATES, a folder with both packages, it holds them to what these read, as
// experiments/scripts/testdata/check_templates.py says.
func TestTemplatesAreRenderedForAxolotlAndTorchtune(t *testing.T) {
	rendered := t.TempDir()
	runOnScripts(t, "templates", "RENDERED="+rendered)
	for file, program := range map[string]string{"axolotl.yml": "axolotl", "torchtune.yaml": "torchtune"} {
		text, err := os.ReadFile(filepath.Join(rendered, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"  lora_alpha: 32", "  learning_rate: 2.0e-5|    lr: 2.0e-5", `  lora_.*_modules: \["q_proj", "v_proj"\]`} {
			if !regexp.MustCompile(`(?m)^(` + strings.ReplaceAll(line, "  ", " *") + `)$`).Match(text) {
				t.Errorf("%s has no line %q:\n%s", file, line, text)
			}
		}
		if left := regexp.MustCompile(`[^$]\{\w+\}`).FindAll(text, -1); slices.ContainsFunc(left, func(b []byte) bool { return !bytes.HasSuffix(b, []byte("{instruction}")) }) {
			t.Errorf("%s: not filled in: %q", file, left)
		}
		python, packages := os.Getenv("SWEEP_PYTHON"), os.Getenv("SWEEP_TEMPLATES")
		if python == "" || packages == "" {
			continue
		}
		check := exec.CommandContext(t.Context(), python, filepath.Join(scriptsFolder, "testdata", "check_templates.py"), packages, program, filepath.Join(rendered, file))
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
	}
}

// TestScriptsTrainAsTheBuiltInTrainerDoes trains experiments/scripts/parity.toml, on a
// smaller grid, by the built-in trainer, PEFT and TRL, and compares every point of their
// curves. SWEEP_PYTHON names a Python with torch, transformers, peft and trl, which is
// called python in its folder, too.
func TestScriptsTrainAsTheBuiltInTrainerDoes(t *testing.T) {
	putPythonOnPath(t)
	db := filepath.Join(t.TempDir(), "sweep.db")
	runOnScripts(t, "parity", "DB="+db, "OMP_NUM_THREADS=1")
	curves := curvesOf(t, db, "parity")
	compared := 0
	for name, want := range curves {
		cell, own := strings.CutPrefix(name, "built-in/")
		if !own {
			continue
		}
		for _, arm := range []string{"peft/", "trl/"} {
			compared++
			sameCurve(t, arm+cell, curves[arm+cell], want)
		}
	}
	if compared != 8 {
		t.Errorf("%d curves were compared", compared)
	}
}

// TestTheCommittedCurvesOfScriptsEndAsTheBuiltInTrainers holds how the runs of
// experiments/scripts/parity ended to what parity.toml predicts.
func TestTheCommittedCurvesOfScriptsEndAsTheBuiltInTrainers(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(scriptsFolder, "parity", "runs.csv"))
	if err != nil {
		t.Fatal(err)
	}
	ends := map[string][2]float64{}
	for _, match := range regexp.MustCompile(`(?m)^(\S+),done,24,([0-9.]+),([0-9.]+),`).FindAllStringSubmatch(string(text), -1) {
		loss, _ := strconv.ParseFloat(match[2], 64)
		eval, _ := strconv.ParseFloat(match[3], 64)
		ends[match[1]] = [2]float64{loss, eval}
	}
	if len(ends) != 48 {
		t.Errorf("%d runs ended", len(ends))
	}
	for name, want := range ends {
		cell, own := strings.CutPrefix(name, "built-in/")
		for _, arm := range []string{"peft/", "trl/"} {
			got := ends[arm+cell]
			if own && !strings.Contains(cell, "lr0.03") && !(near(got[0], want[0], 1e-4) && near(got[1], want[1], 1e-4)) {
				t.Errorf("%s ends at %v, want %v", arm+cell, got, want)
			}
		}
	}
}

// TestTheScriptOfTheREADMETrains runs the README's grid with a script, on a small model.
func TestTheScriptOfTheREADMETrains(t *testing.T) {
	putPythonOnPath(t)
	runOnScripts(t, "readme")
}

// TestAScriptThatIsInterruptedGoesOnToTheSameCurve interrupts peft_train.py, and compares
// what it then goes on to with what it gives in one go.
func TestAScriptThatIsInterruptedGoesOnToTheSameCurve(t *testing.T) {
	putPythonOnPath(t)
	runOnScripts(t, "resume")
}

// putPythonOnPath has python be the one that SWEEP_PYTHON names, and skips the test where
// there is none.
func putPythonOnPath(t *testing.T) {
	t.Helper()
	python := os.Getenv("SWEEP_PYTHON")
	if python == "" {
		t.Skip("SWEEP_PYTHON names no Python with torch, transformers, peft and trl")
	}
	folder, err := filepath.Abs(filepath.Dir(python))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// curvesOf returns the curves of a sweep by the names of its runs.
func curvesOf(t *testing.T, db, name string) map[string][]sweep.Point {
	t.Helper()
	st, err := store.OpenReadOnly(db, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	results, err := st.Results(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string][]sweep.Point{}
	for _, r := range results {
		curves, err := st.Curves(t.Context(), []string{r.Key})
		if err != nil {
			t.Fatal(err)
		}
		byName[r.Name] = curves[r.Key]
	}
	return byName
}

// sameCurve holds the losses of a curve to those of another within 1e-4 of them, and its
// gradient norms within 1e-3.
func sameCurve(t *testing.T, name string, got, want []sweep.Point) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%s has %d points, want %d", name, len(got), len(want))
		return
	}
	for i, w := range want {
		g := got[i]
		if g.Step != w.Step || g.HasLoss() != w.HasLoss() || g.Evaluated != w.Evaluated ||
			w.HasLoss() && !(near(g.Loss, w.Loss, 1e-4) && near(g.GradNorm, w.GradNorm, 1e-3)) || w.Evaluated && !near(g.EvalLoss, w.EvalLoss, 1e-4) {
			t.Errorf("%s: got %+v, want %+v", name, g, w)
		}
	}
}

// near reports whether x is y but for a share of it.
func near(x, y, share float64) bool { return math.Abs(x-y) <= share*math.Abs(y) }
