package grid_test

import (
	"errors"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// rowReader is an inspector that knows rows, as many as a run asks for.
type rowReader struct {
	inspector
	asked int
	err   error
}

func (r *rowReader) Rows(p sweep.Params) (sweep.RowSummary, error) {
	r.asked++
	return sweep.RowSummary{Train: p.Rows}, r.err
}

func (*rowReader) FirstRows(sweep.Params, int) ([]sweep.SeenRow, error) { return nil, nil }

func TestARunHasTheSummaryOfTheRowsThatItReads(t *testing.T) {
	reader := &rowReader{}
	p, err := grid.NewPlan(decode(t, "name = 'x'\n[grid]\nrows = [10, 20]\nlr = [1e-3, 1e-2]"), reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range p.Runs {
		if run.Rows == nil || run.Rows.Train != run.Params.Rows {
			t.Errorf("%s has %+v", run.Name, run.Rows)
		}
	}
	if reader.asked != 2 {
		t.Errorf("asked %d times about two numbers of rows", reader.asked)
	}
	if of := plan(t, "[grid]\nlr = [1e-3]").Runs[0].Rows; of != nil {
		t.Errorf("of an inspector that does not tell come the rows %+v", of)
	}
}

func TestRowsThatCannotBeReadAreAnError(t *testing.T) {
	_, err := grid.NewPlan(decode(t, "name = 'x'\n[grid]\nlr = [1e-3]"), &rowReader{err: errors.New("no such rows")})
	if err == nil || !strings.Contains(err.Error(), "no such rows") {
		t.Errorf("error is %v", err)
	}
}
