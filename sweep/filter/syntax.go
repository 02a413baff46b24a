package filter

import (
	"fmt"
)

// SyntaxError says what is wrong with the text of a condition or a formula.
type SyntaxError struct {
	Fault   string // a clause about the text
	Column  int    // of the text, where the fault is, from 1; 0: it is in the whole
	Nearest string // the name that a misspelt one was most likely meant to be, or ""
}

func (e *SyntaxError) Error() string {
	if e.Column > 0 {
		return fmt.Sprintf("column %d: %s", e.Column, e.Fault)
	}
	return e.Fault
}

// maxFormula bounds the bytes of a formula or a condition, far above what people
// write: beyond it, their nesting could exhaust memory.
const maxFormula = 1 << 14

// checkLength refuses the text of a formula or a condition that is too long. The
// error is a clause about the text.
func checkLength(text string) error {
	if len(text) <= maxFormula {
		return nil
	}
	return fmt.Errorf("has %d bytes, but at most %d are allowed", len(text), maxFormula)
}
