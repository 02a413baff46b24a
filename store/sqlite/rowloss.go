package sqlite

import (
	"context"
	"encoding/binary"
	"math"

	"sweep/sweep"
)

// rowLossSize is how many bytes encode the loss of a row: the bits of its nats, the
// number of its tokens, both little-endian, and its match.
const rowLossSize = 8 + 4 + 1

const rowLossesOfRuns = `SELECT key, bytes, hash FROM row_losses JOIN run ON run.id = row_losses.run
	WHERE key IN (SELECT value FROM json_each(?))`

// RowLosses returns the losses of held-out rows by run. A key is absent where the run
// has none.
func (s *Store) RowLosses(ctx context.Context, keys []string) (map[string][]sweep.RowLoss, error) {
	const op = "read row losses"
	all := map[string][]sweep.RowLoss{}
	rows, err := s.reader.QueryContext(ctx, rowLossesOfRuns, list(keys))
	if err != nil {
		return nil, s.failed(op, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	for rows.Next() {
		var key, hash string
		var encoded []byte
		err := rows.Scan(&key, &encoded, &hash)
		if err == nil {
			all[key], err = decodeRowLosses(encoded, hash)
		}
		if err != nil {
			return nil, s.failed("read the row losses of run "+sweep.ShortKey(key), err)
		}
	}
	return all, s.failed(op, rows.Err())
}

// encodeRowLosses returns the bytes that are stored.
func encodeRowLosses(rows []sweep.RowLoss) []byte {
	b := make([]byte, 0, rowLossSize*len(rows))
	for _, r := range rows {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(r.Nats))
		b = binary.LittleEndian.AppendUint32(b, uint32(r.Tokens))
		b = append(b, byte(r.Match))
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
		rows[i] = sweep.RowLoss{Nats: nats, Tokens: int(binary.LittleEndian.Uint32(b[8:])), Match: sweep.RowMatch(b[12])}
		b = b[rowLossSize:]
	}
	return rows, nil
}
