package filter

import (
	"fmt"
)

// SyntaxError says what is wrong with the text of a condition or a formula.
type SyntaxError struct {
	Fault   string // a clause about the text
	Column  int    // where in the text, from 1; 0 where it is the text as a whole
	Nearest string // the name most likely meant by a misspelt one, or ""

	// Unlisted says that the text has a name that no parameter and no column has, nor
	// one like it: a list of them would help.
	Unlisted bool
}

func (e *SyntaxError) Error() string {
	if e.Column > 0 {
		return fmt.Sprintf("column %d: %s", e.Column, e.Fault)
	}
	return e.Fault
}

// maxFormula is the largest number of bytes of a formula or a condition, far above
// what people write. The nesting in a larger one could exhaust memory.
const maxFormula = 1 << 14

// checkLength refuses the text of a formula or a condition that is too long. The
// error is a clause about the text.
func checkLength(text string) error {
	if len(text) <= maxFormula {
		return nil
	}
	return fmt.Errorf("has %d bytes, but at most %d are allowed", len(text), maxFormula)
}
