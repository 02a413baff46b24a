package grid

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/regular"
)

// Spec is a grid file: a question, and the arms that answer it.
//
//	name     = "alpha-rules"
//	question = "Which alpha needs no new learning rate as r rises?"
//
//	[fixed]                                  # what every run shares
//	seq = 64
//
//	[grid]                                   # the product of these axes
//	r    = { pow2 = [1, 64] }                # 1 2 4 ... 64
//	lr   = { log = [1e-4, 1e-1], points = 7 }
//	seed = [0, 1, 2]
//
//	[[zip]]                                  # axes that move together: one axis
//	batch = [8, 16]                          # of the product
//	steps = [400, 200]
//
//	[[when]]                                 # an axis of some cells only
//	where   = "alpha > 64"
//	dropout = [0, 0.1]
//
//	[[exclude]]                              # cells to leave out;
//	where = "r = 64 and lr > 1e-2"           # [[require]]: those to keep
//
//	[[arm]]                                  # settings side by side
//	name = "alpha-16"
//	[arm.fixed]
//	alpha = 16
//
//	[[arm]]
//	name = "alpha-2r"
//	[arm.derive]                             # computed in each cell
//	alpha = "2*r"
//
//	[[predict]]                              # what the runs will show
//	says     = "At alpha = 16, the lr of the first r serves all"
//	quantity = "worst regret"
//	along    = "r"
//	where    = "arm = 'alpha-16'"
//	below    = 0.05
//
// Every parameter may stand in one of [fixed], [grid], [[zip]] and [derive], or in
// [[when]]. In cells where no condition of a [[when]] is true, its parameter has the
// value in [fixed] or its default. An arm has tables of its own, [arm.fixed] and so on.
// What these set replaces what the whole file sets for the same parameter; [[exclude]]
// and [[require]] of the whole file apply to each arm as well. Formulas may hold the
// numeric parameters, + - * / ^ and sqrt, abs, log2, floor, ceil, round, min, max; they
// give the same bits on every machine. Conditions are those of filter.NewCondition, and
// in a [[predict]], which decides nothing about the runs, those of filter.NewSelection.
// Paths are relative to the file.
//
// The grid that Imported.Describe writes of runs trained elsewhere says imported = "where
// from". It describes what is stored, and NewPlan refuses it.
//
// With include = "base.toml" a file, or an arm, starts from the content of another
// file, and with include = { file = "base.toml", set = ["steps=400"] } from what ParseSpec
// reads of it with these settings. What it sets replaces what that file sets for the same parameter. Its arms come
// after those of that file, or change the arm of the same name, and its predictions
// after those, or replace the one that says the same. Source then ends with
// the included files, each as [[included]] with its file and text. When Source is
// read, the included texts are taken from there, even if the files have changed.
//
// Names on the Hugging Face hub may stand for other files tomorrow. Pin returns the grid
// in which they stand for the commits that were found.
//
// Runs that start from an adapter have the r, alpha, scaling, targets and dropout that
// it was trained with, unless the grid sets them. NewPlan asks the inspector for these.
// Before that, cells that depend on them have the defaults. Likewise NewPlan asks how
// many rows there are where epochs decides the steps of runs.
//
// With a [command], or an [arm.command] in place of it, a program of the person's own trains
// the runs: see sweep.Command. Its parameters are those of the tables above, whose paths
// are texts to it, and any other name that is set there, to a number, a flag or a text: a
// parameter of its own. Each must get to the program, and steps must be set.
type Spec struct {
	Name     string // letters, digits, '.', '_' and '-', 100 at the most
	Question string // "" if none is asked
	File     string // where it was read, for messages
	Source   string // the file's text, with the files that it includes
	Imported string // where its runs were read, if they were trained elsewhere; "" in a grid to train
	Arms     []Arm  // in file order; one without a name where the file has no [[arm]]

	adapters    adapters                // that it names
	counts      counts                  // of the rows of its runs, where epochs decides their steps
	counted     map[string]sweep.Params // the settings of each of counts
	predictions []prediction
	customs     []sweep.Parameter // that commands have of their own, ascending by name
}

// ParseSpec reads the grid file of that name, with settings that replace what it sets,
// such as "lr=1e-3", "grid.alpha=[8, 64]" or "arm.sgd.lr=0.1". They become part of
// Source. What is wrong with the content comes back as a *SpecError.
func ParseSpec(file string, settings ...string) (spec *Spec, err error) {
	f, err := regular.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read grid: %w", err)
	}
	defer func() {
		if closeErr := f.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("read grid: %w", closeErr)
		}
	}()
	text, err := regular.ReadAll(f, maxText)
	if err != nil {
		return nil, fmt.Errorf("read grid %s: %w", file, err)
	}
	changed, err := addSettings(string(text), settings)
	if err != nil {
		return nil, fmt.Errorf("--set %w", err)
	}
	return decodeText(changed, file)
}

// DecodeSpec reads a grid from r. Name is its file in messages, and paths in the grid
// are relative to name's folder. All that is wrong comes back at once, as a *SpecError;
// nothing is ignored.
func DecodeSpec(r io.Reader, name string) (*Spec, error) {
	text, err := regular.ReadAll(r, maxText)
	if err != nil {
		return nil, fmt.Errorf("read grid %s: %w", name, err)
	}
	return decodeText(string(text), name)
}

