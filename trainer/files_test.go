package trainer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer"
)

// moved copies the files of an input into a new folder, and returns the path that stands
// for them there.
func moved(t *testing.T, in sweep.Input) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "anders", "a b ü")
	for _, f := range in.Files {
		content, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(content)) != f.Size {
			t.Errorf("%s is described as %+v", f.Path, f)
		}
		write(t, filepath.Join(folder, filepath.FromSlash(f.Name)), content)
	}
	return filepath.Join(folder, in.Base)
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTheFilesOfARunAreAllThatItReads copies the files that are listed, and nothing else,
// and has the copies inspected.
func TestTheFilesOfARunAreAllThatItReads(t *testing.T) {
	rows := []byte(`{"input_ids": [1, 2, 3], "labels": [1, 2, 3]}` + "\n" + `{"input_ids": [4, 5, 6], "labels": [4, 5, 6]}` + "\n")
	folder := filepath.Join(t.TempDir(), "rows of ü")
	for _, name := range []string{"a.jsonl", "b.jsonl", "README.md", "other/c.jsonl"} {
		write(t, filepath.Join(folder, name), rows)
	}
	peft := filepath.Join("testdata", "peft")
	checkpoints := filepath.Join("pretrained", "testdata", "checkpoints")
	withTemplate := linked(t, filepath.Join("builtin", "tiny"))
	write(t, filepath.Join(withTemplate, "tokenizer_config.json"), []byte("{}"))
	write(t, filepath.Join(withTemplate, "chat_template.jinja"), []byte(plainTemplate))
	write(t, filepath.Join(withTemplate, "README.md"), rows)
	for _, c := range []struct {
		name  string
		set   func(*sweep.Params)
		files string
	}{
		{
			"shards", func(p *sweep.Params) { p.Model = filepath.Join(peft, "qv-bf16") },
			"model: config.json model-00001-of-00004.safetensors model-00002-of-00004.safetensors model-00003-of-00004.safetensors model-00004-of-00004.safetensors model.safetensors.index.json, data: a.jsonl b.jsonl",
		},
		{"an adapter", func(p *sweep.Params) {
			p.Model, p.Adapter, p.R = filepath.Join(peft, "packed"), filepath.Join(peft, "packed", "adapter"), 4
		}, "model: config.json model.safetensors, data: a.jsonl b.jsonl, adapter: adapter_config.json adapter_model.safetensors"},
		{"a GGUF file", func(p *sweep.Params) { p.Model = filepath.Join(checkpoints, "f16.gguf") }, "model: f16.gguf, data: a.jsonl b.jsonl"},
		{
			"a tokenizer and a template, by links", func(p *sweep.Params) { p.Model = withTemplate },
			"model: chat_template.jinja config.json model.safetensors tokenizer.json tokenizer_config.json, data: a.jsonl b.jsonl",
		},
		{"a pattern and a file", func(p *sweep.Params) {
			p.Model, p.Data, p.DataEval, p.Holdout = filepath.Join(peft, "packed"), filepath.Join(folder, "[a]*.jsonl"), filepath.Join(folder, "b.jsonl"), 0
		}, "model: config.json model.safetensors, data: a.jsonl, data_eval: b.jsonl"},
		{"what is built in", func(p *sweep.Params) { p.Model, p.Data, p.Seq = "builtin:tiny", "builtin:menus", 128 }, "model:, data:"},
		{"a template of its own", func(p *sweep.Params) {
			chat := chatting(t)
			p.Model, p.Data, p.ChatTemplate, p.Seq = "builtin:tiny", chat.Data, chat.ChatTemplate, chat.Seq
		}, "model:, data: rows.jsonl, chat_template: plain.jinja"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := sweep.Defaults()
			p.Data, p.Holdout, p.Seq, p.Targets = folder, 0, 8, []string{"q_proj"}
			c.set(&p)
			inputs, err := trainer.New(trainer.Options{}).InputFiles(p)
			if err != nil {
				t.Fatal(err)
			}
			want, err := trainer.New(trainer.Options{}).Inspect(p)
			if err != nil {
				t.Fatal(err)
			}
			var files []string
			for _, in := range inputs {
				text := in.Parameter + ":"
				for _, f := range in.Files {
					text += " " + f.Name
				}
				files = append(files, text)
				q, err := sweep.LookupParameter(in.Parameter)
				if err != nil {
					t.Fatal(err)
				}
				if in.Name != *q.PathIn(&p) || in.Hash == "" || in.Hash != q.ContentHash(want) {
					t.Errorf("%s is %+v", in.Parameter, in)
				}
				if len(in.Files) > 0 {
					*q.PathIn(&p) = moved(t, in)
				}
			}
			if got := strings.Join(files, ", "); got != c.files {
				t.Errorf("got  %s\nwant %s", got, c.files)
			}
			if got, err := trainer.New(trainer.Options{}).Inspect(p); err != nil || got != want {
				t.Errorf("elsewhere it is %+v, %v\nwant %+v", got, err, want)
			}
		})
	}
}

// linked is a copy of a folder in which each file is a link to one without an ending, as in
// the cache of huggingface_hub.
func linked(t *testing.T, folder string) string {
	t.Helper()
	at := t.TempDir()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for i, entry := range entries {
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		blob := filepath.Join("blobs", string(rune('a'+i)))
		write(t, filepath.Join(at, blob), content)
		write(t, filepath.Join(at, "snapshot", "x"), nil)
		if err := os.Symlink(filepath.Join("..", blob), filepath.Join(at, "snapshot", entry.Name())); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	return filepath.Join(at, "snapshot")
}

func TestAFileThatChangedIsReadAgain(t *testing.T) {
	p := sweep.Defaults()
	p.Data = filepath.Join(t.TempDir(), "rows.jsonl")
	tr := trainer.New(trainer.Options{})
	var before sweep.Input
	for i, content := range []string{`{"text": "a"}`, `{"text": "a b"}`} {
		write(t, p.Data, bytes.Repeat([]byte(content+"\n"), 3))
		in, err := tr.InputFile("data", p)
		if err != nil || len(in.Files) != 1 {
			t.Fatal(in, err)
		}
		if again, err := tr.InputFile("data", p); err != nil || !slices.Equal(again.Files, in.Files) || !again.Same(in) {
			t.Errorf("a second time it is %+v, %v", again, err)
		}
		if i > 0 && (in.Same(before) || in.ID() == before.ID()) {
			t.Error("a changed file is the same")
		}
		before = in
	}
	if err := os.Remove(p.Data); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.InputFile("data", p); err == nil {
		t.Error("a removed file is there")
	}
}
