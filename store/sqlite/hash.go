package sqlite

import (
	"context"

	"sweep/store/record"
)

// What is stored is hashed as it is written, so that Check can tell whether it
// is still the same: a run's record, which has the hash of its adapter, of its row
// losses and of its curve; a sweep with its cells; the parts of a checkpoint.
const (
	recordOfRun = `
		SELECT key, name, params, inputs, provenance, state, attempt, begun, ended, first_end,
			steps, loss, eval_loss, first_loss, tokens_per_second, seconds, special, evaluated, curve_hash, error, copy_of,
			match_right, match_of, first_match_right, first_match_of, measures, environment, adapter.hash, row_losses.hash
		FROM run JOIN outcome ON outcome.run = id LEFT JOIN adapter ON adapter.run = id LEFT JOIN row_losses ON row_losses.run = id WHERE id = ?`

	recordOfSweep = `
		SELECT -1 AS part, 0 AS ordinal, name, question, toml, file FROM sweep WHERE id = ?1
		UNION ALL SELECT 0, ordinal, key, name, planned, '' FROM cell WHERE sweep = ?1
		UNION ALL SELECT 1, row_number() OVER (ORDER BY id), text, stated, '', '' FROM prediction WHERE sweep = ?1 ORDER BY part, ordinal`
)

// digest is a SHA-256, in hex, over all values that a query selects for a row.
func digest(ctx context.Context, db querier, query string, id int64) (string, error) {
	rows, err := db.QueryContext(ctx, query, id)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	d := record.NewDigest()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		d.Add(values...)
	}
	return d.Sum(), rows.Err()
}
