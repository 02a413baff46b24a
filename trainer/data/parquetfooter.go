package data

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// footer walks over what describes a Parquet file, in Thrift's compact protocol, before
// the library decodes it: that allocates as many elements as a list claims to have.
type footer struct{ rest []byte }

// Thrift's types in the compact protocol.
const (
	thriftTrue, thriftFalse, thriftByte, thriftDouble, thriftBinary = 1, 2, 3, 7, 8
	thriftList, thriftSet, thriftMap, thriftStruct                  = 9, 10, 11, 12
)

var errFooter = errors.New("it is damaged: what describes it ends too soon, or says more than it holds")

// checkFooter refuses a footer with a list or a text that is longer than its bytes.
func checkFooter(b []byte) error {
	f := footer{b}
	return f.value(thriftStruct, 0)
}

func (f *footer) value(kind byte, depth int) error {
	if depth > 32 {
		return fmt.Errorf("it is damaged: what describes it is %d levels deep", depth)
	}
	switch kind {
	case thriftByte:
		return f.skip(1)
	case thriftDouble:
		return f.skip(8)
	case thriftBinary:
		n, err := f.number()
		if err != nil {
			return err
		}
		return f.skip(n)
	case thriftList, thriftSet:
		return f.list(depth)
	case thriftStruct:
		return f.fields(depth)
	case thriftMap:
		return errors.New("it is damaged: what describes it holds a map, which Parquet has none of")
	default: // a whole number
		_, err := f.number()
		return err
	}
}

func (f *footer) fields(depth int) error {
	for {
		head, err := f.byte()
		if err != nil || head == 0 {
			return err
		}
		if head>>4 == 0 { // the field's number stands behind
			if _, err := f.number(); err != nil {
				return err
			}
		}
		kind := head & 15
		if kind == thriftTrue || kind == thriftFalse {
			continue // the type is the value
		}
		if err := f.value(kind, depth+1); err != nil {
			return err
		}
	}
}

func (f *footer) list(depth int) error {
	head, err := f.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = f.number(); err != nil {
			return err
		}
	}
	if n > uint64(len(f.rest)) { // an element has a byte at least
		return errFooter
	}
	kind := head & 15
	if kind == thriftTrue || kind == thriftFalse {
		kind = thriftByte
	}
	for range n {
		if err := f.value(kind, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (f *footer) byte() (byte, error) {
	if len(f.rest) == 0 {
		return 0, errFooter
	}
	b := f.rest[0]
	f.rest = f.rest[1:]
	return b, nil
}

func (f *footer) number() (uint64, error) {
	x, n := binary.Uvarint(f.rest)
	if n <= 0 {
		return 0, errFooter
	}
	f.rest = f.rest[n:]
	return x, nil
}

func (f *footer) skip(n uint64) error {
	if n > uint64(len(f.rest)) {
		return errFooter
	}
	f.rest = f.rest[n:]
	return nil
}
