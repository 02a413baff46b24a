package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"sweep/store/record"
	"sweep/sweep"
)

// replaceCheckpoint keeps state as what training goes on from after the last
// point of the curve. No state changes nothing.
func replaceCheckpoint(ctx context.Context, tx *sql.Tx, id int64, state []byte) error {
	if len(state) == 0 {
		return nil
	}
	if err := drop(ctx, tx, id, "checkpoint"); err != nil {
		return err
	}
	var step int
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(step), -1) FROM point WHERE run = ?`, id).Scan(&step); err != nil {
		return err
	}
	return keepCheckpoint(ctx, tx, id, step, state)
}

// keepCheckpoint stores the state of a run after a step, in parts.
func keepCheckpoint(ctx context.Context, tx *sql.Tx, id int64, step int, state []byte) error {
	part := 0
	for bytes := range slices.Chunk(state, record.PartSize) {
		_, err := tx.ExecContext(ctx, `INSERT INTO checkpoint (run, part, step, checksum, bytes) VALUES (?, ?, ?, ?, ?)`,
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
func checkpoint(ctx context.Context, tx *sql.Tx, id int64) (c sweep.Checkpoint, err error) {
	if c.State, err = stateOf(ctx, tx, id); err != nil || c.State == nil {
		return c, err
	}
	c.Points, err = curve(ctx, tx, `id = ?`, id)
	return c, err
}

// stateOf returns the state of a run's checkpoint, nil if there is none.
func stateOf(ctx context.Context, tx *sql.Tx, id int64) (state []byte, err error) {
	err = each(ctx, tx, func(row record.Scanner) error {
		var part sql.RawBytes
		err := row.Scan(&part)
		state = append(state, part...)
		return err
	}, `SELECT bytes FROM checkpoint WHERE run = ? ORDER BY part`, id)
	return state, err
}
