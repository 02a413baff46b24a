package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"sweep/store/record"
	"sweep/sweep"
)

const upsertSweep = `
	INSERT INTO sweep (name, question, toml, file, created, saved) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
	ON CONFLICT (name) DO UPDATE SET question = excluded.question, toml = excluded.toml, file = excluded.file, saved = excluded.saved
	RETURNING id`

// SaveSweep remembers a sweep, as saved at sw.Saved.
func (s *Store) SaveSweep(ctx context.Context, sw sweep.SavedSweep) error {
	return s.write(ctx, fmt.Sprintf("save sweep %q", sw.Name), func(tx *sql.Tx) error {
		if err := record.CheckSaved(sw); err != nil {
			return err
		}
		var id int64
		err := tx.QueryRowContext(ctx, upsertSweep, sw.Name, sw.Question, sw.TOML, sw.File, sw.Saved.UTC().Format(record.Instant)).Scan(&id)
		if err != nil {
			return err
		}
		if err := remember(ctx, tx, id, sw); err != nil {
			return err
		}
		if err := replaceCells(ctx, tx, id, sw); err != nil {
			return err
		}
		_, err = sealSweep(ctx, tx, id)
		return err
	})
}

// sealSweep writes the digest of a sweep, and returns it.
func sealSweep(ctx context.Context, tx *sql.Tx, id int64) (string, error) {
	hash, err := digest(ctx, tx, recordOfSweep, id)
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE sweep SET digest = ? WHERE id = ?`, hash, id)
	}
	return hash, err
}

func replaceCells(ctx context.Context, tx *sql.Tx, id int64, sw sweep.SavedSweep) error {
	known, err := planned(ctx, tx, id)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM cell WHERE sweep = ?`, id); err != nil {
		return err
	}
	return insertCells(ctx, tx, id, record.CellsOf(sw, known))
}

// insertCells gives a sweep its cells, in plan order.
func insertCells(ctx context.Context, tx *sql.Tx, id int64, cells []record.Cell) error {
	for i, c := range cells {
		_, err := tx.ExecContext(ctx, `INSERT INTO cell (sweep, ordinal, key, name, planned) VALUES (?, ?, ?, ?, ?)`, id, i, c.Key, c.Name, c.Planned)
		if err != nil {
			return fmt.Errorf("cell %s: %w", c.Name, err)
		}
	}
	return nil
}

// Sweeps returns all sweeps, those saved last first.
func (s *Store) Sweeps(ctx context.Context) ([]sweep.SavedSweep, error) {
	sweeps, err := s.SweepHeads(ctx)
	if err != nil {
		return nil, err
	}
	return sweeps, s.failed("list the sweeps", s.addCells(ctx, sweeps))
}

// SweepHeads is Sweeps without the cells.
func (s *Store) SweepHeads(ctx context.Context) ([]sweep.SavedSweep, error) {
	sweeps, err := s.heads(ctx, "true")
	return sweeps, s.failed("list the sweeps", err)
}

// heads returns the sweeps for which a condition on their table holds, without
// their cells, those saved last first.
func (s *Store) heads(ctx context.Context, condition string, arguments ...any) ([]sweep.SavedSweep, error) {
	return all(ctx, s.reader, record.ScanSaved,
		`SELECT name, question, toml, file, created, saved FROM sweep WHERE `+condition+` ORDER BY saved DESC, id DESC`, arguments...)
}

// addCells fills in the cells of sweeps.
func (s *Store) addCells(ctx context.Context, sweeps []sweep.SavedSweep) error {
	at := make(map[string]int, len(sweeps))
	names := make([]string, len(sweeps))
	for i, sw := range sweeps {
		at[sw.Name], names[i] = i, sw.Name
	}
	return each(ctx, s.reader, func(row record.Scanner) error {
		var of, key, name string
		if err := row.Scan(&of, &key, &name); err != nil {
			return err
		}
		sweeps[at[of]].Keys = append(sweeps[at[of]].Keys, key)
		sweeps[at[of]].Names = append(sweeps[at[of]].Names, name)
		return nil
	}, `
		SELECT sweep.name, cell.key, cell.name FROM sweep JOIN cell ON cell.sweep = sweep.id
		WHERE sweep.name IN (SELECT value FROM json_each(?)) ORDER BY cell.sweep, cell.ordinal`, record.List(names))
}

// SweepHead returns the sweep of that name, or the one saved last for "", without
// its cells.
func (s *Store) SweepHead(ctx context.Context, name string) (sweep.SavedSweep, error) {
	const op = "look up a sweep"
	found, err := s.heads(ctx, `name = ?1 OR ?1 = '' AND id = (SELECT id FROM sweep ORDER BY saved DESC, id DESC LIMIT 1)`, name)
	if err != nil {
		return sweep.SavedSweep{}, s.failed(op, err)
	}
	if len(found) > 0 {
		return found[0], nil
	}
	known, err := texts(ctx, s.reader, `SELECT name FROM sweep ORDER BY saved DESC, id DESC`)
	if err != nil {
		return sweep.SavedSweep{}, s.failed(op, err)
	}
	return sweep.SavedSweep{}, s.failed(op, &sweep.NotFoundError{Kind: "sweep", Name: name, Known: known, Nearest: sweep.Nearest(name, known)})
}

// StateCounts is how many cells of each sweep are in each state, by the sweep's name.
func (s *Store) StateCounts(ctx context.Context) (map[string]map[sweep.State]int, error) {
	counts := map[string]map[sweep.State]int{}
	err := each(ctx, s.reader, func(row record.Scanner) error {
		var name string
		var state sweep.State
		var n int
		err := row.Scan(&name, &state, &n)
		if counts[name] == nil {
			counts[name] = map[sweep.State]int{}
		}
		counts[name][state] = n
		return err
	}, `
		SELECT sweep.name, coalesce(`+stateNow+`, 'pending') AS now, count(*)
		FROM sweep JOIN cell ON cell.sweep = sweep.id LEFT JOIN run ON run.key = cell.key GROUP BY sweep.name, now`)
	return counts, s.failed("count the runs of the sweeps", err)
}
