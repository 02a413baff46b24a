package sqlite

import (
	"context"
	"fmt"

	"sweep/store/record"
	"sweep/sweep"
)

// marksOfSweep has in a mark whatever a write changes: each either begins or ends an
// attempt, or renews its lease, or it is a note.
const marksOfSweep = `
	SELECT cell.key, cell.name, coalesce(` + stateNow + ` || ' ' || run.attempt || ' ' || run.begun || ' ' || coalesce(run.ended, '') || ' ' ||
		iif(run.state = 'running', run.expires || ' ' || run.speed, '') || ' ' ||
		iif(run.state IN ('running', 'pending'), coalesce((SELECT max(step) FROM point WHERE point.run = run.id), ''), '') || ' ' ||
		coalesce(note.tags || note.text, ''), '')
	FROM cell JOIN sweep ON sweep.id = cell.sweep
	LEFT JOIN run ON run.key = cell.key
	LEFT JOIN note ON note.run = run.id
	WHERE sweep.name = ? ORDER BY cell.ordinal`

// Marks returns a mark of each cell of a sweep, in plan order.
func (s *Store) Marks(ctx context.Context, sweepName string) ([]sweep.Mark, error) {
	sw, err := s.SweepHead(ctx, sweepName)
	if err != nil {
		return nil, err
	}
	marks, err := all(ctx, s.reader, record.ScanMark, marksOfSweep, sw.Name)
	return marks, s.failed(fmt.Sprintf("look for changes of sweep %q", sw.Name), err)
}
