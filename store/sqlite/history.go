package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"sweep/store/record"
	"sweep/sweep"
)

// firstEnd is when the first run of a sweep's cells ended, NULL if none has. The
// time is as run has it, to the millisecond.
const firstEnd = `(SELECT min(run.first_end) FROM cell JOIN run ON run.key = cell.key WHERE cell.sweep = sweep.id)`

// everEnded is the same for the cells that the sweep ever had.
const everEnded = `min(coalesce(ended, ` + firstEnd + `), coalesce(` + firstEnd + `, ended))`

// rememberEnded keeps for every sweep when the first of its runs ended.
const rememberEnded = `UPDATE sweep SET ended = ` + everEnded

// remember keeps what SaveSweep would lose with the cells that it replaces: when the
// first run ended. It adds the predictions that are new.
func remember(ctx context.Context, tx *sql.Tx, id int64, sw sweep.SavedSweep) error {
	if _, err := tx.ExecContext(ctx, rememberEnded+` WHERE id = ?`, id); err != nil {
		return err
	}
	for _, text := range sw.Predictions {
		if err := predict(ctx, tx, id, record.Prediction{Text: text, Stated: sw.Saved.UTC().Format(record.Instant)}); err != nil {
			return err
		}
	}
	return nil
}

// predict adds a prediction to a sweep, unless it has it.
func predict(ctx context.Context, tx *sql.Tx, id int64, p record.Prediction) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO prediction (sweep, text, stated) VALUES (?, ?, ?) ON CONFLICT (sweep, text) DO NOTHING`, id, p.Text, p.Stated)
	if err != nil {
		return fmt.Errorf("prediction %q: %w", p.Text, err)
	}
	return nil
}

// planned returns since when the sweep has each of its runs, by key. Names change with
// the axes that there are.
func planned(ctx context.Context, tx *sql.Tx, id int64) (map[string]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT key, planned FROM cell WHERE sweep = ?`, id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	times := map[string]string{}
	for rows.Next() {
		var key, at string
		if err := rows.Scan(&key, &at); err != nil {
			return nil, err
		}
		times[key] = at
	}
	return times, rows.Err()
}

// History returns when a sweep was planned, predicted and looked at.
func (s *Store) History(ctx context.Context, sweepName string) (sweep.History, error) {
	sw, err := s.SweepHead(ctx, sweepName)
	if err != nil {
		return sweep.History{}, err
	}
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return sweep.History{}, s.failed("read the history of a sweep", err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	h, err := history(ctx, tx, sw.Name)
	return h, s.failed(fmt.Sprintf("read the history of sweep %q", sw.Name), err)
}

func history(ctx context.Context, tx *sql.Tx, name string) (sweep.History, error) {
	h := sweep.History{Planned: map[string]time.Time{}, Ended: map[string]time.Time{}}
	var ended sql.NullString
	err := tx.QueryRowContext(ctx, `SELECT `+everEnded+` FROM sweep WHERE name = ?`, name).Scan(&ended)
	if err == nil {
		h.FirstEnded, err = record.Moment(ended)
	}
	if err != nil {
		return h, err
	}
	err = eachRow(ctx, tx, `SELECT cell.name, planned, first_end FROM sweep JOIN cell ON cell.sweep = sweep.id
		LEFT JOIN run ON run.key = cell.key WHERE sweep.name = ?`, name, func(scan func(...any) error) error {
		var cell string
		var planned, ended sql.NullString
		if err := scan(&cell, &planned, &ended); err != nil {
			return err
		}
		if h.Planned[cell], err = record.Moment(planned); err != nil || !ended.Valid {
			return err
		}
		h.Ended[cell], err = record.Moment(ended)
		return err
	})
	if err != nil {
		return h, err
	}
	err = eachRow(ctx, tx, `SELECT text, stated FROM sweep JOIN prediction ON prediction.sweep = sweep.id
		WHERE sweep.name = ? ORDER BY prediction.id`, name, func(scan func(...any) error) error {
		var p sweep.Stated
		var stated sql.NullString
		if err := scan(&p.Prediction, &stated); err != nil {
			return err
		}
		p.At, err = record.Moment(stated)
		h.Predictions = append(h.Predictions, p)
		return err
	})
	return h, err
}

// eachRow calls use for each row of a query with one argument.
func eachRow(ctx context.Context, tx *sql.Tx, query, argument string, use func(scan func(...any) error) error) error {
	rows, err := tx.QueryContext(ctx, query, argument)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	for rows.Next() {
		if err := use(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
