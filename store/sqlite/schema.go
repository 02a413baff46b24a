package sqlite

import (
	"database/sql"
	_ "embed" // schema.sql
	"fmt"
)

// schema creates a store of version latest.
//
//go:embed schema.sql
var schema string

// latest is the schema version this program writes and reads; it is in
// SQLite's user_version.
const latest = 8

// applicationID marks a SQLite file as a store: "swep" in ASCII.
const applicationID = 0x73776570

// schemaVersion returns the version of the store in db, 0 for an empty file,
// or says why it is none this program can read.
func schemaVersion(db querier) (int, error) {
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
	case version > latest:
		return 0, fmt.Errorf("%w: it has schema version %d, this program's is %d", errNewer, version, latest)
	case version < latest && version > 0:
		return 0, fmt.Errorf("%w: it has schema version %d, this program's is %d", errOlder, version, latest)
	}
	return version, nil
}

// create creates a store in db if that is an empty file. Several processes may
// do so at once. It writes in any case, since SQLite tells only then that a file
// is read-only.
func create(db *sql.DB) error {
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
	if err := fill(tx); err != nil {
		_ = tx.Rollback() // err says what went wrong
		return err
	}
	return tx.Commit()
}

// fill creates what a store has, unless that is there, and writes its version.
func fill(tx *sql.Tx) error {
	version, err := schemaVersion(tx)
	if err != nil {
		return err
	}
	if version == 0 {
		if _, err := tx.Exec(schema); err != nil {
			return fmt.Errorf("create the tables: %w", err)
		}
	}
	_, err = tx.Exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, latest))
	return err
}

// logAhead turns on the write-ahead log, so that readers never wait. SQLite
// reports this change as busy without waiting where another process makes it, too.
func logAhead(db *sql.DB) error {
	_, err := db.Exec("PRAGMA journal_mode = WAL")
	return err
}
