package postgres

import (
	"context"
	"fmt"

	"sweep/store/record"
	"sweep/sweep"
)

// marksOfSweep has in a mark whatever a write changes: each either begins or ends an
// attempt, or renews its lease, or it is a note.
const marksOfSweep = `
	SELECT cell.key, cell.name, CASE WHEN run.id IS NULL THEN '' ELSE concat_ws(' ', ` + stateNow + `, run.attempt, run.begun, coalesce(run.ended, ''),
		CASE WHEN run.state = 'running' THEN concat_ws(' ', run.expires, run.speed) ELSE '' END,
		CASE WHEN run.state IN ('running', 'pending') THEN (SELECT max(step) FROM point WHERE point.run = run.id) END,
		note.tags, note.text) END
	FROM cell JOIN sweep ON sweep.id = cell.sweep
	LEFT JOIN run ON run.key = cell.key
	LEFT JOIN note ON note.run = run.id
	WHERE sweep.name = $1 ORDER BY cell.ordinal`

// Marks returns a mark of each cell of a sweep, in plan order.
func (s *Store) Marks(ctx context.Context, sweepName string) ([]sweep.Mark, error) {
	var marks []sweep.Mark
	err := s.view(ctx, fmt.Sprintf("look for changes of sweep %q", sweepName), func(db querier) error {
		sw, err := headOf(ctx, db, sweepName)
		if err != nil {
			return err
		}
		marks, err = all(ctx, db, record.ScanMark, marksOfSweep, sw.Name)
		return err
	})
	return marks, err
}
