package record

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
	"math"
)

// Digest is a hash over what is stored, made as it is written, so that a check can tell
// whether it is still the same.
type Digest struct{ hash hash.Hash }

// NewDigest returns the digest of nothing.
func NewDigest() Digest { return Digest{sha256.New()} }

// Add hashes the values of a row: for each its type, its size and its bits.
func (d Digest) Add(values ...any) {
	for _, v := range values {
		d.add(v)
	}
}

// Sum is the SHA-256, in hex.
func (d Digest) Sum() string { return hex.EncodeToString(d.hash.Sum(nil)) }

func (d Digest) add(v any) {
	var kind byte
	var bits uint64
	var text []byte
	switch v := v.(type) {
	case nil:
	case int64:
		kind, bits = 1, uint64(v)
	case float64:
		kind, bits = 2, math.Float64bits(v)
	default:
		text = fmt.Append(nil, v)
		kind, bits = 3, uint64(len(text))
	}
	d.hash.Write(append(binary.LittleEndian.AppendUint64([]byte{kind}, bits), text...))
}

// Hash is a SHA-256 in hex.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Checksum guards a part of a checkpoint, which is written often, against
// accidents: a CRC-32C.
func Checksum(b []byte) int64 {
	return int64(crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// PartSize is how many bytes of a checkpoint one row holds. No backend takes rows beyond
// a gigabyte.
const PartSize = 64 << 20
