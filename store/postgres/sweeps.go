package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sweep/store/record"
	"sweep/sweep"
)

const upsertSweep = `
	INSERT INTO sweep (name, question, toml, file, created, saved) VALUES ($1, $2, $3, $4, $5, $5)
	ON CONFLICT (name) DO UPDATE SET question = excluded.question, toml = excluded.toml, file = excluded.file, saved = excluded.saved
	RETURNING id`

// SaveSweep remembers a sweep, as saved at sw.Saved.
func (s *Store) SaveSweep(ctx context.Context, sw sweep.SavedSweep) error {
	return s.write(ctx, fmt.Sprintf("save sweep %q", sw.Name), func(tx pgx.Tx) error {
		if err := record.CheckSaved(sw); err != nil {
			return err
		}
		var id int64
		err := tx.QueryRow(ctx, upsertSweep, sw.Name, sw.Question, sw.TOML, sw.File, sw.Saved.UTC().Format(record.Instant)).Scan(&id)
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
func sealSweep(ctx context.Context, tx pgx.Tx, id int64) (string, error) {
	hash, err := digest(ctx, tx, recordOfSweep, id)
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE sweep SET digest = $1 WHERE id = $2`, hash, id)
	}
	return hash, err
}

func replaceCells(ctx context.Context, tx pgx.Tx, id int64, sw sweep.SavedSweep) error {
	known, err := planned(ctx, tx, id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM cell WHERE sweep = $1`, id); err != nil {
		return err
	}
	return insertCells(ctx, tx, id, record.CellsOf(sw, known))
}

// insertCells gives a sweep its cells, in plan order.
func insertCells(ctx context.Context, tx pgx.Tx, id int64, cells []record.Cell) error {
	keys, names, planned := make([]string, len(cells)), make([]string, len(cells)), make([]string, len(cells))
	for i, c := range cells {
		keys[i], names[i], planned[i] = c.Key, c.Name, c.Planned
	}
	_, err := tx.Exec(ctx, `INSERT INTO cell (sweep, ordinal, key, name, planned)
		SELECT $1, n - 1, key, name, planned FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS c (key, name, planned, n)`,
		id, keys, names, planned)
	if err != nil {
		return fmt.Errorf("its cells: %w", err)
	}
	return nil
}

// Sweeps returns all sweeps, those saved last first.
func (s *Store) Sweeps(ctx context.Context) ([]sweep.SavedSweep, error) {
	var sweeps []sweep.SavedSweep
	err := s.view(ctx, "list the sweeps", func(db querier) (err error) {
		if sweeps, err = heads(ctx, db, "true"); err == nil {
			err = addCells(ctx, db, sweeps)
		}
		return err
	})
	return sweeps, err
}

// SweepHeads is Sweeps without the cells.
func (s *Store) SweepHeads(ctx context.Context) ([]sweep.SavedSweep, error) {
	var sweeps []sweep.SavedSweep
	err := s.read(ctx, "list the sweeps", func(db querier) (err error) {
		sweeps, err = heads(ctx, db, "true")
		return err
	})
	return sweeps, err
}

// heads returns the sweeps for which a condition on their table holds, without
// their cells, those saved last first.
func heads(ctx context.Context, db querier, condition string, arguments ...any) ([]sweep.SavedSweep, error) {
	return all(ctx, db, record.ScanSaved,
		`SELECT name, question, toml, file, created, saved FROM sweep WHERE `+condition+` ORDER BY saved DESC, id DESC`, arguments...)
}

// addCells fills in the cells of sweeps.
func addCells(ctx context.Context, db querier, sweeps []sweep.SavedSweep) error {
	at := make(map[string]int, len(sweeps))
	names := make([]string, len(sweeps))
	for i, sw := range sweeps {
		at[sw.Name], names[i] = i, sw.Name
	}
	rows, err := db.Query(ctx, `
		SELECT sweep.name, cell.key, cell.name FROM sweep JOIN cell ON cell.sweep = sweep.id
		WHERE sweep.name = ANY ($1) ORDER BY cell.sweep, cell.ordinal`, names)
	if err != nil {
		return err
	}
	var of, key, name string
	_, err = pgx.ForEachRow(rows, []any{&of, &key, &name}, func() error {
		sweeps[at[of]].Keys = append(sweeps[at[of]].Keys, key)
		sweeps[at[of]].Names = append(sweeps[at[of]].Names, name)
		return nil
	})
	return err
}

// SweepHead returns the sweep of that name, or the one saved last for "", without
// its cells.
func (s *Store) SweepHead(ctx context.Context, name string) (sweep.SavedSweep, error) {
	var head sweep.SavedSweep
	err := s.read(ctx, "look up a sweep", func(db querier) (err error) {
		head, err = headOf(ctx, db, name)
		return err
	})
	return head, err
}

func headOf(ctx context.Context, db querier, name string) (sweep.SavedSweep, error) {
	found, err := heads(ctx, db, `name = $1 OR $1 = '' AND id = (SELECT id FROM sweep ORDER BY saved DESC, id DESC LIMIT 1)`, name)
	if err != nil || len(found) > 0 {
		return append(found, sweep.SavedSweep{})[0], err
	}
	known, err := texts(ctx, db, `SELECT name FROM sweep ORDER BY saved DESC, id DESC`)
	if err != nil {
		return sweep.SavedSweep{}, err
	}
	return sweep.SavedSweep{}, &sweep.NotFoundError{Kind: "sweep", Name: name, Known: known, Nearest: sweep.Nearest(name, known)}
}

// StateCounts is how many cells of each sweep are in each state, by the sweep's name.
func (s *Store) StateCounts(ctx context.Context) (map[string]map[sweep.State]int, error) {
	var counts map[string]map[sweep.State]int
	err := s.read(ctx, "count the runs of the sweeps", func(db querier) error {
		counts = map[string]map[sweep.State]int{}
		rows, err := db.Query(ctx, `
			SELECT sweep.name, coalesce(`+stateNow+`, 'pending'), count(*)
			FROM sweep JOIN cell ON cell.sweep = sweep.id LEFT JOIN run ON run.key = cell.key GROUP BY 1, 2`)
		if err != nil {
			return err
		}
		var name string
		var state sweep.State
		var n int
		_, err = pgx.ForEachRow(rows, []any{&name, &state, &n}, func() error {
			if counts[name] == nil {
				counts[name] = map[sweep.State]int{}
			}
			counts[name][state] = n
			return nil
		})
		return err
	})
	return counts, err
}