func decodeText(text, name string) (*Spec, error) {
	d := newDecoder(name, text, nil)
	d.library.size = len(text)
	spec := d.decode()
	if len(d.problems) > 0 {
		for i, p := range d.problems {
			d.problems[i] = p.asFlag()
		}
		slices.SortStableFunc(d.problems, func(a, b Problem) int {
			return cmp.Or(cmp.Compare(a.File, b.File), a.Line-b.Line)
		})
		return nil, &SpecError{File: name, Problems: d.problems, More: d.more}
	}
	var err error
	if spec.Source, err = d.library.bundle(spec.Source); err == nil && len(spec.Source) > maxText {
		err = fmt.Errorf("read grid %s with the files that it includes: %w", name, regular.TooLarge(maxText))
	}
	return spec, err
}

// Customs returns the parameters that commands of the grid have of their own, ascending by
// name.
func (s *Spec) Customs() []sweep.Parameter { return s.customs }

// parameters returns all parameters that the grid may set.
func (s *Spec) parameters() []sweep.Parameter { return slices.Concat(sweep.Parameters(), s.customs) }

// Size returns the number of cells before exclusions: the product of the axes' lengths,
// summed over the arms. It is a float64 since it may exceed every integer type.
func (s *Spec) Size() float64 {
	cells := 0.0
	for i := range s.Arms {
		cells += s.Arms[i].size()
	}
	return cells
}

// Cells yields the name and the parameters of every cell, arm by arm, the last axis
// changing fastest. A name is a sweep.CellName, such as "sgd/r8-a16-lr1e-3-s0". No two
// cells have the same name.
func (s *Spec) Cells() iter.Seq2[string, sweep.Params] {
	return func(yield func(string, sweep.Params) bool) {
		for c, p := range s.cells(nil) {
			if !yield(c.Name, p) {
				return
			}
		}
	}
}

// cells yields every cell, which has no Key yet, and its parameters. It calls
// dropped with the rule that drops a combination of the axes' points, if dropped
// is not nil.
func (s *Spec) cells(dropped func(rule)) iter.Seq2[Cell, sweep.Params] {
	return func(yield func(Cell, sweep.Params) bool) {
		for k := range s.Arms {
			arm := &s.Arms[k]
			labels := arm.labels()
			for i := range int(arm.size()) {
				c, by, _ := arm.cell(i)
				switch {
				case c.dropped && dropped != nil:
					dropped(by)
				case c.dropped:
				case !yield(Cell{Arm: arm.Name, Name: cellName(s.Name, arm.Name, labels, c.at)}, c.params):
					return
				}
			}
		}
	}
}

// finder returns a function that looks up a cell by its name, without going through all
// cells.
func (s *Spec) finder() func(name string) (sweep.Params, bool) {
	labels := make([][][]string, len(s.Arms))
	points := make([][]map[string]int, len(s.Arms)) // of each axis, by label
	for k := range s.Arms {
		labels[k] = s.Arms[k].labels()
		for _, axis := range labels[k] {
			at := make(map[string]int, len(axis))
			for i, label := range axis {
				at[label] = i
			}
			points[k] = append(points[k], at)
		}
	}
	return func(name string) (p sweep.Params, found bool) {
		of, words := sweep.SplitCellName(name)
		for k := range s.Arms {
			arm := &s.Arms[k]
			if arm.Name != of {
				continue
			}
			is := func(i int) bool {
				c, _, _ := arm.cell(i)
				p, found = c.params, !c.dropped && cellName(s.Name, arm.Name, labels[k], c.at) == name
				return found
			}
			if arm.seek(words, points[k], 0, is) || words == s.Name && arm.seek("", points[k], 0, is) {
				return p, true
			}
		}
		return sweep.Params{}, false
	}
}

// seek reads words as the labels of the last len(points) axes. Since labels may hold
// the '-' that separates them, there may be several ways to do so. For each it calls
// is with the number of the combination, until that is the cell. Points holds the
// points of the axes by label, and i is the number of the combination of the axes
// before. An axis that does not exist in the cell is at its first point.
func (a *Arm) seek(words string, points []map[string]int, i int, is func(i int) bool) bool {
	if len(points) == 0 {
		return words == "" && is(i)
	}
	axis := a.Axes[len(a.Axes)-len(points)]
	i *= len(axis.Points)
	if axis.Conditional && a.seek(words, points[1:], i, is) {
		return true
	}
	for end := 0; end < len(words); {
		if next := strings.IndexByte(words[end+1:], '-'); next >= 0 {
			end += 1 + next
		} else {
			end = len(words)
		}
		at, known := points[0][words[:end]]
		if known && a.seek(words[min(end+1, len(words)):], points[1:], i+at, is) {
			return true
		}
	}
	return false
}

// exclusions returns the [[exclude]]s and [[require]]s of all arms, each once.
func (s *Spec) exclusions() (all []exclusion) {
	for _, arm := range s.Arms {
		for _, r := range arm.rules {
			x, ok := r.(exclusion)
			if ok && !slices.ContainsFunc(all, func(y exclusion) bool { return x.at == y.at }) {
				all = append(all, x)
			}
		}
	}
	return all
}
