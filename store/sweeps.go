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
	Keys     []string  // of the cells' runs, in plan order
	Names    []string  // of the cells in this sweep, in plan order
	Created  time.Time // when it was first saved; SaveSweep does not read it
	Saved    time.Time // when it was saved last, which is whenever it is run
}

// instant writes times with a fixed width, so that they sort as text.
const instant = "2006-01-02T15:04:05.000000000Z"

const upsertSweep = `
	INSERT INTO sweep (name, question, toml, created, saved) VALUES (?1, ?2, ?3, ?4, ?4)
	ON CONFLICT (name) DO UPDATE SET question = excluded.question, toml = excluded.toml, saved = excluded.saved
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
		err := tx.QueryRowContext(ctx, upsertSweep, sw.Name, sw.Question, sw.TOML, sw.Saved.UTC().Format(instant)).Scan(&id)
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
	const op = "list the sweeps"
	rows, err := s.reader.QueryContext(ctx, `SELECT id, name, question, toml, created, saved FROM sweep ORDER BY saved DESC, id DESC`)
	if err != nil {
		return nil, s.failed(op, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	var sweeps []Sweep
	at := map[int64]int{} // a sweep's id to its place in sweeps
	for rows.Next() {
		var id int64
		var created, saved string
		var sw Sweep
		if err := rows.Scan(&id, &sw.Name, &sw.Question, &sw.TOML, &created, &saved); err != nil {
			return nil, s.failed(op, err)
		}
		if sw.Created, err = time.Parse(instant, created); err != nil {
			return nil, s.failed(op, err)
		}
		if sw.Saved, err = time.Parse(instant, saved); err != nil {
			return nil, s.failed(op, err)
		}
		at[id] = len(sweeps)
		sweeps = append(sweeps, sw)
	}
	if err := rows.Err(); err != nil {
		return nil, s.failed(op, err)
	}
	return sweeps, s.failed(op, s.addCells(ctx, sweeps, at))
}

// addCells fills in the cells of sweeps, where at tells a sweep's place.
func (s *Store) addCells(ctx context.Context, sweeps []Sweep, at map[int64]int) error {
	rows, err := s.reader.QueryContext(ctx, `SELECT sweep, key, name FROM cell ORDER BY sweep, ordinal`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	for rows.Next() {
		var id int64
		var key, name string
		if err := rows.Scan(&id, &key, &name); err != nil {
			return err
		}
		if i, known := at[id]; known { // else saved since sweeps were read
			sweeps[i].Keys = append(sweeps[i].Keys, key)
			sweeps[i].Names = append(sweeps[i].Names, name)
		}
	}
	return rows.Err()
}

// Sweep returns the sweep of that name, or the one saved last for "". One that is not
// there is an UnknownError, which knows those that are.
func (s *Store) Sweep(ctx context.Context, name string) (Sweep, error) {
	sweeps, err := s.Sweeps(ctx)
	if err != nil {
		return Sweep{}, err
	}
	if name == "" && len(sweeps) > 0 {
		return sweeps[0], nil
	}
	unknown := UnknownError{Kind: "sweep", Name: name}
	for _, sw := range sweeps {
		if sw.Name == name {
			return sw, nil
		}
		unknown.Known = append(unknown.Known, sw.Name)
	}
	unknown.Nearest = sweep.Nearest(name, unknown.Known)
	return Sweep{}, s.failed("look up a sweep", &unknown)
}
