package metrics

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"sweep/sweep/regular"
)

// maxState bounds the size of a trainer_state.json.
const maxState = 1 << 28

// trainerState is the source "trainer_state": the log_history in the newest
// trainer_state.json of an attempt, which has the whole log of the run up to then.
type trainerState struct {
	log
	folder *folder
	during span
	newest string    // path of what was read last
	at     time.Time // when it was written
	size   int64
}

func (t *trainerState) read(atEnd bool) error {
	if err := t.folder.look(atEnd); err != nil {
		return err
	}
	path, is := t.find()
	if is == nil || path == t.newest && is.ModTime().Equal(t.at) && is.Size() == t.size {
		return nil
	}
	text, err := regular.Read(path, maxState)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	o := objects{names: t.names}
	anew := newLog(t.names, t.notes)
	if err := o.entries(text, "log_history", func(entry []member) { anew.add(entry, anew.look(entry)) }); err != nil {
		if atEnd {
			t.notes.count(cutState)
		}
		return nil // it is being written
	}
	t.newest, t.at, t.size = path, is.ModTime(), is.Size()
	t.curve.become(anew.curve)
	return nil
}

// find returns the newest file, nil where there is none.
func (t *trainerState) find() (newest string, is os.FileInfo) {
	for _, path := range t.folder.states {
		info, err := os.Stat(path)
		if err == nil && t.during.has(info.ModTime()) && (is == nil || !info.ModTime().Before(is.ModTime())) {
			newest, is = path, info
		}
	}
	return newest, is
}
