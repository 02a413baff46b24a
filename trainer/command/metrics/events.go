package metrics

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"sweep/sweep/regular"
	"sweep/sweep/tfevents"
)

// events is the source "tensorboard": the scalars in the event files that an attempt
// writes below the run's folder.
type events struct {
	log
	folder *folder
	during span
	files  map[string]*eventTail
}

// eventTail is how far an event file was read.
type eventTail struct {
	offset  int64
	ignored bool // it is another attempt's, or damaged
}

func (e *events) read(atEnd bool) error {
	if err := e.folder.look(atEnd); err != nil {
		return err
	}
	for _, path := range e.folder.events {
		if e.files[path] == nil {
			e.files[path] = &eventTail{}
		}
		if err := e.readFile(path, e.files[path]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (e *events) readFile(path string, t *eventTail) (err error) {
	if t.ignored {
		return nil
	}
	f, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return e.readOpen(f, t)
}

func (e *events) readOpen(f *os.File, t *eventTail) error {
	if is, err := f.Stat(); err != nil || is.Size() == t.offset {
		return err
	}
	if _, err := f.Seek(t.offset, io.SeekStart); err != nil {
		return err
	}
	r := tfevents.NewReader(f)
	for begins := t.offset; ; {
		event, err := r.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, tfevents.ErrCutOff) {
			return nil
		}
		if err != nil {
			t.ignored = true
			e.notes.count(badEvents)
			return nil
		}
		if begins == 0 && t.offset == 0 && !e.during.has(event.Wall) {
			t.ignored = true
			return nil
		}
		t.offset = begins + r.Offset()
		for _, s := range event.Scalars {
			if n := e.names.of([]byte(s.Tag)); n != nil {
				entry := []member{{name: n, value: s.Value}}
				e.look(entry)
				e.addAt(float64(event.Step), entry)
			}
		}
	}
}
