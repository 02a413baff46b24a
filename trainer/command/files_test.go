//go:build unix

package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sweep/sweep"
)

// listed names the files of inputs.
func listed(inputs []sweep.Input) string {
	var all []string
	for _, in := range inputs {
		text := in.Parameter + ":"
		for _, f := range in.Files {
			text += " " + f.Name
			if f.Executable {
				text += "*"
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func TestTheFilesOfACommandAreThoseThatItNames(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "grids", "of ü")
	write := func(name, text string, mode os.FileMode) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("run.sh", "#!/bin/sh\nexec python train.py", 0o755)
	write("program", "\x7fELF", 0o755)
	write("train.py", "print(1)", 0o644)
	write("rows.jsonl", "{}", 0o644)
	write("src/a.py", "1", 0o644)
	write("src/.hidden", "1", 0o644)
	write("src/__pycache__/a.pyc", "1", 0o644)
	write("config.yml", "a: {alpha}", 0o644)
	write("../common/b.py", "1", 0o644)
	write("../model/config.json", "{}", 0o644)
	write("../model/weights/1.bin", "1", 0o644)
	if err := os.Symlink(filepath.Join(root, "grids", "model"), filepath.Join(root, "grids", "linked")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		set  func(p *sweep.Params)
		want string
	}{
		{"a script that is named nowhere else", func(*sweep.Params) {}, "command: train.py"},
		{
			"files, folders and what lies beside", func(p *sweep.Params) { p.Command.Files = []string{"*.py", "src", "../common/*.py"} },
			"command: ../common/b.py src/a.py train.py",
		},
		{"a template", func(p *sweep.Params) {
			p.Command.Run, p.Command.Template = []string{"sh", "{template}"}, "./config.yml"
		}, "command: config.yml"},
		{"a program that is a script", func(p *sweep.Params) { p.Command.Run[0] = "./run.sh" }, "command: run.sh* train.py"},
		{"a program that is none", func(p *sweep.Params) { p.Command.Run[0] = "./program" }, "command: train.py"},
		{"rows among its files", func(p *sweep.Params) {
			p.Data, p.Command.Files, p.Command.Stated = "rows.jsonl", []string{"rows.jsonl"}, append(p.Command.Stated, "data")
		}, "command: rows.jsonl train.py"},
		{
			"rows that are not", func(p *sweep.Params) { p.Data, p.Command.Stated = "rows.jsonl", append(p.Command.Stated, "data") },
			"command: train.py, data: rows.jsonl",
		},
		{
			"a model beside it", func(p *sweep.Params) { p.Model, p.Command.Stated = "../linked", append(p.Command.Stated, "model") },
			"command: train.py, model: config.json weights/1.bin",
		},
		{
			"a model that the program knows", func(p *sweep.Params) { p.Model, p.Command.Stated = "acme/model", append(p.Command.Stated, "model") },
			"command: train.py",
		},
		{"a model that the grid does not set", func(p *sweep.Params) { p.Model = "../model" }, "command: train.py"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := sweep.Defaults()
			p.Command = &sweep.Command{Run: []string{"sh", "train.py", "{args}"}, Dir: dir, Stated: []string{"alpha", "steps"}}
			c.set(&p)
			inputs, err := newTrainer(t).InputFiles(p)
			if err != nil {
				t.Fatal(err)
			}
			if got := listed(inputs); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			hashes, err := newTrainer(t).Inspect(p)
			if err != nil || inputs[0].Hash != hashes.Command || inputs[0].Absolute {
				t.Errorf("its hash is %+v, %v", inputs[0], err)
			}
			for _, f := range inputs[0].Files {
				if _, err := os.Stat(f.Path); err != nil || len(f.SHA256) != 64 {
					t.Errorf("a file is %+v, %v", f, err)
				}
			}
		})
	}
	p := sweep.Defaults()
	p.Command = &sweep.Command{Run: []string{"sh", "{alpha}"}, Dir: dir, Files: []string{filepath.Join(dir, "*.py")}, Stated: []string{"alpha", "steps"}}
	if inputs, err := newTrainer(t).InputFiles(p); err != nil || !inputs[0].Absolute {
		t.Errorf("files by an absolute pattern are %+v, %v", inputs, err)
	}
}
