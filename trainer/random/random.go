// Package random draws the project's random numbers: streams keyed by what
// they are for, so that a draw depends on (seed, purpose, index) alone and
// never on what was drawn before it.
package random

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// Stream is an endless sequence of random numbers.
type Stream struct{ source *rand.ChaCha8 }

// New returns the stream of (seed, purpose, index), a ChaCha8 generator keyed
// by their SHA-256.
func New(seed int, purpose string, index int) *Stream {
	var head [16]byte
	binary.LittleEndian.PutUint64(head[:8], uint64(seed))
	binary.LittleEndian.PutUint64(head[8:], uint64(index))
	return &Stream{rand.NewChaCha8(sha256.Sum256(append(head[:], purpose...)))}
}

// Uniform returns a float32 in [0, 1), a multiple of 2^-24.
func (s *Stream) Uniform() float32 { return float32(s.source.Uint64()>>40) * 0x1p-24 }

// Below returns an integer in [0, n); n must be positive. The bias is below
// n/2^64.
func (s *Stream) Below(n int) int {
	high, _ := bits.Mul64(s.source.Uint64(), uint64(n))
	return int(high)
}

// Permutation returns the integers 0..n-1 in random order (Fisher and Yates).
func (s *Stream) Permutation(n int) []int {
	p := make([]int, n)
	for i := range p {
		j := s.Below(i + 1)
		p[i], p[j] = p[j], i
	}
	return p
}
