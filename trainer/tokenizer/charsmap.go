package tokenizer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf8"
)

// charsmap is the normalisation that a SentencePiece model carries: texts and
// what they are replaced by. It is a trie in a double array, as darts-clone
// writes it, whose values are places in a list of replacements.
type charsmap struct {
	units        []uint32
	replacements []byte // each ends in a zero
}

var errCharsmap = errors.New("precompiled_charsmap is damaged")

// parseCharsmap reads a precompiled_charsmap, which may be empty.
func parseCharsmap(data []byte) (*charsmap, error) {
	m := &charsmap{}
	if len(data) == 0 {
		return m, nil
	}
	if len(data) < 4 {
		return nil, errCharsmap
	}
	size := binary.LittleEndian.Uint32(data)
	data = data[4:]
	if int64(size) > int64(len(data)) || size%4 != 0 {
		return nil, errCharsmap
	}
	for at := uint32(0); at < size; at += 4 {
		m.units = append(m.units, binary.LittleEndian.Uint32(data[at:]))
	}
	m.replacements = data[size:]
	return m, nil
}

// normalize replaces the longest text of the map at each place.
func (m *charsmap) normalize(s string) string {
	if len(m.units) == 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		n, by := m.longest(s)
		if n == 0 {
			_, n = utf8.DecodeRuneInString(s)
			by = s[:n]
		}
		b.WriteString(by)
		s = s[n:]
	}
	return b.String()
}

// longest returns the longest beginning of s that the map has, and what replaces
// it. Texts of the map have some ten bytes; a damaged one may have no end.
func (m *charsmap) longest(s string) (n int, by string) {
	node := offset(m.units[0])
	for i := range min(len(s), maxPiece) {
		node ^= uint32(s[i])
		if int64(node) >= int64(len(m.units)) {
			break
		}
		unit := m.units[node]
		if unit&(1<<31|0xff) != uint32(s[i]) {
			break
		}
		node ^= offset(unit)
		hasLeaf := unit>>8&1 == 1
		if hasLeaf && int64(node) < int64(len(m.units)) {
			n, by = i+1, m.replacement(m.units[node]&(1<<31-1))
		}
	}
	return n, by
}

// offset is how far the children of a unit are from it.
func offset(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }

// replacement returns the text at a place, as far as it is valid.
func (m *charsmap) replacement(at uint32) string {
	if int64(at) >= int64(len(m.replacements)) {
		return ""
	}
	text, _, _ := bytes.Cut(m.replacements[at:], []byte{0})
	return strings.ToValidUTF8(string(text), string(utf8.RuneError))
}
