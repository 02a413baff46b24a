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
	part := 0
	for bytes := range slices.Chunk(state, record.PartSize) {
		_, err := tx.ExecContext(ctx, `INSERT INTO checkpoint (run, part, step, checksum, bytes)
			VALUES (?1, ?2, (SELECT coalesce(max(step), -1) FROM point WHERE run = ?1), ?3, ?4)`, id, part, record.Checksum(bytes), bytes)
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
	rows, err := tx.QueryContext(ctx, `SELECT bytes FROM checkpoint WHERE run = ? ORDER BY part`, id)
	if err != nil {
		return c, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	for rows.Next() {
		var part sql.RawBytes
		if err := rows.Scan(&part); err != nil {
			return c, err
		}
		c.State = append(c.State, part...)
	}
	if err := rows.Err(); err != nil || c.State == nil {
		return c, err
	}
	c.Points, err = curve(ctx, tx, `id = ?`, id)
	return c, err
}
