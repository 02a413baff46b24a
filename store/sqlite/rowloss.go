package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"

	"sweep/sweep"
)

// rowLossSize is how many bytes encode the loss of a row: the bits of its nats and
// the number of its tokens, little-endian.
const rowLossSize = 8 + 4

const rowLossesOfRun = `SELECT bytes, hash FROM row_losses JOIN run ON run.id = row_losses.run WHERE key = ?`

// RowLosses returns the losses of held-out rows by run. A key is absent where the run
// has none.
func (s *Store) RowLosses(ctx context.Context, keys []string) (map[string][]sweep.RowLoss, error) {
	all := make(map[string][]sweep.RowLoss, len(keys))
	find, err := s.reader.PrepareContext(ctx, rowLossesOfRun)
	if err != nil {
		return nil, s.failed("read row losses", err)
	}
	defer func() { _ = find.Close() }() // it only reads
	for _, key := range keys {
		var hash string
		var encoded []byte
		err := find.QueryRowContext(ctx, key).Scan(&encoded, &hash)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err == nil {
			all[key], err = decodeRowLosses(encoded, hash)
		}
		if err != nil {
			return nil, s.failed("read the row losses of run "+sweep.ShortKey(key), err)
		}
	}
	return all, nil
}

// encodeRowLosses returns the bytes that are stored.
func encodeRowLosses(rows []sweep.RowLoss) []byte {
	b := make([]byte, 0, rowLossSize*len(rows))
	for _, r := range rows {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(r.Nats))
		b = binary.LittleEndian.AppendUint32(b, uint32(r.Tokens))
	}
	return b
}

// decodeRowLosses undoes encodeRowLosses, unless the bytes are not those of the hash.
func decodeRowLosses(b []byte, hash string) ([]sweep.RowLoss, error) {
	if hashBytes(b) != hash || len(b)%rowLossSize != 0 {
		return nil, sweep.ErrDamaged
	}
	rows := make([]sweep.RowLoss, len(b)/rowLossSize)
	for i := range rows {
		nats := math.Float64frombits(binary.LittleEndian.Uint64(b))
		if math.IsNaN(nats) {
			nats = math.NaN()
		}
		rows[i] = sweep.RowLoss{Nats: nats, Tokens: int(binary.LittleEndian.Uint32(b[8:]))}
		b = b[rowLossSize:]
	}
	return rows, nil
}
