package postgres

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"

	"sweep/store/record"
	"sweep/sweep"
)

// EditNote replaces the note of a sweep or a run by what edit makes of it.
func (s *Store) EditNote(ctx context.Context, of sweep.Subject, edit func(sweep.Note) sweep.Note) error {
	kind, name, column := "sweep", of.Sweep, "name"
	if of.Sweep == "" {
		kind, name, column = "run", of.Key, "key"
	}
	return s.write(ctx, "note on "+kind+" "+sweep.ShortKey(name), func(tx pgx.Tx) error {
		var id int64
		err := tx.QueryRow(ctx, `SELECT id FROM `+kind+` WHERE `+column+` = $1 FOR UPDATE`, name).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
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
func noteOn(ctx context.Context, db querier, kind string, id int64) (sweep.Note, error) {
	var text, tags sql.NullString
	err := db.QueryRow(ctx, `SELECT text, tags FROM note WHERE `+kind+` = $1`, id).Scan(&text, &tags)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return sweep.Note{}, err
	}
	return record.Note(text, tags)
}

// replaceNote writes the note on a sweep or a run, or takes an empty one away.
func replaceNote(ctx context.Context, tx pgx.Tx, kind string, id int64, note sweep.Note) error {
	if _, err := tx.Exec(ctx, `DELETE FROM note WHERE `+kind+` = $1`, id); err != nil || note.Empty() {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO note (`+kind+`, text, tags) VALUES ($1, $2, $3)`, id, record.Text(note.Text), record.List(note.Tags))
	return err
}

// SweepNotes returns the notes of the sweeps that have one, by name.
func (s *Store) SweepNotes(ctx context.Context) (map[string]sweep.Note, error) {
	var notes map[string]sweep.Note
	err := s.read(ctx, "read the notes on sweeps", func(db querier) error {
		notes = map[string]sweep.Note{}
		rows, err := db.Query(ctx, `SELECT sweep.name, text, tags FROM note JOIN sweep ON sweep.id = note.sweep`)
		if err != nil {
			return err
		}
		var name string
		var text, tags sql.NullString
		_, err = pgx.ForEachRow(rows, []any{&name, &text, &tags}, func() (err error) {
			notes[name], err = record.Note(text, tags)
			return err
		})
		return err
	})
	return notes, err
}
