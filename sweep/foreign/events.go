package foreign

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"

	"sweep/sweep"
	"sweep/sweep/regular"
	"sweep/sweep/tfevents"
)

// logFolder is where Trainer and SummaryWriter put the events of a run by themselves.
var logFolder = regexp.MustCompile(`^(runs|logs|tb|tensorboard)$`)

// runFolder is the folder of the run that an event file belongs to: not runs/Dec01_host
// below it.
func runFolder(root, file string) string {
	dir := filepath.Dir(file)
	if above := filepath.Dir(dir); dir != root && above != root && logFolder.MatchString(filepath.Base(above)) {
		return filepath.Dir(above)
	}
	return dir
}

// readEvents reads the runs that some event files belong to. Where a run has several, as
// one that was resumed has, a step that comes again replaces the one before.
func (r *reading) readEvents(root string, files []string) {
	byRun := map[string]*record{}
	for _, file := range slices.Sorted(slices.Values(files)) {
		dir := runFolder(root, file)
		rec := byRun[dir]
		if rec == nil {
			rec = newRecord(named(root, dir), file)
			rec.zeroForNaN = true
			byRun[dir] = rec
		}
		r.kinds = append(r.kinds, "event file")
		switch err := r.readEventFile(rec, file); {
		case errors.Is(err, tfevents.ErrCutOff):
			r.note("%s: %v; what comes before counts", file, err)
		case err != nil:
			r.reject(rec, problemIn(file, err))
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(byRun)) {
		rec := byRun[dir]
		if parent := byRun[filepath.Dir(dir)]; len(rec.points) == 0 && parent != nil {
			parent.settings = append(parent.settings, rec.settings...) // as add_hparams writes them
			continue
		}
		if len(rec.points) == 0 {
			r.reject(rec, rec.problem("there is no loss in it; --as TAG=loss or TAG=eval_loss says what is one"))
			continue
		}
		r.readBeside(rec, dir)
		r.records = append(r.records, rec)
	}
}

func (r *reading) readEventFile(rec *record, file string) (err error) {
	f, err := regular.Open(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	events := tfevents.NewReader(io.TeeReader(f, h))
	found := false
	for {
		e, err := events.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, tfevents.ErrCutOff) {
			if found || rec.hash == "" {
				rec.file, rec.hash = file, hex.EncodeToString(h.Sum(nil))
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err != nil {
			return err
		}
		for _, s := range e.Scalars {
			found = r.scalar(rec, int(e.Step), s) || found
		}
		for _, name := range slices.Sorted(maps.Keys(e.Settings)) {
			rec.settings = append(rec.settings, setting{name: name, value: e.Settings[name], file: file})
		}
		if args, ok := e.Texts["args/text_summary"]; ok { // as Trainer writes its arguments
			if err := rec.addSettings(file, []byte(args)); err != nil {
				return err
			}
		}
	}
}

// scalar notes a scalar, and reports whether it is one that is read.
func (r *reading) scalar(rec *record, step int, s tfevents.Scalar) bool {
	name := r.meaning(s.Tag)
	if q := measureOf(name); q != "" && step >= 0 {
		rec.measure(q, step, s.Value)
		return true
	}
	if slices.Contains(secondsNames, sweep.PlainName(name)) {
		rec.seconds = s.Value
	} else {
		r.leave(s.Tag)
	}
	return false
}

// meaning is what a foreign name stands for, as far as a person said it.
func (r *reading) meaning(name string) string {
	if is, ok := r.options.As[name]; ok {
		return is
	}
	return name
}

// leave notes a column or a tag that is not read.
func (r *reading) leave(name string) {
	if r.unread == nil {
		r.unread = map[string]bool{}
	}
	r.unread[name] = true
}
