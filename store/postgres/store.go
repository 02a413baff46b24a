package postgres

import (
	"context"
	"crypto/rand"
	"io/fs"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"sweep/store/record"
	"sweep/sweep"
)

// Store is an open store on a server.
type Store struct {
	name     string // as it was named, without a password
	pool     *pgxpool.Pool
	begins   pgx.TxOptions // of transactions that write
	id       string        // of the store, by which one in its place is told apart
	readOnly bool
	patience sweep.Patience

	mu      sync.Mutex
	told    bool  // that the server is gone
	waiting int   // how many calls wait for it
	lost    error // why the store refuses to write
	gaveUp  bool  // the server was still gone after Stop
	lanes   []lane

	gathered gathering
}

// querier is a pool of connections, or a transaction.
type querier interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}

// Open opens the store of that name, creating it if there is none. A schema with tables
// of another program, or that a newer program wrote, is refused and left as it was. A
// server that cannot be reached is an error, where nobody listens after some seconds, as it
// may be restarting, or connections to it break; one that starts, or has no connection free,
// is waited for with patience, and so is one that goes away later.
func Open(name string, p sweep.Patience) (*Store, error) {
	return open(name, p, false)
}

// OpenReadOnly opens the store of that name for reading. It never creates or changes the
// store, and works on a standby server. One that is not there is fs.ErrNotExist.
func OpenReadOnly(name string, p sweep.Patience) (*Store, error) {
	return open(name, p, true)
}

func open(name string, p sweep.Patience, readOnly bool) (*Store, error) {
	s := &Store{name: Redact(name), readOnly: readOnly, patience: p}
	ctx := context.Background()
	c, err := configOf(name)
	if err == nil {
		s.begins = beginning(c)
		s.pool, err = pgxpool.NewWithConfig(ctx, c)
	}
	if err == nil {
		began := time.Now()
		comes := func(err error) bool {
			return passing(err) || (refused(err) || broken(err)) && time.Since(began) < opensWithin
		}
		err = s.waitWhile(ctx, comes, func() error { return s.open(ctx) })
	}
	if err != nil {
		_ = s.Close() // err says what went wrong
		return nil, s.failed("open the store", err)
	}
	return s, nil
}

// opensWithin is how long a server may take to restart before a store is opened.
const opensWithin = 10 * time.Second

// open makes sure that there is a store, and remembers which.
func (s *Store) open(ctx context.Context) error {
	if err := suits(ctx, s.pool); err != nil {
		return err
	}
	at, err := look(ctx, s.pool)
	if err == nil && !s.readOnly && at.version < latest {
		if err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return create(ctx, tx) }); err == nil {
			at, err = look(ctx, s.pool)
		}
	}
	switch {
	case err != nil:
		return err
	case s.readOnly && (at.version == 0 || at.schema == ""):
		return errNothing
	case at.version < latest:
		return errOlder
	}
	if err := at.usable(); err != nil {
		return err
	}
	s.id = at.id
	if s.readOnly {
		return nil
	}
	_, err = s.pool.Exec(ctx, `DELETE FROM written WHERE at < now() - interval '1 day'`)
	return err
}

// errNothing is a store that is not there: fs.ErrNotExist.
var errNothing error = nothing{}

type nothing struct{}

func (nothing) Error() string { return "there is no store yet" }

func (nothing) Is(target error) bool { return target == fs.ErrNotExist }

// Close ends the use of the store.
func (s *Store) Close() error {
	if s.pool != nil {
		s.pool.Close()
	}
	return nil
}

// The server ends a transaction that does nothing for so long, so that a process which was
// stopped in the middle of one does not keep others from what it holds. Where a pooler is
// between, only transactions that write have it said: what a connection is told may reach
// another program's transactions there.
const impatient = `idle_in_transaction_session_timeout = '20s'`

// beginning is how transactions that write begin.
func beginning(c *pgxpool.Config) pgx.TxOptions {
	if throughPooler(c) {
		return pgx.TxOptions{BeginQuery: `BEGIN; SET LOCAL ` + impatient}
	}
	return pgx.TxOptions{}
}

// throughPooler reports whether an address says that a pooler is between, by how queries are made.
func throughPooler(c *pgxpool.Config) bool {
	return c.ConnConfig.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement
}

