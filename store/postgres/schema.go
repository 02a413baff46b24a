package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// schemas are what makes a store: each file, in order of its number, makes the next
// version of the one before.
//
//go:embed schema
var schemas embed.FS

// latest is the schema version this program writes and reads.
const latest = 1

// mark is "swep" in ASCII: the number of the lock under which a store is made.
const mark = 0x73776570

// place is what lies in the first schema of the search path: none, where there is no such
// schema.
type place struct {
	schema  string // "" if there is none
	id      string // of the store
	version int    // of the store, 0 if there is none
	foreign bool   // something else has tables of its names
}

// look tells what is at the store's place.
func look(ctx context.Context, db querier) (place, error) {
	var p place
	var marked bool
	err := db.QueryRow(ctx, `
		WITH here AS (SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = current_schema())
		SELECT coalesce(current_schema()::text, ''), EXISTS (SELECT FROM here WHERE relname = 'sweep_store'),
			EXISTS (SELECT FROM here WHERE relname IN ('sweep', 'cell', 'run', 'point', 'outcome', 'note', 'runs', 'curves'))`).
		Scan(&p.schema, &marked, &p.foreign)
	if err != nil || !marked {
		return p, err
	}
	p.foreign = false
	err = db.QueryRow(ctx, `SELECT id::text, version FROM sweep_store`).Scan(&p.id, &p.version)
	return p, err
}

// usable says why what is at the store's place is none that this program can write to,
// or make.
func (p place) usable() error {
	switch {
	case p.schema == "":
		return errNoSchema
	case p.foreign:
		return errForeign
	case p.version > latest:
		return fmt.Errorf("%w: it has schema version %d, this program's is %d", errNewer, p.version, latest)
	}
	return nil
}

// create makes a store, or the latest version of an older one. Several processes may do
// so at once.
func create(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, mark); err != nil {
		return err
	}
	at, err := look(ctx, tx)
	if err == nil {
		err = at.usable()
	}
	for version := at.version + 1; err == nil && version <= latest; version++ {
		err = raise(ctx, tx, version)
	}
	return err
}

// raise makes a version of the one before.
func raise(ctx context.Context, tx pgx.Tx, version int) error {
	text, err := schemas.ReadFile(fmt.Sprintf("schema/%d.sql", version))
	if err != nil {
		return err
	}
	if _, err := tx.Conn().PgConn().Exec(ctx, string(text)).ReadAll(); err != nil {
		return fmt.Errorf("create the tables: %w", err)
	}
	set := `UPDATE sweep_store SET version = $1`
	if version == 1 {
		set = `INSERT INTO sweep_store (version) VALUES ($1)`
	}
	_, err = tx.Exec(ctx, set, version)
	return err
}

// suits says why this program cannot keep a store on the server.
func suits(ctx context.Context, db querier) error {
	var version int
	var encoding string
	err := db.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_encoding')`).Scan(&version, &encoding)
	switch {
	case err != nil:
		return err
	case version < 130000:
		return fmt.Errorf("%w: it is version %d.%d", errOldServer, version/10000, version%10000)
	case encoding != "UTF8":
		return fmt.Errorf("%w: it is %s", errEncoding, encoding)
	}
	return nil
}

var (
	errNoSchema  = errors.New("the search path names no schema that there is")
	errForeign   = errors.New("the schema has tables of another program, of the names that a store's have")
	errNewer     = errors.New("a newer version of sweep wrote this store")
	errOlder     = errors.New("an older version of sweep wrote this store")
	errOldServer = errors.New("the server is too old")
	errEncoding  = errors.New("the database is not in UTF-8")
)
