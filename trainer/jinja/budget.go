package jinja

import (
	"errors"
	"fmt"
)

// What one rendering may take. Real templates stay a hundred times below.
const (
	maxSteps  = 5_000_000 // nodes evaluated, and elements passed over
	maxBytes  = 256 << 20 // of all texts and lists made, whether they are still in use or not
	maxDepth  = 100       // macros and loops within one another, as they are called
	maxNested = 200       // expressions and statements within one another, as they are written
	maxSource = 4 << 20   // bytes of a template
	maxRange  = 100_000   // elements of range(), as in jinja2's sandbox
)

// budget is what a rendering has taken so far.
type budget struct{ steps, bytes, depth int }

var errSteps = fmt.Errorf("the template takes more than %d steps", maxSteps)

// step takes n steps.
func (b *budget) step(n int) error {
	if n > maxSteps-b.steps {
		return errSteps
	}
	b.steps += n
	return nil
}

// take takes the memory of n bytes, which are made in as many steps of eight.
func (b *budget) take(n int) error {
	if n < 0 || n > maxBytes-b.bytes {
		return fmt.Errorf("the template makes more than %d MiB of text", maxBytes>>20)
	}
	b.bytes += n
	return b.step(n / 8)
}

var errDepth = errors.New("the template calls itself too often")

// enter begins a call, which leave ends.
func (b *budget) enter() error {
	if b.depth++; b.depth > maxDepth {
		return errDepth
	}
	return nil
}

func (b *budget) leave() { b.depth-- }
