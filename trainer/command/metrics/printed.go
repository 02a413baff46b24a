package metrics

import (
	"bytes"
	"regexp"
	"slices"
)

// printed is what a program prints: the source "stdout", objects that fill a line, and
// the source "pattern", lines that an expression matches. Entries without a step, such as
// those of the Trainer, have that of the progress bar that tqdm draws anew after them.
type printed struct {
	log
	tail    tail
	objects objects
	pattern *regexp.Regexp // nil for objects
	groups  []*name        // of the pattern, nil where a group has no name
	match   []member

	steps   int        // that the run is to have
	total   int        // steps of the bar that counts those of the training, 0 while none was drawn
	drawn   int        // step that the bar showed last
	waiting [][]member // entries since then that have no step
}

func newPrinted(path string, steps int, names *names, n *notes) *printed {
	return &printed{log: newLog(names, n), tail: tail{path: path, returns: true, notes: n}, objects: objects{names: names}, steps: steps}
}

// newPattern returns the source of the lines that an expression matches, by the names of
// its groups.
func newPattern(path string, pattern *regexp.Regexp, steps int, names *names, n *notes) *printed {
	p := newPrinted(path, steps, names, n)
	p.pattern = pattern
	for _, group := range pattern.SubexpNames() {
		p.groups = append(p.groups, names.of([]byte(group)))
	}
	return p
}

func (p *printed) read(atEnd bool) error {
	err := p.tail.read(atEnd, p.line)
	if atEnd {
		p.notes.add(noStep, len(p.waiting)) // of the bar's next step, which never came
		p.waiting = nil
	}
	return err
}

func (p *printed) line(line []byte) {
	line = withoutEscapes(line)
	if i := bytes.Index(line, barMark); i >= 0 {
		if b, ok := barIn(line, i); ok {
			p.bar(b)
			return
		}
	}
	switch {
	case p.pattern != nil:
		p.matched(line)
	case len(line) > 0 && line[0] == '{':
		if entry, err := p.objects.read(line); err == nil {
			p.object(entry)
		}
	}
}

// object adds an object, if it has a step or a quantity.
func (p *printed) object(entry []member) {
	c := p.look(entry)
	switch {
	case !c.hasStep && !c.measured && !isSummary(entry): // it is about something else
	case !c.hasStep && p.total > 0:
		p.waiting = append(p.waiting, slices.Clone(entry))
	case !c.hasStep && c.trained:
		p.notes.count(noBar)
	default:
		p.add(entry, c)
	}
}

// matched adds what the pattern finds in a line.
func (p *printed) matched(line []byte) {
	found := p.pattern.FindSubmatchIndex(line)
	if found == nil {
		return
	}
	p.match = p.match[:0]
	for i, name := range p.groups {
		if name == nil || found[2*i] < 0 {
			continue
		}
		if x, kind := numberIn(bytes.TrimSpace(line[found[2*i]:found[2*i+1]])); kind != noNumber {
			p.match = append(p.match, member{name, x, kind == nothing})
		} else {
			p.notes.count(badMatch)
		}
	}
	if len(p.match) > 0 {
		p.object(p.match)
	}
}

// bar notes a progress bar. That of the training has as many steps as the run is to have
// or, where there is none, is the first one without a description.
func (p *printed) bar(b bar) {
	switch {
	case b.total == p.steps || b.total == p.total:
		p.total = b.total
	case p.total == 0 && !b.described:
		p.total = b.total
	default:
		return
	}
	if b.total != p.steps && p.steps > 0 && b.step > 0 {
		p.notes.count(otherSteps)
	}
	p.drawn = b.step
	for _, entry := range p.waiting {
		p.notes.count(fromBar)
		p.addAt(float64(b.step), entry)
	}
	p.waiting = p.waiting[:0]
}

// bar is a progress bar of tqdm: " 55%|#####    | 11/20 [00:04<00:02,  3.23it/s]".
type bar struct {
	step, total int
	described   bool // there is a text before it
}

// barMark is between the share of the steps and the bar.
var barMark = []byte("%|")

// barIn reads the bar of a line that has its mark at i.
func barIn(line []byte, i int) (bar, bool) {
	before, rest := line[:i], line[i+len(barMark):]
	_, rest, found := bytes.Cut(rest, []byte("|"))
	step, rest := wholeAt(bytes.TrimLeft(rest, " "))
	if !found || step < 0 || len(rest) == 0 || rest[0] != '/' {
		return bar{}, false
	}
	total, rest := wholeAt(rest[1:])
	if total < 0 || !bytes.HasPrefix(rest, []byte(" [")) {
		return bar{}, false
	}
	before = bytes.TrimRight(before, "0123456789")
	return bar{step, total, len(bytes.TrimSpace(before)) > 0}, true
}

// wholeAt reads the whole number, of up to 15 digits, that a text begins with, -1 for
// none.
func wholeAt(text []byte) (n int, rest []byte) {
	digits := 0
	for digits < len(text) && digits < 16 && '0' <= text[digits] && text[digits] <= '9' {
		n = 10*n + int(text[digits]-'0')
		digits++
	}
	if digits == 0 || digits > 15 {
		return -1, text
	}
	return n, text[digits:]
}

// withoutEscapes is a line without the escapes of a terminal at its start, with which tqdm
// moves up and down.
func withoutEscapes(line []byte) []byte {
	for len(line) > 2 && line[0] == 0x1b && line[1] == '[' {
		end := bytes.IndexFunc(line[2:], func(r rune) bool { return r >= '@' && r <= '~' })
		if end < 0 {
			return line
		}
		line = bytes.TrimSpace(line[2+end+1:])
	}
	return line
}
