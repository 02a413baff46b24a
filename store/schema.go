package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
)

// steps holds the schema's history: schema/N.sql takes a store from version
// N-1 to N. The version is in SQLite's user_version.
//
//go:embed schema
var steps embed.FS

// applicationID marks a SQLite file as a store: "swep" in ASCII.
const applicationID = 0x73776570

// latest is the schema version this program writes.
func latest() int {
	files, err := steps.ReadDir("schema")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return len(files)
}

// schemaVersion returns the version of the store in db, 0 for an empty file,
// or says why it is none this program can read.
func schemaVersion(db queryer) (int, error) {
	var id, version, tables int
	err := db.QueryRow(`SELECT
		(SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version),
		(SELECT count(*) FROM sqlite_schema)`).Scan(&id, &version, &tables)
	switch {
	case err != nil:
		return 0, err
	case id != applicationID && (id != 0 || tables > 0):
		return 0, errForeign
	case version > latest():
		return 0, fmt.Errorf("%w: it has schema version %d, this program knows up to %d", errNewer, version, latest())
	}
	return version, nil
}

// migrate brings the store in db to the latest version, creating it in an
// empty file. Several processes may do so at once. It writes in any case, since
// SQLite tells only then that a file is read-only.
func migrate(db *sql.DB) error {
	if _, err := schemaVersion(db); err != nil {
		return err
	}
	if err := logAhead(db); err != nil {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := advance(tx); err != nil {
		_ = tx.Rollback() // err says what went wrong
		return err
	}
	return tx.Commit()
}

// advance applies the steps that are missing and writes the version.
func advance(tx *sql.Tx) error {
	version, err := schemaVersion(tx)
	if err != nil {
		return err
	}
	for ; version < latest(); version++ {
		step, err := steps.ReadFile(fmt.Sprintf("schema/%d.sql", version+1))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(string(step)); err != nil {
			return fmt.Errorf("schema version %d: %w", version+1, err)
		}
	}
	_, err = tx.Exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, version))
	return err
}

// logAhead turns on the write-ahead log, so that readers never wait. SQLite
// reports this change as busy without waiting where another process makes it, too.
func logAhead(db *sql.DB) error {
	_, err := db.Exec("PRAGMA journal_mode = WAL")
	return err
}

// queryer is what a database and a transaction share.
type queryer interface {
	QueryRow(query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}
