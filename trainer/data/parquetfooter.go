package data

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// thriftWalk goes over what describes a Parquet file or a page of it, in Thrift's compact
// protocol, before the library decodes it: that allocates as many elements as a list
// claims to have.
type thriftWalk struct {
	rest   []byte
	whole  func(fields []int64, x int64) // called with each whole number and truth value that stands in no list; may be nil
	fields []int64                       // numbers of the fields that the walk is in
}

// Thrift's types in the compact protocol.
const (
	thriftTrue, thriftFalse, thriftByte, thriftDouble, thriftBinary = 1, 2, 3, 7, 8
	thriftList, thriftSet, thriftMap, thriftStruct                  = 9, 10, 11, 12
)

var errFooter = errors.New("it is damaged: what describes it ends too soon, or says more than it holds")

// checkFooter refuses a footer with a list or a text that is longer than its bytes.
func checkFooter(b []byte) error {
	w := thriftWalk{rest: b}
	return w.value(thriftStruct, 0)
}

func (w *thriftWalk) value(kind byte, depth int) error {
	if depth > 32 {
		return fmt.Errorf("it is damaged: what describes it is %d levels deep", depth)
	}
	switch kind {
	case thriftByte:
		return w.skip(1)
	case thriftDouble:
		return w.skip(8)
	case thriftBinary:
		n, err := w.number()
		if err != nil {
			return err
		}
		return w.skip(n)
	case thriftList, thriftSet:
		return w.list(depth)
	case thriftStruct:
		return w.structure(depth)
	case thriftMap:
		return errors.New("it is damaged: what describes it holds a map, which Parquet has none of")
	default: // a whole number
		x, err := w.signed()
		w.say(x)
		return err
	}
}

func (w *thriftWalk) structure(depth int) error {
	at := len(w.fields)
	w.fields = append(w.fields, 0)
	defer func() { w.fields = w.fields[:at] }()
	for {
		head, err := w.byte()
		if err != nil || head == 0 {
			return err
		}
		w.fields[at] += int64(head >> 4)
		if head>>4 == 0 { // the field's number stands behind
			if w.fields[at], err = w.signed(); err != nil {
				return err
			}
		}
		kind := head & 15
		if kind == thriftTrue || kind == thriftFalse { // the type is the value
			w.say(int64(thriftFalse - kind))
			continue
		}
		if err := w.value(kind, depth+1); err != nil {
			return err
		}
	}
}

func (w *thriftWalk) say(x int64) {
	if w.whole != nil {
		w.whole(w.fields, x)
	}
}

func (w *thriftWalk) list(depth int) error {
	head, err := w.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = w.number(); err != nil {
			return err
		}
	}
	if n > uint64(len(w.rest)) { // an element has a byte at least
		return errFooter
	}
	kind := head & 15
	if kind == thriftTrue || kind == thriftFalse {
		kind = thriftByte
	}
	defer func(whole func([]int64, int64)) { w.whole = whole }(w.whole)
	w.whole = nil
	for range n {
		if err := w.value(kind, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *thriftWalk) byte() (byte, error) {
	if len(w.rest) == 0 {
		return 0, errFooter
	}
	b := w.rest[0]
	w.rest = w.rest[1:]
	return b, nil
}

func (w *thriftWalk) number() (uint64, error) {
	x, n := binary.Uvarint(w.rest)
	if n <= 0 {
		return 0, errFooter
	}
	w.rest = w.rest[n:]
	return x, nil
}

// signed reads a whole number in zigzag.
func (w *thriftWalk) signed() (int64, error) {
	x, err := w.number()
	return int64(x>>1) ^ -int64(x&1), err
}

func (w *thriftWalk) skip(n uint64) error {
	if n > uint64(len(w.rest)) {
		return errFooter
	}
	w.rest = w.rest[n:]
	return nil
}
