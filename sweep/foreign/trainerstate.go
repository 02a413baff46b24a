package foreign

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"

	"sweep/sweep/regular"
)

// stateFile is where transformers' Trainer keeps what it logged.
const stateFile = "trainer_state.json"

// besides are the files beside it that say what a run was trained with: PEFT's, what
// TrainingArguments.to_json_string gives, and Ray Tune's.
var besides = []string{"adapter_config.json", "training_args.json", "params.json"}

// maxState bounds the size of a JSON file.
const maxState = 1 << 28

var checkpoint = regexp.MustCompile(`^checkpoint-\d+$`)

// readTrainer reads the runs that some state files belong to. Checkpoints of one run
// have its log up to then, so that only the last counts.
func (r *reading) readTrainer(root string, states []string) {
	byRun := map[string][]*record{}
	for _, path := range states {
		dir := filepath.Dir(path)
		run := dir
		if checkpoint.MatchString(filepath.Base(dir)) {
			run = filepath.Dir(dir)
		}
		rec, err := readState(named(root, run), path)
		if err != nil {
			r.problems = append(r.problems, problemIn(path, err))
			continue
		}
		byRun[run] = append(byRun[run], rec)
	}
	older := 0
	for _, run := range slices.Sorted(maps.Keys(byRun)) {
		all := byRun[run]
		last := slices.MaxFunc(all, func(a, b *record) int { return cmp.Compare(a.reached, b.reached) })
		older += len(all) - 1
		for _, dir := range slices.Compact([]string{filepath.Dir(last.file), run}) {
			r.readBeside(last, dir)
		}
		r.records = append(r.records, last)
		r.kinds = append(r.kinds, stateFile)
	}
	if older > 0 {
		r.note("left out: %s, as later ones of the same runs have their logs", counted(older, "older checkpoint", "older checkpoints"))
	}
}

// problemIn is an error about a JSON file, with its line where it is known.
func problemIn(file string, err error) Problem {
	at, ok := errors.AsType[*lineError](err)
	if !ok {
		if inner, ok := errors.AsType[*fs.PathError](err); ok {
			err = inner.Err
		}
		return Problem{File: file, Fault: err.Error()}
	}
	return Problem{file, at.line, at.err.Error()}
}

// lineError is an error at a line.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return e.err.Error() }

// readState reads a trainer_state.json.
func readState(name, path string) (*record, error) {
	text, err := regular.Read(path, maxState)
	if err != nil {
		return nil, err
	}
	rec := newRecord(name, path)
	sum := sha256.Sum256(text)
	rec.hash, rec.zeroForNaN = hex.EncodeToString(sum[:]), true
	text = quoteNumbers(text)
	d := json.NewDecoder(bytes.NewReader(text))
	err = eachMember(d, func(key string) error {
		switch key {
		case "log_history":
			return eachElement(d, func() error {
				var entry map[string]any
				if err := d.Decode(&entry); err != nil {
					return err
				}
				return rec.log(entry)
			})
		case "global_step", "max_steps":
			var n float64
			if err := d.Decode(&n); err != nil {
				return err
			}
			if key == "global_step" {
				rec.reached = int(n)
			} else {
				rec.planned = int(n)
			}
			return nil
		default:
			var skipped json.RawMessage
			return d.Decode(&skipped)
		}
	})
	if err != nil {
		return nil, &lineError{lineOf(text, d.InputOffset()), jsonFault(err)}
	}
	if len(rec.points) == 0 {
		return nil, errors.New("its log_history has no loss")
	}
	if rates := slices.Compact(rec.rates); len(rates) == 1 && len(rec.rates) > 1 { // it has no warm-up, and is the peak
		rec.settings = append(rec.settings, setting{"learning_rate", rates[0], path, 0})
	}
	return rec, nil
}

// log notes an entry of log_history. The last entry of a run that ended sums it up: its
// train_loss is a mean over all steps.
func (r *record) log(entry map[string]any) error {
	step, ok := numberOf(entry["step"])
	if !ok || step < 0 || step != float64(int(step)) {
		return fmt.Errorf("an entry of log_history has the step %v", entry["step"])
	}
	if seconds, ok := numberOf(entry["train_runtime"]); ok {
		r.seconds = seconds
		return nil
	}
	if rate, ok := numberOf(entry["learning_rate"]); ok {
		r.rates = append(r.rates, rate)
	}
	for key, raw := range entry {
		q := measureOf(key)
		if q == "" {
			continue
		}
		x, ok := numberOf(raw)
		if !ok {
			return fmt.Errorf("%s is %v at step %d, which is no number", key, raw, int(step))
		}
		r.measure(q, int(step), x)
	}
	return nil
}

// readBeside adds the settings that files in a folder say.
func (r *reading) readBeside(rec *record, dir string) {
	for _, name := range besides {
		path := filepath.Join(dir, name)
		text, err := regular.Read(path, maxState)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = rec.addSettings(path, text)
		}
		if err != nil {
			r.reject(rec, problemIn(path, err))
		}
	}
}

// addSettings adds the members of a JSON object.
func (r *record) addSettings(path string, text []byte) error {
	text = quoteNumbers(text)
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := eachMember(d, func(key string) error {
		line := lineOf(text, d.InputOffset())
		var value any
		if err := d.Decode(&value); err != nil {
			return err
		}
		r.settings = append(r.settings, setting{key, fromJSON(value), path, line})
		return nil
	})
	if err != nil {
		return &lineError{lineOf(text, d.InputOffset()), jsonFault(err)}
	}
	return nil
}

// eachMember calls use with each key of the object that d is at; use decodes the value.
func eachMember(d *json.Decoder, use func(key string) error) error {
	return each(d, '{', func() error {
		key, err := d.Token()
		if err != nil {
			return err
		}
		return use(key.(string)) // the keys of an object are texts
	})
}

// eachElement calls use for each element of the list that d is at; use decodes it.
func eachElement(d *json.Decoder, use func() error) error { return each(d, '[', use) }

func each(d *json.Decoder, opens json.Delim, use func() error) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	if token != opens {
		return fmt.Errorf("there is no %v where one should begin", opens)
	}
	for d.More() {
		if err := use(); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// jsonFault says what is wrong with a JSON text.
func jsonFault(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("it ends in the middle: it is still being written, or was cut off")
	}
	return err
}

// lineOf is the line, from 1, of a place in a text.
func lineOf(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(int(offset), len(text))], []byte{'\n'})
}
