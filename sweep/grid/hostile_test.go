package grid_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"sweep/sweep/filter"
	"sweep/sweep/grid"
)

func TestGridsBeyondTheLimitsAreRefused(t *testing.T) {
	axes := func(names ...string) string {
		var b strings.Builder
		for _, name := range names {
			fmt.Fprintf(&b, "%s = { range = [1, 150000], step = 1 }\n", name)
		}
		return "[grid]\n" + b.String()
	}
	nested := strings.Repeat("(", 1_000_000) + "r" + strings.Repeat(")", 1_000_000)
	for name, c := range map[string]struct{ text, want string }{
		"dotted key":          {strings.Repeat("a.", 100_000) + "a = 1", "grid.toml:2: lists, tables or dotted keys are nested more than 8 deep"},
		"dotted header":       {"\n[" + strings.Repeat("a.", 100_000) + "a]", "grid.toml:3: lists, tables or dotted keys are nested more than 8 deep"},
		"lists":               {"a = " + strings.Repeat("[", 100_000), "nested more than 8 deep"},
		"inline tables":       {"a = " + strings.Repeat("{a=", 100_000), "nested more than 8 deep"},
		"lists behind a text": {`a = ["""'""""", ` + strings.Repeat("[", 100_000), "nested more than 8 deep"},
		"size":                {"# " + strings.Repeat("x", 1<<20), "read grid grid.toml: it has more than the 1048576 bytes that are allowed"},
		"arms":                {strings.Repeat("[[arm]]\n", 1001), "arm has 1001 tables, but at most 1000 are allowed"},
		"arms and conditions": {
			strings.Repeat("[[exclude]]\nwhere = 'r = 1'\n", 100) + strings.Repeat("[[arm]]\n", 101),
			"the arms have 10100 conditions, formulas and axes together, but at most 10000 are allowed",
		},
		"values":      {axes("seed", "steps", "warmup"), "grid.toml:4: grid.steps brings the values on all axes to more than 200000"},
		"parentheses": {"[derive]\nalpha = '" + nested[:500_000] + "'", "alpha = "},
		"formula":     {"[derive]\nalpha = '" + strings.Repeat("r+", 9000) + "r'", "has 18001 bytes, but at most 16384 are allowed"},
		"condition":   {"[[exclude]]\nwhere = '" + strings.Repeat("r = 1 or ", 9000) + "r = 1'", "it has 81005 bytes, but at most 16384 are allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+c.text), "grid.toml")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %.500v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := filter.New(nested); err == nil || !strings.Contains(err.Error(), "at most 16384 are allowed") {
		t.Errorf("condition of a million parentheses: %.200v", err)
	}
}

func TestBracketsAndDotsInTextsAndNumbersAreNotNesting(t *testing.T) {
	brackets, dots := strings.Repeat("[{(", 50), strings.Repeat("a.", 50)
	for _, text := range []string{
		"question = '" + brackets + "'", `question = "\"` + brackets + `"`, "question = '''\n'" + brackets + "\n" + dots + "'''", "question = \"\"\"" + dots + "\"\"\"",
		"# " + brackets, "question = 'x' # " + dots, "[grid]\nlr = [" + strings.Repeat("0.5, ", 1)[:3] + ", 0.25, 0.125, 0.75, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5]",
	} {
		if _, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+text), "grid.toml"); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAFileIsDecodedOnceHoweverOftenItIsIncluded(t *testing.T) {
	files := map[string]string{"0.toml": "wrong = 1\n"}
	for i := 1; i < 12; i++ {
		include := fmt.Sprintf("include = '%d.toml'\n", i-1)
		files[fmt.Sprintf("%d.toml", i)] = include + strings.Repeat("[[arm]]\nname = 'a'\n"+include, 3)
	}
	_, err := grid.ParseSpec(filepath.Join(write(t, files), "11.toml"))
	if n := strings.Count(fmt.Sprint(err), "wrong is unknown here"); n != 1 {
		t.Errorf("the fault of the innermost file is told %d times, want once: %v", n, err)
	}
}

func TestIncludesAreBounded(t *testing.T) {
	chain := map[string]string{"0.toml": ""}
	for i := range 20 {
		chain[fmt.Sprintf("%d.toml", i+1)] = fmt.Sprintf("include = '%d.toml'", i)
	}
	long := map[string]string{"grid.toml": "include = 'a.toml'\n", "a.toml": "include = 'b.toml'\n# " + strings.Repeat("x", 600_000)}
	long["b.toml"] = long["a.toml"]
	for want, file := range map[string]string{
		"is the 17th file of which each includes the next, but at most 16 are allowed": filepath.Join(write(t, chain), "20.toml"),
		"with it the grid has more than the 1048576 bytes":                             filepath.Join(write(t, long), "grid.toml"),
	} {
		if _, err := grid.ParseSpec(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestTheFirstOfManyProblemsAreReportedAndTheOthersCounted(t *testing.T) {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "key%d = 1\n", i)
	}
	_, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+b.String()), "grid.toml")
	lines := strings.Split(fmt.Sprint(err), "\n")
	if len(lines) != 26 || lines[25] != "grid.toml: 19975 more things are wrong" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

func FuzzDecodeSpec(f *testing.F) {
	f.Add("name = 'x'\n[grid]\nlr = { log = [1e-4, 1], points = 3 }\nseed = [1, 2]")
	f.Add("name = 'x'\n[fixed]\ntargets = ['q_proj']\nshuffle = false\n[grid]\nr = { pow2 = [1, 8] }")
	f.Add("[[grid]]\nr = 1979-05-27\n[grid.lr]\nrange = [0, 1]\nstep = 1e-300")
	f.Add("fixed.r = [[[]]]\ngrid = { alpha = { pow2 = [-1, 'a'] } }")
	f.Add("name = 'x'\n[derive]\nalpha = '2*r^2'\n[[zip]]\nr = [1, 2]\nseed = [3, 4]\n[[arm]]\nname = 'a'\n[arm.grid]\nlr = [1]")
	f.Add("name = 'x'\narm = [{ name = 'a', zip = [{ r = [1], seq = [2] }] }, { name = 'b', derive = { lr = 'sqrt(1/r)' } }]")
	f.Add("name = 'x'\n[grid]\nr = [1, 2]\n[[when]]\nwhere = 'r > 1'\nlr_b = [1, 2]\n[[exclude]]\nwhere = 'lr_b = 1 and not (r in [1])'")
	f.Add("name = 'x'\n[grid]\nadapter = ['a', '']\nalpha = [1, 2]\n[derive]\nlr = '0.1/r'\n[[starting]]\nadapter = 'a'\nr = 4\nalpha = 8\nscaling = 'alpha'\ntargets = ['k_proj']\ndropout = 0.1")
	f.Add("include = 'a.toml'\n[[included]]\nfile = 'a.toml'\ntext = \"\"\"\nname = 'x'\"\"\"")
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := grid.DecodeSpec(strings.NewReader(text), "grid.toml")
		if bad, ok := errors.AsType[*grid.SpecError](err); err != nil && (!ok || len(bad.Problems) == 0 || !strings.Contains(err.Error(), ".toml")) {
			t.Fatalf("an error without problems, or without the file: %v", err)
		}
		if err != nil {
			return
		}
		points := 0
		for _, arm := range spec.Arms {
			for _, axis := range arm.Axes {
				points += len(axis.Points)
			}
		}
		if spec.Size() < 0 || points > 200_000*len(spec.Arms) {
			t.Errorf("%v cells, %d points on axes", spec.Size(), points)
		}
		if spec.Size() > 100 {
			return
		}
		names := map[string]bool{}
		for name := range spec.Cells() {
			if names[name] {
				t.Errorf("two cells are named %s", name)
			}
			names[name] = true
		}
		again, err := grid.DecodeSpec(strings.NewReader(spec.Source), "grid.toml")
		if err != nil || again.Size() != spec.Size() {
			t.Errorf("what the store would keep decodes to %v, %v", again, err)
		}
	})
}

