package sqlite

import (
	"context"
	"database/sql"

	"sweep/store/record"
)

// querier is a pool of connections, or a transaction.
type querier interface {
	QueryRow(query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each calls use for each row of a query.
func each(ctx context.Context, db querier, use func(record.Scanner) error, query string, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
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
