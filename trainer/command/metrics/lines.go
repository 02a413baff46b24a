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

// log is what one attempt logged to one source, entry by entry.
type log struct {
	curve *curve
	last  int // step of the last entry that had one, -1 before it
	names *names
	notes *notes
}

func newLog(names *names, n *notes) log { return log{newCurve(), -1, names, n} }

func (l *log) logged() *curve { return l.curve }

// content is what an entry has.
type content struct {
	step     float64
	hasStep  bool
	measured bool // a quantity
	trained  bool // a training loss
}

// look settles the names that an entry is the first to use, and says what it has.
func (l *log) look(entry []member) (c content) {
	l.names.take(entry)
	for _, m := range entry {
		switch l.names.meaning(m.name) {
		case step:
			c.step, c.hasStep = m.value, true
		case loss:
			c.measured, c.trained = true, true
		case gradNorm, evalLoss:
			c.measured = true
		}
	}
	return c
}

// add adds an entry that was looked at. One without a step is of the last that had a
// step, unless it has a training loss.
func (l *log) add(entry []member, c content) {
	switch {
	case c.hasStep:
		l.addAt(c.step, entry)
	case c.trained || l.last < 0:
		l.notes.count(noStep)
	default:
		l.addAt(float64(l.last), entry)
	}
}

// addAt adds an entry at a step.
func (l *log) addAt(at float64, entry []member) {
	if !(at >= 0 && at <= sweep.MaxWhole) || at != math.Trunc(at) {
		l.notes.count(badStep)
		return
	}
	l.last = int(at)
	l.curve.log(l.last, entry, l.names)
}
