package sqlite

import (
	"context"

	"sweep/store/record"
	"sweep/sweep"
)

const rowLossesOfRuns = `SELECT key, bytes, hash FROM row_losses JOIN run ON run.id = row_losses.run
	WHERE key IN (SELECT value FROM json_each(?))`

// RowLosses returns the losses of held-out rows by run. A key is absent where the run
// has none.
func (s *Store) RowLosses(ctx context.Context, keys []string) (map[string][]sweep.RowLoss, error) {
	const op = "read row losses"
	all := map[string][]sweep.RowLoss{}
	rows, err := s.reader.QueryContext(ctx, rowLossesOfRuns, record.List(keys))
	if err != nil {
		return nil, s.failed(op, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	for rows.Next() {
		var key, hash string
		var encoded []byte
		err := rows.Scan(&key, &encoded, &hash)
		if err == nil {
			all[key], err = record.DecodeRowLosses(encoded, hash)
		}
		if err != nil {
			return nil, s.failed("read the row losses of run "+sweep.ShortKey(key), err)
		}
	}
	return all, s.failed(op, rows.Err())
}