// write runs change in one transaction, which nobody sees before it is whole. It fails
// where the store was taken away. It is begun anew where the server went away, or two
// transactions were in each other's way, so change must not build on what it did before.
// A transaction that may have been committed before the server went has a number, by which it
// is not repeated if it was.
func (s *Store) write(ctx context.Context, op string, change func(pgx.Tx) error) error {
	return s.writeAfter(ctx, op, func(*pgx.Batch) {}, change)
}

// writeAfter is write, with questions that are asked on the way, where each way to the server
// counts.
func (s *Store) writeAfter(ctx context.Context, op string, ask func(*pgx.Batch), change func(pgx.Tx) error) error {
	if s.readOnly {
		return &sweep.StoreError{Op: op, Path: s.name, Err: sweep.ErrReadOnly}
	}
	l := s.takeLane()
	defer s.giveLane(l)
	again := false
	return s.failed(op, s.wait(ctx, func() error {
		if err := s.refuses(); err != nil {
			return err
		}
		tx, err := s.pool.BeginTx(ctx, s.begins)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // unless it is committed
		if again {
			if known, err := s.enter(ctx, tx, l, func(*pgx.Batch) {}); known || err != nil {
				return err
			}
			batch := &pgx.Batch{}
			ask(batch)
			err = tx.SendBatch(ctx, batch).Close()
		} else {
			_, err = s.enter(ctx, tx, l, ask)
		}
		if err == nil {
			err = change(tx)
		}
		if err != nil {
			return err
		}
		again = true
		return tx.Commit(context.WithoutCancel(ctx))
	}))
}

// lane is what writes of this process are numbered in, of which one is made at a time.
type lane struct {
	writer string
	number int64
}

// takeLane is a free lane, with the next number.
func (s *Store) takeLane() lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := lane{writer: rand.Text()}
	if n := len(s.lanes); n > 0 {
		l, s.lanes = s.lanes[n-1], s.lanes[:n-1]
	}
	l.number++
	return l
}

func (s *Store) giveLane(l lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lanes = append(s.lanes, l)
}

// numberWrite changes no row where a transaction of that number was committed, after one that is
// about to be.
const numberWrite = `INSERT INTO written (writer, number) VALUES ($1, $2)
	ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = now() WHERE written.number < excluded.number`

// enter makes sure that a transaction is on the store that was opened, and reports whether
// one of its number was committed.
func (s *Store) enter(ctx context.Context, tx pgx.Tx, l lane, ask func(*pgx.Batch)) (known bool, err error) {
	var id string
	batch := &pgx.Batch{}
	batch.Queue(numberWrite, l.writer, l.number).Exec(func(tag pgconn.CommandTag) error {
		known = tag.RowsAffected() == 0
		return nil
	})
	batch.Queue(`SELECT id::text FROM sweep_store`).QueryRow(func(row pgx.Row) error { return row.Scan(&id) })
	ask(batch)
	err = tx.SendBatch(ctx, batch).Close()
	if code(err) == noTable {
		return false, s.lose(errGone)
	}
	if err == nil && id != s.id {
		err = s.lose(errReplaced)
	}
	return known, err
}

// read runs use, which only reads, and runs it anew where the server went away.
func (s *Store) read(ctx context.Context, op string, use func(querier) error) error {
	return s.failed(op, s.wait(ctx, func() error { return use(s.pool) }))
}

// view is read at one instant, however many queries use makes.
func (s *Store) view(ctx context.Context, op string, use func(querier) error) error {
	return s.failed(op, s.instant(ctx, use))
}

// instant is view without the place and the hint of its error.
func (s *Store) instant(ctx context.Context, use func(querier) error) error {
	return s.wait(ctx, func() error {
		return pgx.BeginTxFunc(ctx, s.pool, instantly, func(tx pgx.Tx) error { return use(tx) })
	})
}

// instantly is how a transaction sees the store at one instant.
var instantly = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}

// each calls use for each row of a query.
func each(ctx context.Context, db querier, use func(record.Scanner) error, query string, args ...any) error {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := use(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// all returns what scan makes of the rows of a query, nil if there are none.
func all[T any](ctx context.Context, db querier, scan func(record.Scanner) (T, error), query string, args ...any) ([]T, error) {
	var found []T
	err := each(ctx, db, func(row record.Scanner) error {
		one, err := scan(row)
		found = append(found, one)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return found, nil
}

// texts returns the texts that a query selects.
func texts(ctx context.Context, db querier, query string, args ...any) ([]string, error) {
	return all(ctx, db, record.ScanText, query, args...)
}
