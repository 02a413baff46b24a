package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Pool are the store's connections, for package fleet, whose library keeps tables of its own
// beside the store's.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Change runs change in one transaction of the store, and waits for a server that is gone as
// the store's own methods do. The transaction may be begun anew, so change must not build
// on what it did before.
func (s *Store) Change(ctx context.Context, op string, change func(pgx.Tx) error) error {
	return s.write(ctx, op, change)
}

// Await runs try, which begins something on the server, and runs it anew where the server is
// gone for now.
func (s *Store) Await(ctx context.Context, op string, try func() error) error {
	return s.failed(op, s.wait(ctx, try))
}

// Look runs use in a transaction that sees the store at one instant and changes nothing. It
// may be begun anew.
func (s *Store) Look(ctx context.Context, op string, use func(pgx.Tx) error) error {
	return s.failed(op, s.wait(ctx, func() error {
		return pgx.BeginTxFunc(ctx, s.pool, instantly, use)
	}))
}
