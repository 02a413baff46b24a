package sqlite

import (
	"context"
	"fmt"

	"sweep/store/record"
	"sweep/sweep"
)

const (
	pointsOfRun = `
		SELECT step, loss, grad_norm, eval_loss, special, evaluated, coalesce(match_right, 0), coalesce(match_of, 0), measures
		FROM point WHERE run = (SELECT id FROM run WHERE %s)`

	curveOfRun = pointsOfRun + ` ORDER BY step`
)

var curveFromStep = fmt.Sprintf(pointsOfRun, `key = ?`) + ` AND step >= ? ORDER BY step`

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
		var d record.PointDecoder
		points, err := all(ctx, s.reader, d.Scan, curveFromStep, key, step)
		if err != nil {
			return nil, s.failed("read the curve of run "+sweep.ShortKey(key), err)
		}
		if len(points) > 0 {
			curves[key] = points
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
