package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sweep/sweep"
)

// Sweep is a question and the cells that answer it.
type Sweep struct {
	Name     string
	Question string
	TOML     string    // the grid file, as it was run
	File     string    // its name then, "" if it had none
	Keys     []string  // of the cells' runs, in plan order
	Names    []string  // of the cells in this sweep, in plan order
	Created  time.Time // when it was first saved; SaveSweep does not read it
	Saved    time.Time // when it was saved last, which is whenever it is run
}

// instant writes times with a fixed width, so that they sort as text.
const instant = "2006-01-02T15:04:05.000000000Z"

const upsertSweep = `
	INSERT INTO sweep (name, question, toml, file, created, saved) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
	ON CONFLICT (name) DO UPDATE SET question = excluded.question, toml = excluded.toml, file = excluded.file, saved = excluded.saved
	RETURNING id`

// SaveSweep remembers a sweep, as saved at sw.Saved. One of the same name is
// replaced, cell list and all; the time it was created and the runs it had stay.
func (s *Store) SaveSweep(ctx context.Context, sw Sweep) error {
	return s.write(ctx, fmt.Sprintf("save sweep %q", sw.Name), func(tx *sql.Tx) error {
		if sw.Name == "" {
			return errors.New("it has no name")
		}
		if len(sw.Keys) != len(sw.Names) {
			return fmt.Errorf("it has %d keys and %d names of cells", len(sw.Keys), len(sw.Names))
		}
		var id int64
		err := tx.QueryRowContext(ctx, upsertSweep, sw.Name, sw.Question, sw.TOML, sw.File, sw.Saved.UTC().Format(instant)).Scan(&id)
		if err != nil {
			return err
		}
		if err := replaceCells(ctx, tx, id, sw); err != nil {
			return err
		}
		hash, err := digest(ctx, tx, recordOfSweep, id)
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE sweep SET digest = ? WHERE id = ?`, hash, id)
		}
		return err
	})
}

func replaceCells(ctx context.Context, tx *sql.Tx, id int64, sw Sweep) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM cell WHERE sweep = ?`, id); err != nil {
		return err
	}
	for i, key := range sw.Keys {
		_, err := tx.ExecContext(ctx, `INSERT INTO cell (sweep, ordinal, key, name) VALUES (?, ?, ?, ?)`, id, i, key, sw.Names[i])
		if err != nil {
			return fmt.Errorf("cell %s: %w", sw.Names[i], err)
		}
	}
	return nil
}

// Sweeps returns all sweeps, those saved last first.
func (s *Store) Sweeps(ctx context.Context) ([]Sweep, error) {
	sweeps, err := s.SweepHeads(ctx)
	if err != nil {
		return nil, err
	}
	return sweeps, s.failed("list the sweeps", s.addCells(ctx, sweeps))
}

// SweepHeads is Sweeps without the cells.
func (s *Store) SweepHeads(ctx context.Context) ([]Sweep, error) {
	sweeps, err := s.heads(ctx, "true")
	return sweeps, s.failed("list the sweeps", err)
}

// SweepNames returns the names of all sweeps, those saved last first.
func (s *Store) SweepNames(ctx context.Context) ([]string, error) {
	names, err := s.column(ctx, `SELECT name FROM sweep ORDER BY saved DESC, id DESC`)
	return names, s.failed("list the names of sweeps", err)
}

// heads returns the sweeps for which a condition on their table holds, without
// their cells, those saved last first.
func (s *Store) heads(ctx context.Context, condition string, arguments ...any) ([]Sweep, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT name, question, toml, file, created, saved FROM sweep WHERE `+condition+` ORDER BY saved DESC, id DESC`, arguments...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	var sweeps []Sweep
	for rows.Next() {
		var created, saved string
		var sw Sweep
		if err := rows.Scan(&sw.Name, &sw.Question, &sw.TOML, &sw.File, &created, &saved); err != nil {
			return nil, err
		}
		if sw.Created, err = time.Parse(instant, created); err != nil {
			return nil, err
		}
		if sw.Saved, err = time.Parse(instant, saved); err != nil {
			return nil, err
		}
		sweeps = append(sweeps, sw)
	}
	return sweeps, rows.Err()
}

// addCells fills in the cells of sweeps.
func (s *Store) addCells(ctx context.Context, sweeps []Sweep) error {
	at := make(map[string]int, len(sweeps))
	names := make([]string, len(sweeps))
	for i, sw := range sweeps {
		at[sw.Name], names[i] = i, sw.Name
	}
	rows, err := s.reader.QueryContext(ctx, `
		SELECT sweep.name, cell.key, cell.name FROM sweep JOIN cell ON cell.sweep = sweep.id
		WHERE sweep.name IN (SELECT value FROM json_each(?)) ORDER BY cell.sweep, cell.ordinal`, list(names))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	for rows.Next() {
		var of, key, name string
		if err := rows.Scan(&of, &key, &name); err != nil {
			return err
		}
		sweeps[at[of]].Keys = append(sweeps[at[of]].Keys, key)
		sweeps[at[of]].Names = append(sweeps[at[of]].Names, name)
	}
	return rows.Err()
}

// Sweep returns the sweep of that name, or the one saved last for "". One that is not
// there is an UnknownError, which knows those that are.
func (s *Store) Sweep(ctx context.Context, name string) (Sweep, error) {
	sw, err := s.SweepHead(ctx, name)
	if err != nil {
		return Sweep{}, err
	}
	one := []Sweep{sw}
	err = s.addCells(ctx, one)
	return one[0], s.failed("look up a sweep", err)
}

// SweepHead is Sweep without the cells.
func (s *Store) SweepHead(ctx context.Context, name string) (Sweep, error) {
	const op = "look up a sweep"
	found, err := s.heads(ctx, `name = ?1 OR ?1 = '' AND id = (SELECT id FROM sweep ORDER BY saved DESC, id DESC LIMIT 1)`, name)
	if err != nil {
		return Sweep{}, s.failed(op, err)
	}
	if len(found) > 0 {
		return found[0], nil
	}
	known, err := s.SweepNames(ctx)
	if err != nil {
		return Sweep{}, err
	}
	return Sweep{}, s.failed(op, &UnknownError{Kind: "sweep", Name: name, Known: known, Nearest: sweep.Nearest(name, known)})
}

// Tally is how many cells of each sweep are in each state, by the sweep's name.
func (s *Store) Tally(ctx context.Context) (map[string]map[sweep.State]int, error) {
	const op = "count the runs of the sweeps"
	rows, err := s.reader.QueryContext(ctx, `
		SELECT sweep.name, coalesce(`+stateNow+`, 'pending') AS now, count(*)
		FROM sweep JOIN cell ON cell.sweep = sweep.id LEFT JOIN run ON run.key = cell.key GROUP BY sweep.name, now`)
	if err != nil {
		return nil, s.failed(op, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	tally := map[string]map[sweep.State]int{}
	for rows.Next() {
		var name string
		var state sweep.State
		var n int
		if err := rows.Scan(&name, &state, &n); err != nil {
			return nil, s.failed(op, err)
		}
		if tally[name] == nil {
			tally[name] = map[sweep.State]int{}
		}
		tally[name][state] = n
	}
	return tally, s.failed(op, rows.Err())
}
