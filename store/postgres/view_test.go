package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"sweep/store/postgres/postgrestest"
	"sweep/store/storetest"
	"sweep/sweep"
)

func TestViews(t *testing.T) {
	address := postgrestest.Store(t)
	storetest.Views(t, open(t, address, sweep.DefaultPatience()), func(statement string) []string { return query(t, address, statement) })
}

// query returns the rows of a query, their values parted by spaces.
func query(t *testing.T, address, statement string) []string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), address)
	ok(t, err)
	defer func() { ok(t, c.Close(t.Context())) }()
	rows, err := c.Query(t.Context(), statement)
	ok(t, err)
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		values, err := row.Values()
		return strings.TrimSuffix(fmt.Sprintln(values...), "\n"), err
	})
	ok(t, err)
	return lines
}
