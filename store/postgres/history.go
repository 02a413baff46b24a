package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sweep/store/record"
	"sweep/sweep"
)

// firstEnd is when the first run of a sweep's cells ended, NULL if none has. The
// time is as run has it, to the millisecond.
const firstEnd = `(SELECT min(run.first_end) FROM cell JOIN run ON run.key = cell.key WHERE cell.sweep = sweep.id)`

// everEnded is the same for the cells that the sweep ever had.
const everEnded = `least(ended, ` + firstEnd + `)`

// rememberEnded keeps for every sweep when the first of its runs ended.
const rememberEnded = `UPDATE sweep SET ended = ` + everEnded

// remember keeps what SaveSweep would lose with the cells that it replaces: when the
// first run ended. It adds the predictions that are new.
func remember(ctx context.Context, tx pgx.Tx, id int64, sw sweep.SavedSweep) error {
	if _, err := tx.Exec(ctx, rememberEnded+` WHERE id = $1`, id); err != nil {
		return err
	}
	for _, text := range sw.Predictions {
		_, err := tx.Exec(ctx, `INSERT INTO prediction (sweep, text, stated) VALUES ($1, $2, $3) ON CONFLICT (sweep, text) DO NOTHING`,
			id, text, sw.Saved.UTC().Format(record.Instant))
		if err != nil {
			return fmt.Errorf("prediction %q: %w", text, err)
		}
	}
	return nil
}

// planned returns since when the sweep has each of its runs, by key. Names change with
// the axes that there are.
func planned(ctx context.Context, tx pgx.Tx, id int64) (map[string]string, error) {
	rows, err := tx.Query(ctx, `SELECT key, planned FROM cell WHERE sweep = $1`, id)
	if err != nil {
		return nil, err
	}
	times := map[string]string{}
	var key, at string
	_, err = pgx.ForEachRow(rows, []any{&key, &at}, func() error {
		times[key] = at
		return nil
	})
	return times, err
}

// History returns when a sweep was planned, predicted and looked at.
func (s *Store) History(ctx context.Context, sweepName string) (sweep.History, error) {
	var h sweep.History
	err := s.view(ctx, "read the history of a sweep", func(db querier) error {
		sw, err := headOf(ctx, db, sweepName)
		if err == nil {
			h, err = history(ctx, db, sw.Name)
		}
		return err
	})
	return h, err
}

func history(ctx context.Context, db querier, name string) (sweep.History, error) {
	h := sweep.History{Planned: map[string]time.Time{}, Ended: map[string]time.Time{}}
	var first sql.NullString
	err := db.QueryRow(ctx, `SELECT `+everEnded+` FROM sweep WHERE name = $1`, name).Scan(&first)
	if err == nil {
		h.FirstEnded, err = record.Moment(first)
	}
	if err != nil {
		return h, err
	}
	err = each(ctx, db, func(row record.Scanner) error { return record.ScanTimes(row, &h) },
		`SELECT cell.name, planned, first_end FROM sweep JOIN cell ON cell.sweep = sweep.id
		LEFT JOIN run ON run.key = cell.key WHERE sweep.name = $1`, name)
	if err != nil {
		return h, err
	}
	h.Predictions, err = all(ctx, db, record.ScanStated,
		`SELECT text, stated FROM sweep JOIN prediction ON prediction.sweep = sweep.id WHERE sweep.name = $1 ORDER BY prediction.id`, name)
	return h, err
}
