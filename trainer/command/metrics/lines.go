package metrics

import (
	"math"

	"sweep/sweep"
)

// source is one place where an attempt may log.
type source interface {
	// read reads what is new; at the end, what follows the last line feed, too.
	read(atEnd bool) error
	// logged returns what was read so far.
	logged() *curve
}

// lines are objects, each on a line, of one attempt.
type lines struct {
	tail    tail
	objects objects
	curve   *curve
	last    int  // step of the last line that had one, -1 before it
	strict  bool // every line is to be an object with metrics
	notes   *notes
}

func newLines(path string, names *names, n *notes) lines {
	return lines{tail: tail{path: path, notes: n}, objects: objects{names: names}, curve: newCurve(), last: -1, notes: n}
}

func (l *lines) logged() *curve { return l.curve }

// file is the source "file": JSON lines in $SWEEP_METRICS.
type file struct{ lines }

func newFile(path string, names *names, n *notes) *file {
	f := &file{newLines(path, names, n)}
	f.strict = true
	return f
}

func (f *file) read(atEnd bool) error {
	return f.tail.read(atEnd, func(line []byte) {
		object, err := f.objects.read(line)
		switch {
		case err == nil:
			f.add(object)
		case f.tail.ended:
			f.notes.count(cutLine)
		default:
			f.notes.count(badLine)
		}
	})
}

// stdout is the source "stdout": JSON lines among what the program prints.
type stdout struct{ lines }

func newStdout(path string, names *names, n *notes) *stdout {
	s := &stdout{newLines(path, names, n)}
	s.tail.returns = true
	return s
}

func (s *stdout) read(atEnd bool) error {
	return s.tail.read(atEnd, func(line []byte) {
		if line[0] != '{' {
			return
		}
		if object, err := s.objects.read(line); err == nil {
			s.add(object)
		}
	})
}

// add adds what a line logged. A line without a step is of the last one that had a step,
// unless it has a training loss.
func (l *lines) add(line []member) {
	l.objects.names.take(line)
	at, hasStep, measured, trained := float64(l.last), false, false, false
	for _, m := range line {
		switch l.objects.names.meaning(m.name) {
		case step:
			at, hasStep = m.value, true
		case loss:
			measured, trained = true, true
		case gradNorm, evalLoss:
			measured = true
		}
	}
	switch {
	case !hasStep && !measured && !l.strict: // it has no metric
	case !hasStep && (trained || l.last < 0):
		l.notes.count(noStep)
	case at < 0 || at != math.Trunc(at) || at > sweep.MaxWhole:
		l.notes.count(badStep)
	default:
		l.last = int(at)
		l.curve.log(l.last, line, l.objects.names)
	}
}
