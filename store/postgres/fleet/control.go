package fleet

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Cancel has workers train no more of a sweep ("" for all): what waits goes, and runs in
// training are given back with a checkpoint. It returns of how many runs workers let go.
// What is recorded stays.
func (f *Fleet) Cancel(ctx context.Context, sweepName string) (runs int, err error) {
	there, err := f.prepared(ctx)
	if err != nil || !there {
		return 0, err
	}
	client, err := f.inserter()
	if err != nil {
		return 0, err
	}
	err = f.store.Change(ctx, "cancel", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			DELETE FROM fleet_unit USING fleet_queue JOIN sweep ON sweep.id = fleet_queue.sweep
			WHERE fleet_queue.name = queue AND $1 IN ('', sweep.name) RETURNING fleet_unit.id, cardinality(keys)`, sweepName)
		if err != nil {
			return err
		}
		var id int64
		var n int
		var ids []int64
		runs = 0
		if _, err := pgx.ForEachRow(rows, []any{&id, &n}, func() error {
			ids, runs = append(ids, id), runs+n
			return nil
		}); err != nil {
			return err
		}
		running, err := takeJobs(ctx, tx, ids)
		for _, job := range running {
			if err == nil {
				_, err = client.JobCancelTx(ctx, tx, job)
			}
		}
		return err
	})
	return runs, err
}

// takeJobs removes the jobs of units that wait, and returns those that are being worked.
func takeJobs(ctx context.Context, tx pgx.Tx, units []int64) (running []int64, err error) {
	_, err = tx.Exec(ctx, `
		DELETE FROM river_job WHERE kind = $1 AND state <> 'running' AND (args->>'unit')::bigint = ANY($2)`, unitJob{}.Kind(), units)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT id FROM river_job WHERE kind = $1 AND state = 'running' AND (args->>'unit')::bigint = ANY($2)`, unitJob{}.Kind(), units)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// Pause has workers train nothing of a sweep ("" for all) until it is resumed: runs in
// training are given back with a checkpoint. With pause false it resumes. It returns
// how many runs workers are to train of what it changed.
func (f *Fleet) Pause(ctx context.Context, sweepName string, pause bool) (runs int, err error) {
	err = f.store.Change(ctx, "pause", func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `
			WITH changed AS (
				UPDATE fleet_queue SET paused = $2 FROM sweep WHERE sweep.id = sweep AND $1 IN ('', sweep.name) AND paused <> $2 RETURNING fleet_queue.name)
			SELECT coalesce(sum(cardinality(keys)), 0) FROM fleet_unit JOIN changed ON changed.name = queue`, sweepName, pause).Scan(&runs)
	})
	return runs, err
}
