package data

import (
	"errors"
	"fmt"
	"path/filepath"
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
	kind string
	err  error
	at   []Place // of the first ones
	more int     // places beyond
}

// Place is where a row stands in its file, from 1.
type Place struct {
	File     string // in a folder of rows; "" where the rows are one file
	Number   int
	Numbered bool // by row, as an array and Parquet have no lines of rows
}

// String is "line 7" or "row 7", with the file before it in a folder of rows.
func (p Place) String() string {
	text := fmt.Sprintf("%s %d", p.kind(), p.Number)
	if p.File != "" {
		text = p.File + " " + text
	}
	return text
}

func (p Place) kind() string {
	if p.Numbered {
		return "row"
	}
	return "line"
}

// in is the place in a file, such as "rows.jsonl:7".
func (p Place) in(file string) string {
	if p.File != "" {
		file = filepath.Join(file, p.File)
		p.File = ""
	}
	if p.Numbered {
		return file + ": " + p.String()
	}
	return fmt.Sprintf("%s:%d", file, p.Number)
}

// convertibleError is an error about rows that a command would make right.
type convertibleError struct {
	error
	command string
}

// Error ends in the command, on a line of its own.
func (e *convertibleError) Error() string { return e.error.Error() + "; convert it:\n\t" + e.command }

func (e *convertibleError) Unwrap() error { return e.error }

// reworded is err with another text, and the command that err has, if it has one. Text
// is given the error without it.
func reworded(err error, text func(error) error) error {
	if c, ok := errors.AsType[*convertibleError](err); ok {
		return &convertibleError{text(c.error), c.command}
	}
	return text(err)
}

// digits are a number in a message.
var digits = regexp.MustCompile("[0-9]+")

func (e *rowErrors) add(at Place, err error) {
	kind := at.File + "\n" + digits.ReplaceAllString(err.Error(), "0")
	for i := range e.found {
		if same := &e.found[i]; same.kind == kind {
			if len(same.at) <= namedLines {
				same.at = append(same.at, at)
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
	e.found = append(e.found, sameError{kind: kind, err: err, at: []Place{at}})
}

// join returns all errors as one, or nil.
func (e *rowErrors) join() error {
	var errs []error
	for _, same := range e.found {
		errs = append(errs, same.described(e.name))
	}
	if e.more > 0 {
		errs = append(errs, fmt.Errorf("%s: %d more rows are wrong", e.name, e.more))
	}
	return errors.Join(errs...)
}

// described is the error with its places.
func (s sameError) described(name string) error {
	at, others := s.at[0].in(name), s.others()
	return reworded(s.err, func(err error) error { return fmt.Errorf("%s: %w%s", at, err, others) })
}

// others is "; likewise lines 7, 9, 12 and 5 others".
func (s sameError) others() string {
	names := make([]string, len(s.at)-1)
	for i, at := range s.at[1:] {
		names[i] = strconv.Itoa(at.Number)
	}
	last := len(names) - 1
	many := fmt.Sprintf("; likewise %ss ", s.at[0].kind())
	switch {
	case last < 0:
		return ""
	case s.more == 1:
		return many + strings.Join(names, ", ") + " and 1 other"
	case s.more > 1:
		return many + fmt.Sprintf("%s and %d others", strings.Join(names, ", "), s.more)
	case last == 0:
		return fmt.Sprintf("; likewise %s %s", s.at[1].kind(), names[0])
	default:
		return many + strings.Join(names[:last], ", ") + " and " + names[last]
	}
}
