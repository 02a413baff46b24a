package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"sweep/store/record"
	"sweep/sweep"
)

// EditNote replaces the note of a sweep or a run by what edit makes of it.
func (s *Store) EditNote(ctx context.Context, of sweep.Subject, edit func(sweep.Note) sweep.Note) error {
	kind, name, column := "sweep", of.Sweep, "name"
	if of.Sweep == "" {
		kind, name, column = "run", of.Key, "key"
	}
	return s.write(ctx, "note on "+kind+" "+sweep.ShortKey(name), func(tx *sql.Tx) error {
		var id int64
		err := tx.QueryRowContext(ctx, `SELECT id FROM `+kind+` WHERE `+column+` = ?`, name).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return &sweep.NotFoundError{Kind: kind, Name: name}
		}
		if err != nil {
			return err
		}
		old, err := noteOn(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		return replaceNote(ctx, tx, kind, id, edit(old))
	})
}

// noteOn is the note on a sweep or a run.
func noteOn(ctx context.Context, tx *sql.Tx, kind string, id int64) (sweep.Note, error) {
	var text, tags sql.NullString
	err := tx.QueryRowContext(ctx, `SELECT text, tags FROM note WHERE `+kind+` = ?`, id).Scan(&text, &tags)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return sweep.Note{}, err
	}
	return record.Note(text, tags)
}

// replaceNote writes the note on a sweep or a run, or takes an empty one away.
func replaceNote(ctx context.Context, tx *sql.Tx, kind string, id int64, note sweep.Note) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM note WHERE `+kind+` = ?`, id); err != nil || note.Empty() {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO note (`+kind+`, text, tags) VALUES (?, ?, ?)`, id, record.Text(note.Text), record.List(note.Tags))
	return err
}

// SweepNotes returns the notes of the sweeps that have one, by name.
func (s *Store) SweepNotes(ctx context.Context) (map[string]sweep.Note, error) {
	notes := map[string]sweep.Note{}
	err := each(ctx, s.reader, func(row record.Scanner) error {
		var name string
		var text, tags sql.NullString
		err := row.Scan(&name, &text, &tags)
		if err == nil {
			notes[name], err = record.Note(text, tags)
		}
		return err
	}, `SELECT sweep.name, text, tags FROM note JOIN sweep ON sweep.id = note.sweep`)
	return notes, s.failed("read the notes on sweeps", err)
}
