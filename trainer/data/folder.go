package data

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fileSet is what a path stands for.
type fileSet struct {
	path    string
	folder  string   // that holds the files
	alone   bool     // it is a file itself, or nothing at all
	names   []string // in the folder, sorted
	passed  []string // in the folder, likewise: files and folders that are not read
	pattern bool     // the path is a pattern of names
}

// filesOf lists the files that a path stands for.
func filesOf(path string) (fileSet, error) {
	s := fileSet{path: path, folder: path}
	switch found, err := os.Stat(path); {
	case err == nil && found.IsDir():
		return s.list()
	case err != nil && strings.ContainsAny(filepath.Base(path), "*?["):
		return s.match()
	}
	s.alone = true
	return s, nil
}

// Files lists the files that Read reads of a path: their names in a folder, ascending. Base
// is the last part of the path where it is a file, or a pattern, and "" where it is the
// folder itself.
func Files(path string) (folder, base string, names []string, err error) {
	s, err := filesOf(path)
	switch {
	case err != nil:
		return "", "", nil, fmt.Errorf("reading rows: %w", err)
	case s.alone:
		base = filepath.Base(path)
		return filepath.Dir(path), base, []string{base}, nil
	case s.pattern:
		base = filepath.Base(path)
	}
	return s.folder, base, s.names, nil
}

// match lists the files whose names match the pattern that the path ends in.
func (s fileSet) match() (fileSet, error) {
	s.folder, s.pattern = filepath.Dir(s.path), true
	matches, err := filepath.Glob(s.path)
	if err != nil {
		return s, fmt.Errorf("%s: %w", s.path, err)
	}
	for _, path := range matches {
		s.names = append(s.names, filepath.Base(path))
	}
	slices.Sort(s.names)
	if len(s.names) == 0 {
		return s, fmt.Errorf("%s: no file has a name of that pattern", s.path)
	}
	return s, nil
}

// list lists the files of a folder.
func (s fileSet) list() (fileSet, error) {
	entries, err := os.ReadDir(s.path)
	if err != nil {
		return s, err
	}
	var files, folders []string
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, e.Name()+"/")
		} else {
			files = append(files, e.Name())
		}
	}
	s.names, s.passed, err = Choose(s.path, files, folders)
	return s, err
}

// Choose picks the files of rows among those of a folder, all given by their names. The
// rest, and the folders, is passed over. A folder without rows is an error, and one with
// rows to train on beside rows to evaluate on.
func Choose(path string, files, folders []string) (rows, passed []string, err error) {
	for _, name := range files {
		if isCompanion(name) {
			passed = append(passed, name)
		} else {
			rows = append(rows, name)
		}
	}
	passed = append(passed, folders...)
	switch {
	case len(rows) == 0 && len(folders) > 0:
		return nil, passed, fmt.Errorf("%s: there is no file of rows in it; name a folder that it has: %s", path, strings.Join(folders, ", "))
	case len(rows) == 0:
		return nil, passed, fmt.Errorf("%s: there is no file of rows in it", path)
	}
	return rows, passed, oneSplit(path, rows)
}

// isCompanion reports whether a file stands beside rows and holds none.
func isCompanion(name string) bool {
	upper := strings.ToUpper(name)
	for _, start := range []string{".", "_", "README", "LICENSE", "LICENCE", "NOTICE", "CITATION", "DATASET_INFO", "STATE.JSON"} {
		if strings.HasPrefix(upper, start) {
			return true
		}
	}
	return strings.HasSuffix(upper, ".MD")
}

// oneSplit refuses a folder that holds rows to train on beside rows to evaluate on, as
// the names of its files tell.
func oneSplit(path string, names []string) error {
	const train = "train"
	words := map[string]string{}
	for _, name := range names {
		for _, word := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r < 'a' || r > 'z' }) {
			if word == train || slices.Contains([]string{"test", "validation", "valid", "val", "dev", "eval"}, word) {
				words[word] = name
			}
		}
	}
	if words[train] == "" || len(words) == 1 {
		return nil
	}
	delete(words, train)
	var others []string
	for word := range words {
		others = append(others, word)
	}
	slices.Sort(others)
	return fmt.Errorf("%s: the folder has files of the splits train, %s; name one, as in data = %q and data_eval = %q",
		path, strings.Join(others, ", "), filepath.Join(path, "*train*"), filepath.Join(path, "*"+others[0]+"*"))
}

// wrongFiles is how many files of a folder are told to be wrong.
const wrongFiles = 3

// read reads the rows of all files, one after the other.
func (s fileSet) read(columns Columns) (*Rows, error) {
	all := &Rows{name: s.folder, keys: map[string]bool{}}
	var wrong []error
	for _, name := range s.names {
		rows, err := readFile(filepath.Join(s.folder, name), columns)
		if err != nil {
			if wrong = append(wrong, err); len(wrong) == wrongFiles {
				break
			}
			continue
		}
		for _, r := range rows.rows {
			r.at.File = name
			all.rows = append(all.rows, r)
		}
		for _, k := range rows.ignored {
			all.ignore(k)
		}
		all.more = all.more || rows.more
		all.zeros += rows.zeros
		maps.Copy(all.keys, rows.keys)
	}
	if len(s.passed) > 0 {
		all.passed = fmt.Sprintf("%s: what stands beside the rows is not read: %s", s.path, strings.Join(s.passed, ", "))
	}
	return all, errors.Join(wrong...)
}
