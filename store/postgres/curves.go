package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"sweep/store/record"
	"sweep/sweep"
)

const (
	pointsOfRun = `
		SELECT step, loss, grad_norm, eval_loss, 0::bigint, evaluated, coalesce(match_right, 0), coalesce(match_of, 0), measures::text
		FROM point WHERE run = (SELECT id FROM run WHERE %s)`

	curveOfRun = pointsOfRun + ` ORDER BY step`
)

var curveFromStep = fmt.Sprintf(pointsOfRun, `key = $1`) + ` AND step >= $2 ORDER BY step`

// Curves returns the curves of runs in ascending order of steps. A key is
// absent where the run is unknown or has no points yet.
func (s *Store) Curves(ctx context.Context, keys []string) (map[string][]sweep.Point, error) {
	from := make(map[string]int, len(keys))
	for _, key := range keys {
		from[key] = 0 // the first step there is
	}
	return s.CurvesFrom(ctx, from)
}

// CurvesFrom returns the curves of runs, each from a step on.
func (s *Store) CurvesFrom(ctx context.Context, from map[string]int) (map[string][]sweep.Point, error) {
	curves := make(map[string][]sweep.Point, len(from))
	for key, step := range from {
		err := s.read(ctx, "read the curve of run "+sweep.ShortKey(key), func(db querier) error {
			var d record.PointDecoder
			points, err := all(ctx, db, d.Scan, curveFromStep, key, step)
			if len(points) > 0 {
				curves[key] = points
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return curves, nil
}

// curve returns the points of the run that the condition, with its one
// argument, selects.
func curve(ctx context.Context, db querier, condition string, argument any) ([]sweep.Point, error) {
	var d record.PointDecoder
	return all(ctx, db, d.Scan, fmt.Sprintf(curveOfRun, condition), argument)
}

// replaceCheckpoint keeps state as what training goes on from after the last
// point of the curve. No state changes nothing.
func replaceCheckpoint(ctx context.Context, tx pgx.Tx, id int64, state []byte) error {
	if len(state) == 0 {
		return nil
	}
	var step int
	if err := tx.QueryRow(ctx, `SELECT coalesce(max(step), -1) FROM point WHERE run = $1`, id).Scan(&step); err != nil {
		return err
	}
	if err := drop(ctx, tx, id, "checkpoint"); err != nil {
		return err
	}
	return keepCheckpoint(ctx, tx, id, step, state)
}

// keepCheckpoint stores the state of a run after a step, in parts.
func keepCheckpoint(ctx context.Context, tx pgx.Tx, id int64, step int, state []byte) error {
	part := 0
	for bytes := range slices.Chunk(state, record.PartSize) {
		_, err := tx.Exec(ctx, `INSERT INTO checkpoint (run, part, step, checksum, bytes) VALUES ($1, $2, $3, $4, $5)`,
			id, part, step, record.Checksum(bytes), bytes)
		if err != nil {
			return err
		}
		part++
	}
	return nil
}

// checkpoint returns the state that a run goes on from, and the curve up to
// it; neither, where there is none.
func checkpoint(ctx context.Context, db querier, id int64) (c sweep.Checkpoint, err error) {
	if c.State, err = stateOf(ctx, db, id); err != nil || c.State == nil {
		return c, err
	}
	c.Points, err = curve(ctx, db, `id = $1`, id)
	return c, err
}

// stateOf returns the state of a run's checkpoint, nil if there is none.
func stateOf(ctx context.Context, db querier, id int64) (state []byte, err error) {
	rows, err := db.Query(ctx, `SELECT bytes FROM checkpoint WHERE run = $1 ORDER BY part`, id)
	if err != nil {
		return nil, err
	}
	var part pgtype.DriverBytes
	_, err = pgx.ForEachRow(rows, []any{&part}, func() error {
		state = append(state, part...)
		return nil
	})
	return state, err
}
