package record

import (
	"encoding/binary"
	"math"

	"sweep/sweep"
)

// rowLossSize is how many bytes encode the loss of a row: the bits of its nats, the
// number of its tokens, both little-endian, and its match.
const rowLossSize = 8 + 4 + 1

// EncodeRowLosses returns the bytes that are stored.
func EncodeRowLosses(rows []sweep.RowLoss) []byte {
	b := make([]byte, 0, rowLossSize*len(rows))
	for _, r := range rows {
		if math.IsNaN(r.Nats) {
			r.Nats = math.NaN() // so that equal losses are equal bytes
		}
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(r.Nats))
		b = binary.LittleEndian.AppendUint32(b, uint32(r.Tokens))
		b = append(b, byte(r.Match))
	}
	return b
}

// DecodeRowLosses undoes EncodeRowLosses. Bytes that are not those of the hash are
// sweep.ErrDamaged.
func DecodeRowLosses(b []byte, hash string) ([]sweep.RowLoss, error) {
	if Hash(b) != hash || len(b)%rowLossSize != 0 {
		return nil, sweep.ErrDamaged
	}
	rows := make([]sweep.RowLoss, len(b)/rowLossSize)
	for i := range rows {
		nats := math.Float64frombits(binary.LittleEndian.Uint64(b))
		rows[i] = sweep.RowLoss{Nats: nats, Tokens: int(binary.LittleEndian.Uint32(b[8:])), Match: sweep.RowMatch(b[12])}
		b = b[rowLossSize:]
	}
	return rows, nil
}
