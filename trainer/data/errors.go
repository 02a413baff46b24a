package data

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// errorLimit is how many kinds of wrong rows a message describes before it only
// counts, and namedLines how many lines it names for each.
const (
	errorLimit = 10
	namedLines = 3
)

// rowErrors gathers what is wrong with the rows of one file, so that a person
// can correct them all at once. Rows that are wrong in the same way are one entry.
type rowErrors struct {
	name  string // the file, as the person named it
	found []sameError
	more  int // wrong rows beyond errorLimit
}

// sameError is what is wrong with several rows: the error of the first. Those of
// the others differ from it only in their numbers.
type sameError struct {
	kind  string
	err   error
	lines []int // the first ones
	more  int   // lines beyond
}

// digits are a number in a message.
var digits = regexp.MustCompile("[0-9]+")

func (e *rowErrors) add(line int, err error) {
	kind := digits.ReplaceAllString(err.Error(), "0")
	for i := range e.found {
		if same := &e.found[i]; same.kind == kind {
			if len(same.lines) <= namedLines {
				same.lines = append(same.lines, line)
			} else {
				same.more++
			}
			return
		}
	}
	if len(e.found) == errorLimit {
		e.more++
		return
	}
	e.found = append(e.found, sameError{kind: kind, err: err, lines: []int{line}})
}

// join returns all errors as one, or nil.
func (e *rowErrors) join() error {
	var errs []error
	for _, same := range e.found {
		errs = append(errs, fmt.Errorf("%s:%d: %w%s", e.name, same.lines[0], same.err, same.others()))
	}
	if e.more > 0 {
		errs = append(errs, fmt.Errorf("%s: %d more rows are wrong", e.name, e.more))
	}
	return errors.Join(errs...)
}

// others is "; likewise lines 7, 9, 12 and 5 others".
func (s sameError) others() string {
	names := make([]string, len(s.lines)-1)
	for i, line := range s.lines[1:] {
		names[i] = strconv.Itoa(line)
	}
	last := len(names) - 1
	switch {
	case last < 0:
		return ""
	case s.more == 1:
		return "; likewise lines " + strings.Join(names, ", ") + " and 1 other"
	case s.more > 1:
		return fmt.Sprintf("; likewise lines %s and %d others", strings.Join(names, ", "), s.more)
	case last == 0:
		return "; likewise line " + names[0]
	default:
		return "; likewise lines " + strings.Join(names[:last], ", ") + " and " + names[last]
	}
}
