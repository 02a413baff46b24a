//go:build unix

package command

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
)

// written writes files into a command's folder.
func written(t *testing.T, c *sweep.Command, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(c.Dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
}

func TestACommandThatCannotRunIsRefusedBeforeItDoes(t *testing.T) {
	files := map[string]string{"train.py": "print(1)", "reads.py": `open(os.environ["SWEEP_PARAMS"])`, "ok.yml": "a: {alpha}", "bad.yml": "a: {alhpa}\nb: {alpha}", "unset.yml": "a: {r}", "train.sh": "#!/bin/sh"}
	for _, c := range []struct {
		name string
		set  func(c *sweep.Command)
		says string // "" if nothing is wrong
	}{
		{"all is well", func(*sweep.Command) {}, ""},
		{"a program that is not on PATH", func(c *sweep.Command) { c.Run[0] = "no-such-program" }, `run = ["no-such-program", ...]: there is no such program`},
		{"a program that is not in the folder", func(c *sweep.Command) { c.Run[0] = "./train" }, `run = ["./train", ...]: there is no such program`},
		{"a program in the folder", func(c *sweep.Command) { c.Run[0] = "./train.sh" }, ""},
		{"a file that is not there", func(c *sweep.Command) { c.Files = []string{"train.py", "data/*.jsonl"} }, `files = ["data/*.jsonl"]: no file matches it`},
		{"a template that is not there", func(c *sweep.Command) { c.Template = "no.yml" }, `template = "no.yml": `},
		{"a placeholder of a template misspelt", func(c *sweep.Command) { c.Template = "bad.yml" }, `template = "bad.yml": {alhpa} stands for nothing in it: the grid sets no such parameter; did you mean {alpha}? Or write \{alhpa} for text in braces`},
		{"a parameter in a template that the grid does not set", func(c *sweep.Command) { c.Template = "unset.yml" }, `{r} stands for nothing`},
		{"a parameter that does not get there", func(c *sweep.Command) { c.Run = []string{"sh"} }, "alpha: the grid sets it, and it does not get to the command; write {alpha} in run"},
		{"a parameter in the template", func(c *sweep.Command) { c.Run, c.Template = []string{"sh", "{template}"}, "ok.yml" }, ""},
		{"a file that reads all parameters", func(c *sweep.Command) { c.Run, c.Files = []string{"sh"}, []string{"*.py"} }, ""},
		{"no file that reads them", func(c *sweep.Command) { c.Run, c.Files = []string{"sh"}, []string{"train.py"} }, "alpha: the grid sets it"},
		{"no such source", func(c *sweep.Command) { c.Metrics.From = "nowhere" }, `metrics.from = "nowhere"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := sweep.Defaults()
			p.Command = &sweep.Command{Run: []string{"sh", "{alpha}"}, Dir: t.TempDir(), Stated: []string{"alpha", "steps"}}
			written(t, p.Command, files)
			c.set(p.Command)
			if _, err := newTrainer(t).Inspect(p); (c.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got  %v\nwant %s", err, c.says)
			}
		})
	}
}

func TestWhatTheFilesOfACommandHoldIsPartOfItsRuns(t *testing.T) {
	p := sweep.Defaults()
	p.Command = &sweep.Command{Run: []string{"sh", "{template}"}, Dir: t.TempDir(), Template: "t.yml", Files: []string{"*.py", "src"}, Stated: []string{"alpha"}}
	written(t, p.Command, map[string]string{"a.py": "1", "src/b/c.txt": "2", "src/.hidden": "3", "src/__pycache__/c": "4", "other.txt": "5", "t.yml": "{alpha}"})
	trainer := newTrainer(t)
	hash := func() string {
		t.Helper()
		in, err := trainer.Inspect(p)
		if err != nil {
			t.Fatal(err)
		}
		return in.Command
	}
	first := hash()
	for _, c := range []struct {
		file, text string
		moves      bool
	}{
		{"other.txt", "changed", false},
		{"src/.hidden", "changed", false},
		{"src/__pycache__/c", "changed", false},
		{"a.py", "11", true},
		{"a.py", "1", false},
		{"src/b/c.txt", "22", true},
		{"src/b/c.txt", "2", false},
		{"t.yml", "{alpha} ", true},
		{"t.yml", "{alpha}", false},
		{"new.py", "", true},
	} {
		written(t, p.Command, map[string]string{c.file: c.text})
		if moved := hash() != first; moved != c.moves {
			t.Errorf("with %q in %s the hash moves: %v, want %v", c.text, c.file, moved, c.moves)
		}
	}
	p.Command.Dir = filepath.Dir(p.Command.Dir)
	elsewhere := filepath.Join(t.TempDir(), "moved")
	if err := os.CopyFS(elsewhere, os.DirFS(filepath.Join(p.Command.Dir, "001"))); err != nil {
		t.Fatal(err)
	}
	before := *p.Command
	before.Dir = filepath.Join(p.Command.Dir, "001")
	p.Command = &before
	here := hash()
	moved := before
	moved.Dir = elsewhere
	p.Command = &moved
	if hash() != here {
		t.Error("the hash depends on where the folder is")
	}
}

func TestFilesThatChangeAfterThePlanStopTheirRuns(t *testing.T) {
	run := byScript(t, 2, "logs")
	run.Params.Command.Files = []string{"*.py"}
	written(t, run.Params.Command, map[string]string{"a.py": "1"})
	trainer := newTrainer(t)
	trainer.contents.known = map[string]readFile{}
	files, err := trainer.contents.read(run.Params.Command)
	if err != nil {
		t.Fatal(err)
	}
	run.Inputs.Command = files.hash
	written(t, run.Params.Command, map[string]string{"a.py": "22"})
	var n notebook
	if _, err := trained(t, trainer, run, &n); !errors.Is(err, errChanged) || len(n.points) > 0 {
		t.Errorf("got %v, and %d points", err, len(n.points))
	}
}

func TestAScriptThatIsNoPartOfTheIdentityIsNoted(t *testing.T) {
	p := sweep.Defaults()
	p.Command = &sweep.Command{Run: []string{"sh", "a.sh", "./b.sh", "{alpha}"}, Dir: t.TempDir(), Files: []string{"b.sh"}, Stated: []string{"alpha"}}
	written(t, p.Command, map[string]string{"a.sh": "1", "b.sh": "2"})
	notes, err := newTrainer(t).Notes(p)
	if err != nil || !slices.Equal(notes, []string{`a.sh is not among the files of [command]: when it changes, runs that are done stay as they are; write files = ["a.sh"]`}) {
		t.Errorf("got %q, %v", notes, err)
	}
}

func TestAMentionIsFoundAcrossPieces(t *testing.T) {
	text := `x = os.environ["SWEEP_PARAMS"]`
	for i := range text {
		for j := i; j < len(text); j++ {
			var m mention
			for _, piece := range []string{text[:i], text[i:j], text[j:]} {
				if n, err := m.Write([]byte(piece)); n != len(piece) || err != nil {
					t.Fatal(n, err)
				}
			}
			if !m.found {
				t.Fatalf("not found in %q, %q, %q", text[:i], text[i:j], text[j:])
			}
		}
	}
}
