package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ownFolder is the part of a run's folder that is not the program's.
const ownFolder = ".sweep"

// folderDigits is how many digits of its key name a run's folder.
const folderDigits = 16

// folder is a run's folder, which its attempts share: an absolute path.
type folder string

// folderOf returns the folder of the run of a key, among those of its store.
func folderOf(runs, key string) (folder, error) {
	path, err := filepath.Abs(filepath.Join(runs, key[:min(len(key), folderDigits)]))
	if err != nil {
		return "", fmt.Errorf("find the run's folder: %w", err)
	}
	return folder(path), nil
}

// make makes it, where it is not there yet.
func (f folder) make() error {
	if err := os.MkdirAll(f.own(""), 0o777); err != nil {
		return fmt.Errorf("make the run's folder: %w", err)
	}
	return nil
}

// own is the path of a file of ours.
func (f folder) own(name string) string { return filepath.Join(string(f), ownFolder, name) }

// log takes what an attempt prints.
func (f folder) log(attempt int) string { return f.own(fmt.Sprintf("log-%d.txt", attempt)) }

// metrics is the file $SWEEP_METRICS of an attempt.
func (f folder) metrics(attempt int) string { return f.own(fmt.Sprintf("metrics-%d.jsonl", attempt)) }

// attemptsFile has a line for the beginning of each attempt, and one for its end.
func (f folder) attemptsFile() string { return f.own("attempts.jsonl") }

// record is a line of the file of attempts.
type record struct {
	Attempt int        `json:"attempt"`
	Began   *time.Time `json:"began,omitempty"`
	Run     []string   `json:"run,omitempty"`   // the program and its arguments
	Room    string     `json:"room,omitempty"`  // the memory that it had, in words
	Ended   *time.Time `json:"ended,omitempty"` // in a line of its own
	Exit    string     `json:"exit,omitempty"`  // how the program ended, in words

	OutOfMemory bool  `json:"out_of_memory,omitempty"` // memory ran out
	Memory      int64 `json:"memory,omitempty"`        // as KeptAttempt has it
}

// past is what the file of attempts tells.
type past struct {
	attempts   []int // their numbers, ascending
	records    map[int]KeptAttempt
	unfinished bool // of the last one the end was not recorded
}

// past reads what came before. A line that was cut off, as the system went down, is left
// out.
func (f folder) past() (p past, err error) {
	p.records = map[int]KeptAttempt{}
	text, err := os.ReadFile(f.attemptsFile())
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read the run's attempts: %w", err)
	}
	for line := range bytes.Lines(text) {
		var r record
		if json.Unmarshal(line, &r) != nil || r.Attempt < 1 {
			continue
		}
		if !slices.Contains(p.attempts, r.Attempt) {
			p.attempts = append(p.attempts, r.Attempt)
		}
		p.records[r.Attempt] = r.in(p.records[r.Attempt])
		p.unfinished = r.Ended == nil
	}
	slices.Sort(p.attempts)
	return p, nil
}

// in adds the line to what is known of its attempt.
func (r record) in(a KeptAttempt) KeptAttempt {
	a.Number = r.Attempt
	if r.Began != nil {
		a.Began, a.Command, a.room = *r.Began, r.Run, r.Room
	}
	if r.Ended != nil {
		a.Ended, a.Exit, a.OutOfMemory, a.Memory = *r.Ended, r.Exit, r.OutOfMemory, r.Memory
	}
	return a
}

// next is the number of the next attempt.
func (p past) next() int {
	if len(p.attempts) == 0 {
		return 1
	}
	return p.attempts[len(p.attempts)-1] + 1
}

// add adds a line to the file of attempts. One that was cut off there is closed first.
func (f folder) add(r record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("note an attempt: %w", err)
	}
	file, err := os.OpenFile(f.attemptsFile(), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return fmt.Errorf("note an attempt: %w", err)
	}
	if endsInside(file) {
		text = append([]byte("\n"), text...)
	}
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("note an attempt: %w", err)
	}
	return nil
}

// endsInside reports whether a file ends within a line.
func endsInside(file *os.File) bool {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	last := make([]byte, 1)
	_, err = file.ReadAt(last, info.Size()-1)
	return err == nil && last[0] != '\n'
}

// write writes a file of ours.
func (f folder) write(name string, content []byte) error {
	if err := os.WriteFile(f.own(name), content, 0o666); err != nil {
		return fmt.Errorf("write into the run's folder: %w", err)
	}
	return nil
}

// environment is what the program says of where it ran, "" if it says nothing: lines
// "name = value", or "name==value" as pip freeze has them.
func (f folder) environment() []string {
	text, err := os.ReadFile(filepath.Join(string(f), "environment.txt"))
	if err != nil {
		return nil
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if name = strings.TrimSpace(name); ok && name != "" && !strings.HasPrefix(name, "#") {
			lines = append(lines, name+" = "+strings.TrimSpace(strings.TrimPrefix(value, "=")))
		}
	}
	return lines
}
