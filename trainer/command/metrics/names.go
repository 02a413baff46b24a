package metrics

import (
	"slices"

	"sweep/sweep"
)

// name is a name that the program logs numbers under.
type name struct {
	text     string
	quantity int  // that it may be, an index of quantities; none for a measure
	rank     int  // among the names of that quantity: the lowest counts where a line has several
	summary  bool // it stands only in lines that sum a run up
}

// quantities are those that names are looked up for.
var quantities = sweep.Quantities()

// Indices of quantities.
const (
	none = iota - 1
	step
	loss
	gradNorm
	evalLoss
)

// names are the names that the program used so far. Once a quantity was logged under
// one, that stays its name: others are measures.
type names struct {
	known  map[string]*name
	stated map[string]string // what the program calls a quantity, as the grid says
	taken  [4]*name          // by quantity
	more   []sweep.Measure   // of the line that is logged, reused
	notes  *notes
}

func newNames(stated map[string]string, n *notes) *names {
	return &names{known: map[string]*name{}, stated: stated, notes: n}
}

// Bounds on names, which a program that puts a step into them would make without end.
const (
	maxNames = 1000
	maxName  = 200 // bytes
)

// of returns the name with that text; nil for one that is left out, which is noted.
func (n *names) of(text []byte) *name {
	if known, ok := n.known[string(text)]; ok {
		return known
	}
	if len(n.known) >= maxNames || len(text) > maxName || len(text) == 0 {
		n.notes.count(manyNames)
		return nil
	}
	added := n.understand(sweep.OneLine(string(text)))
	n.known[string(text)] = added
	return added
}

func (n *names) understand(text string) *name {
	added := &name{text: text, quantity: none, summary: text == "train_runtime"}
	for i, q := range quantities {
		if n.stated[string(q)] == text {
			added.quantity = i
			return added
		}
	}
	if q := sweep.QuantityOf(text); q != "" && n.stated[string(q)] == "" {
		added.quantity, added.rank = slices.Index(quantities, q), slices.Index(q.Spellings(), sweep.PlainName(text))
	}
	return added
}

// take settles the names of the quantities that a line is the first to have. A line that
// sums a run up has but the step: its train_loss is a mean over all steps.
func (n *names) take(line []member) {
	was, sums := n.taken, isSummary(line)
	for _, m := range line {
		if q := m.name.quantity; q != none && was[q] == nil && (n.taken[q] == nil || m.name.rank < n.taken[q].rank) && (q == step || !sums) {
			n.taken[q] = m.name
		}
	}
}

// isSummary reports whether a line sums a run up, as the last one of the Trainer does.
func isSummary(line []member) bool {
	return slices.ContainsFunc(line, func(m member) bool { return m.name.summary })
}

// meaning returns the quantity that a name stands for, none for a measure.
func (n *names) meaning(of *name) int {
	if of.quantity != none && n.taken[of.quantity] == of {
		return of.quantity
	}
	return none
}
