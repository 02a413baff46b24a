package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sweep/store/record"
	"sweep/sweep"
)

const rowLossesOfRuns = `SELECT key, bytes, hash FROM row_losses JOIN run ON run.id = row_losses.run WHERE key = ANY ($1)`

// RowLosses returns the losses of held-out rows by run. A key is absent where the run
// has none.
func (s *Store) RowLosses(ctx context.Context, keys []string) (map[string][]sweep.RowLoss, error) {
	var losses map[string][]sweep.RowLoss
	err := s.read(ctx, "read row losses", func(db querier) error {
		losses = map[string][]sweep.RowLoss{}
		rows, err := db.Query(ctx, rowLossesOfRuns, keys)
		if err != nil {
			return err
		}
		var key, hash string
		var encoded []byte
		_, err = pgx.ForEachRow(rows, []any{&key, &encoded, &hash}, func() (err error) {
			if losses[key], err = record.DecodeRowLosses(encoded, hash); err != nil {
				return fmt.Errorf("the row losses of run %s: %w", sweep.ShortKey(key), err)
			}
			return nil
		})
		return err
	})
	return losses, err
}
