package trainer

import (
	"sweep/sweep"
	"sweep/trainer/data"
)

var _ sweep.RowReader = (*Trainer)(nil)

// Rows sums up the rows of a run; see sweep.RowReader.
func (t *Trainer) Rows(p sweep.Params) (sweep.RowSummary, error) {
	_, rows, err := t.read(p)
	if err != nil {
		return sweep.RowSummary{}, err
	}
	return rows.summary, nil
}

func summary(train, eval *data.Encoded) sweep.RowSummary {
	a, b := train.Summary, eval.Summary
	s := sweep.RowSummary{
		Train: len(train.Examples), Eval: len(eval.Examples),
		Cut: a.Cut + b.Cut, Long: a.Long + b.Long, Silent: a.Silent + b.Silent,
		Lost:       float64(a.Lost+b.Lost) / float64(max(1, a.Tokens+b.Tokens)),
		Duplicates: train.Duplicates(), Empty: a.Empty, Overlap: eval.Overlap(train),
	}
	s.Median, s.Longest = data.Lengths(train, eval)
	return s
}

// FirstRows returns rows as the model sees them; see sweep.RowReader.
func (t *Trainer) FirstRows(p sweep.Params, n int) ([]sweep.SeenRow, error) {
	b, rows, err := t.read(p)
	if err != nil {
		return nil, err
	}
	text := func(int32) string { return "" } // of a model without a tokenizer
	if k, err := b.Tokenizer(); err == nil {
		text = k.Bytes
	}
	var seen []sweep.SeenRow
	for _, e := range rows.train[:min(n, len(rows.train))] {
		row := sweep.SeenRow{Place: e.Place.String()}
		for i := range len(e.Tokens) + 1 {
			row.Tokens = append(row.Tokens, seenToken(e, i, text))
		}
		seen = append(seen, row)
	}
	return seen, nil
}

// seenToken is token i of an example: one that the model reads or, behind the last of
// them, one that it only predicts.
func seenToken(e data.Example, i int, text func(int32) string) sweep.SeenToken {
	t := sweep.SeenToken{}
	if i > 0 && e.Targets[i-1] >= 0 {
		t.Counts, t.Target = true, e.Targets[i-1]
	}
	if i < len(e.Tokens) {
		t.ID = e.Tokens[i]
	} else {
		t.ID = t.Target
	}
	if !t.Counts {
		t.Target = t.ID
	}
	t.Text = text(t.ID)
	return t
}
