package sweep

import (
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

// Spec is a grid file: a question, what every run shares, and the axes along
// which runs differ.
//
//	name     = "alpha-tracks-lr"
//	question = "How does the best learning rate move as alpha rises?"
//
//	[fixed]
//	steps = 200
//
//	[grid]                                   # the product of these axes
//	alpha = { pow2 = [1, 256] }              # 1 2 4 ... 256
//	lr    = { log = [1e-4, 1e-1], points = 7 }
//	seed  = [0, 1, 2]
//
// Every parameter may stand in [fixed] or be an axis of [grid]. Paths are
// relative to the file.
type Spec struct {
	Name     string // letters, digits, '.', '_' and '-'
	Question string // "" if none is asked
	File     string // where it was read, for messages
	Source   string // the file's text
	Fixed    Params // the defaults, overlaid with [fixed]
	Axes     []Axis // in file order

	heirs []Parameter // what follows the parameter it inherits from, being set nowhere
}

// Axis is a parameter with the values it takes, each of the Go type of the
// parameter's Kind and none of them twice.
type Axis struct {
	Parameter Parameter
	Values    []any
}

// ParseSpec reads the grid file of that name. What is wrong with its content
// comes back as a *SpecError.
func ParseSpec(file string) (spec *Spec, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read grid: %w", err)
	}
	defer func() {
		if closeErr := f.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("read grid: %w", closeErr)
		}
	}()
	return DecodeSpec(f, file)
}

// DecodeSpec reads a grid from r. Name stands for it in messages, and paths in
// the grid are relative to name's folder. Nothing is left out or passed over:
// all that is wrong comes back at once, as a *SpecError.
func DecodeSpec(r io.Reader, name string) (*Spec, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read grid %s: %w", name, err)
	}
	d := newDecoder(name, string(text))
	spec := d.decode()
	if len(d.problems) > 0 {
		slices.SortStableFunc(d.problems, func(a, b Problem) int { return a.Line - b.Line })
		return nil, &SpecError{File: name, Problems: d.problems}
	}
	return spec, nil
}

// Size returns the number of cells of the grid: the product of its axes'
// lengths, and 1 where there are none. It is a float64 because it may exceed
// every integer type.
func (s *Spec) Size() float64 {
	cells := 1.0
	for _, axis := range s.Axes {
		cells *= float64(len(axis.Values))
	}
	return cells
}

// Cells yields the name and the parameters of every cell, the last axis
// changing fastest. A name says where on its axes the cell is, as in
// "r8-a16-lr1e-3-s0"; names are distinct.
func (s *Spec) Cells() iter.Seq2[string, Params] {
	return func(yield func(string, Params) bool) {
		labels := s.labels()
		for i := range int(s.Size()) {
			if !yield(cellName(s.Name, labels, i), s.cell(i)) {
				return
			}
		}
	}
}

// cell returns the parameters of the i-th cell.
func (s *Spec) cell(i int) Params {
	p := s.Fixed
	for _, axis := range slices.Backward(s.Axes) {
		n := len(axis.Values)
		axis.Parameter.Set(&p, axis.Values[i%n])
		i /= n
	}
	for _, q := range s.heirs {
		q.Set(&p, q.defaultIn(&p))
	}
	return p
}
