package store

import (
	"context"
	"database/sql"

	"sweep/sweep"
)

const curvesOfRuns = `
	SELECT run.key, step, loss, grad_norm, eval_loss, special, evaluated
	FROM run JOIN point ON point.run = run.id
	WHERE run.key IN (SELECT value FROM json_each(?))
	ORDER BY run.id, step`

// Curves returns the curves of runs in ascending order of steps. A key is
// absent where the run is unknown or has no points yet.
func (s *Store) Curves(ctx context.Context, keys []string) (map[string][]sweep.Point, error) {
	curves := make(map[string][]sweep.Point, len(keys))
	err := s.eachPoint(ctx, keys, func(key string, p sweep.Point) {
		curves[key] = append(curves[key], p)
	})
	if err != nil {
		return nil, s.failed("read curves", err)
	}
	return curves, nil
}

func (s *Store) eachPoint(ctx context.Context, keys []string, visit func(key string, p sweep.Point)) error {
	rows, err := s.reader.QueryContext(ctx, curvesOfRuns, list(keys))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	for rows.Next() {
		var key string
		var p sweep.Point
		var reals [3]sql.NullFloat64
		var lost int64
		if err := rows.Scan(&key, &p.Step, &reals[0], &reals[1], &reals[2], &lost, &p.Evaluated); err != nil {
			return err
		}
		p.Loss, p.GradNorm, p.EvalLoss = restore(reals[0], lost, 0), restore(reals[1], lost, 1), restore(reals[2], lost, 2)
		visit(key, p)
	}
	return rows.Err()
}
