package data

import (
	"errors"
	"fmt"
)

// errorLimit is how many wrong rows a message lists before it only counts.
const errorLimit = 10

// rowErrors gathers what is wrong with the rows of one file, so that a person
// mends them in one go.
type rowErrors struct {
	name  string // the file, as the person named it
	found []error
	more  int // wrong rows beyond errorLimit
}

func (e *rowErrors) add(line int, err error) {
	if len(e.found) == errorLimit {
		e.more++
		return
	}
	e.found = append(e.found, fmt.Errorf("%s:%d: %w", e.name, line, err))
}

// join returns all errors as one, or nil.
func (e *rowErrors) join() error {
	if e.more > 0 {
		return errors.Join(append(e.found, fmt.Errorf("%s: %d more rows are wrong", e.name, e.more))...)
	}
	return errors.Join(e.found...)
}
