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
	times := map[string]string{}
	err := each(ctx, tx, func(row record.Scanner) error {
		var key, at string
		err := row.Scan(&key, &at)
		times[key] = at
		return err
	}, `SELECT key, planned FROM cell WHERE sweep = ?`, id)
	return times, err
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
	err = each(ctx, tx, func(row record.Scanner) error { return record.ScanTimes(row, &h) },
		`SELECT cell.name, planned, first_end FROM sweep JOIN cell ON cell.sweep = sweep.id
		LEFT JOIN run ON run.key = cell.key WHERE sweep.name = ?`, name)
	if err != nil {
		return h, err
	}
	h.Predictions, err = all(ctx, tx, record.ScanStated,
		`SELECT text, stated FROM sweep JOIN prediction ON prediction.sweep = sweep.id WHERE sweep.name = ? ORDER BY prediction.id`, name)
	return h, err
}