func FuzzFormula(f *testing.F) {
	for _, seed := range []string{"2*r", "0.02 * sqrt(16/r)", "r^2 - -3", "max(min(r, 2), floor(r/3), 1e2)", "pow(r, 2) + log2(r)", "0x1F + 1_000", "((r))"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "'''") || strings.Contains(text, "\r") {
			return
		}
		value := func(formula string) (float64, error) {
			spec, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n[derive]\nalpha = '''\n"+formula+"\n'''"), "grid.toml")
			if err != nil {
				return 0, err
			}
			for _, p := range spec.Cells() {
				return p.Alpha, nil
			}
			return 0, errors.New("no cell")
		}
		x, err := value(text)
		if err != nil {
			if !strings.Contains(err.Error(), "grid.toml") {
				t.Errorf("error %q does not name the file", err)
			}
			return
		}
		if again, err := value("1 * (" + text + "\n)"); err == nil && again != x {
			t.Errorf("%q comes to %v, and one time it to %v", text, x, again)
		}
		if !(x > 0) {
			t.Errorf("alpha = %v passed", x)
		}
	})
}

func TestCommandsBeyondTheLimitsAreRefused(t *testing.T) {
	var many strings.Builder
	for i := range 201 {
		fmt.Fprintf(&many, "own%d = %d\n", i, i)
	}
	for name, c := range map[string]struct{ text, want string }{
		"many parameters of its own": {trained("[fixed]\nsteps = 5\n" + many.String()), "grid.toml: commands have 201 parameters of their own, but at most 200 are allowed"},
		"a list of commands":         {"name = 'x'\n[[command]]\nrun = ['a']", "command is no table; allowed: one table headed [command]"},
		"a deep table":               {"name = 'x'\n[command]\nenv = " + strings.Repeat("{a=", 20) + "1" + strings.Repeat("}", 20), "nested more than 8 deep"},
		"braces without end":         {"name = 'x'\n[command]\nrun = ['a', '" + strings.Repeat("{", 100_001) + "']", "which has a '{' that begins no placeholder"},
		"an argument that ends one":  {"name = 'x'\n[command]\nrun = ['a', \"b\\u0000c\"]", "has a character that no argument can hold"},
		"a pattern that would hang":  {"name = 'x'\n[command]\nrun = ['a']\nmetrics = { pattern = '(?P<a>(x+x+)+y{1001})' }", "is no regular expression: "},
		"a share of infinity":        {"name = 'x'\n[command]\nrun = ['a']\ngpus = inf", "command.gpus = +Inf is no number"},
		"a time beyond all":          {"name = 'x'\n[command]\nrun = ['a']\ntimeout = '99999999999h'", "is no time"},
		"days beyond all":            {"name = 'x'\n[command]\nrun = ['a']\ntimeout = '999999d'", "is no time"},
		"a variable without a name":  {"name = 'x'\n[command]\nrun = ['a']\nenv = { '' = 'b' }", "which is no name of a variable"},
		"a variable with a line":     {"name = 'x'\n[command]\nrun = ['a']\nenv = { \"a\\nb\" = 'c' }", "which is no name of a variable"},
		"a hidden name of a file":    {"name = 'x'\n[command]\nrun = ['a']\nfiles = [\"a\\u202eb\"]", "holds a character that cannot be seen"},
		"a circle of its own":        {trained("[fixed]\nsteps = 5\n[derive]\na1 = 'b1'\nb1 = 'a1'"), "depends on itself: a1 -> b1 -> a1"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := grid.DecodeSpec(strings.NewReader(c.text), "grid.toml"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %.500v\nwant %s", err, c.want)
			}
		})
	}
}

func FuzzCommand(f *testing.F) {
	for _, seed := range []string{
		"run = ['a', '{lr}', '{args}']\n[fixed]\nsteps = 1\n[grid]\nlr = [1]\nown = [true]", "run = ['{{}}']\nenv = { A = '{own}' }\n[fixed]\nown = 'x'\nsteps = 2",
		"run = ['a']\ntimeout = '2d3h'\ngpus = 0.5\nmetrics = { pattern = '(?P<loss>.)' }", "run = ['a', '{params}']\n[derive]\nown = '2*x'\n[[when]]\nwhere = 'y'\nx = [1]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n[command]\n"+text), "grid.toml")
		if err != nil || spec.Size() > 1000 {
			return
		}
		for name, p := range spec.Cells() {
			if p.Command == nil {
				continue // the text may have begun another table, and emptied that of the command
			}
			if _, err := p.Command.Placeholders(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if !p.States("steps") {
				t.Errorf("%s has no steps", name)
			}
		}
	})
}
