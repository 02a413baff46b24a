package trainer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"sweep/sweep"
	"sweep/sweep/regular"
	"sweep/trainer/adapter"
	"sweep/trainer/data"
	"sweep/trainer/pretrained"
)

var _ sweep.InputLister = (*Trainer)(nil)

// InputFiles lists what a run of p would read, with the hashes that Inspect has of it.
func (t *Trainer) InputFiles(p sweep.Params) ([]sweep.Input, error) {
	hashes, err := t.Inspect(p)
	if err != nil {
		return nil, err
	}
	var all []sweep.Input
	for _, q := range sweep.Parameters() {
		if q.Kind != sweep.KindPath || *q.PathIn(&p) == "" {
			continue
		}
		in, err := t.InputFile(q.Name, p)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", q.Name, *q.PathIn(&p), err)
		}
		in.Hash = q.ContentHash(hashes)
		all = append(all, in)
	}
	return all, nil
}

// InputFile lists the files that a run of p would read of one parameter, as they lie now.
func (t *Trainer) InputFile(parameter string, p sweep.Params) (sweep.Input, error) {
	q, err := sweep.LookupParameter(parameter)
	if err != nil {
		return sweep.Input{}, err
	}
	in := sweep.Input{Parameter: parameter, Name: *q.PathIn(&p)}
	if in.Name == "" || sweep.IsHubName(in.Name) || strings.HasPrefix(in.Name, "builtin:") {
		return in, nil
	}
	read, err := filesOf[parameter](in.Name)
	if err != nil {
		return in, err
	}
	in.Base = read.base
	for _, name := range read.names {
		f, err := t.describe(filepath.Join(read.folder, filepath.FromSlash(name)))
		if err != nil {
			return in, err
		}
		f.Name = name
		in.Files = append(in.Files, f)
	}
	return in, nil
}

// readFiles are the files that are read of what lies at a path.
type readFiles struct {
	folder string   // that has them
	base   string   // see sweep.Input
	names  []string // in the folder, with slashes, ascending
}

// filesOf lists the files that are read, by the parameter that names them.
var filesOf = map[string]func(path string) (readFiles, error){
	"model":     modelFiles,
	"data":      rowFiles,
	"data_eval": rowFiles,
	"adapter": func(path string) (readFiles, error) {
		return readFiles{folder: path, names: adapter.Files()}, nil
	},
	"chat_template": func(path string) (readFiles, error) {
		return readFiles{filepath.Dir(path), filepath.Base(path), []string{filepath.Base(path)}}, nil
	},
}

func rowFiles(path string) (f readFiles, err error) {
	f.folder, f.base, f.names, err = data.Files(path)
	return f, err
}

func modelFiles(path string) (f readFiles, err error) {
	m, err := pretrained.Open(path)
	if err != nil {
		return f, err
	}
	f.folder, f.names = path, m.Files()
	if m.InFile() {
		f.folder, f.base = filepath.Dir(path), filepath.Base(path)
	}
	return f, m.Close()
}

// fileState tells a file from what it was before it was written to.
type fileState struct {
	path     string
	size     int64
	modified time.Time
}

// describe reads a regular file, once as long as its size and its time stay.
func (t *Trainer) describe(path string) (f sweep.InputFile, err error) {
	file, err := regular.Open(path)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	found, err := file.Stat()
	if err != nil {
		return f, err
	}
	f.Path, f.Size = path, found.Size()
	f.SHA256, err = t.hashes.get(fileState{path, found.Size(), found.ModTime()}, func() (string, error) {
		h := sha256.New()
		if _, err := io.Copy(h, file); err != nil {
			return "", err
		}
		return hex.EncodeToString(h.Sum(nil)), nil
	})
	return f, err
}
