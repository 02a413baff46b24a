package postgres

import (
	"context"
	"strconv"
	"strings"

	"sweep/store/record"
)

// What is stored is hashed as it is written, over the same values as in SQLite, so that
// equal records have equal digests in both: a run's record, which has the hash of its
// adapter, of its row losses and of its curve; a sweep with its cells.
var (
	recordOfRun = `
		SELECT key, name, params::text, inputs::text, provenance::text, state, attempt, begun, ended, first_end, steps,
			` + strings.Join(plain(outcomeReals), ", ") + `, ` + special(outcomeReals) + `, evaluated::int::bigint, curve_hash, error, copy_of,
			match_right, match_of, first_match_right, first_match_of, measures::text, environment, adapter.hash, row_losses.hash
		FROM run JOIN outcome ON outcome.run = id LEFT JOIN adapter ON adapter.run = id LEFT JOIN row_losses ON row_losses.run = id WHERE id = $1`

	recordOfSweep = `
		SELECT -1::bigint AS part, 0::bigint AS ordinal, name, question, toml, file FROM sweep WHERE id = $1
		UNION ALL SELECT 0, ordinal, key, name, planned, '' FROM cell WHERE sweep = $1
		UNION ALL SELECT 1, row_number() OVER (ORDER BY id), text, stated, '', '' FROM prediction WHERE sweep = $1 ORDER BY part, ordinal`

	outcomeReals = []string{"loss", "eval_loss", "first_loss", "tokens_per_second", "seconds"}
)

// plain is columns as SQLite has them: NaN is NULL, and there is no negative zero.
func plain(columns []string) []string {
	as := make([]string, len(columns))
	for i, column := range columns {
		as[i] = "nullif(" + column + ", 'NaN') + 0"
	}
	return as
}

// special is what record.Special is of columns.
func special(columns []string) string {
	bits := make([]string, len(columns))
	for i, column := range columns {
		bits[i] = "CASE WHEN " + column + " = 'NaN' THEN 1 WHEN " + column + " = 0 AND " + column + "::text = '-0' THEN 2 ELSE 0 END << " + strconv.Itoa(2*i)
	}
	return "((" + strings.Join(bits, ") | (") + "))::bigint"
}

// digest is a SHA-256, in hex, over all values that a query selects for a row.
func digest(ctx context.Context, db querier, query string, id int64) (string, error) {
	rows, err := db.Query(ctx, query, id)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	d := record.NewDigest()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return "", err
		}
		d.Add(values...)
	}
	return d.Sum(), rows.Err()
}
