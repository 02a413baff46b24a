package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// A page may say that it holds so much, and so many times the bytes that it takes in the
// file, before it counts as damaged: the library reserves what it says.
const (
	maxPageBytes  = 64 << 20
	maxPageValues = 16 << 20
	maxPageRatio  = 4096
	maxPageHeader = 1 << 20 // bytes
)

// checkPages refuses a file with a page whose header says more than the file holds,
// or more than a page has, before the library reserves memory for it.
func checkPages(file io.ReaderAt, size int64, table *parquet.File) error {
	for _, group := range table.Metadata().RowGroups {
		for _, column := range group.Columns {
			chunk := column.MetaData
			start := chunk.DataPageOffset
			if chunk.DictionaryPageOffset != 0 {
				start = chunk.DictionaryPageOffset
			}
			if start < 0 || chunk.TotalCompressedSize < 0 || chunk.TotalCompressedSize > size-start {
				return fmt.Errorf("it is damaged: a column would have %d bytes from byte %d on, and the file has %d", chunk.TotalCompressedSize, start, size)
			}
			c := columnPages{file, start + chunk.TotalCompressedSize, chunk.Codec.String() == "SNAPPY"}
			onData, err := c.check(start, chunk.DataPageOffset)
			if err == nil && !onData { // the library may begin there, too
				_, err = c.check(chunk.DataPageOffset, chunk.DataPageOffset)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// columnPages is the pages of a column in one group of rows.
type columnPages struct {
	file   io.ReaderAt
	end    int64 // in the file
	snappy bool  // they are compressed by Snappy
}

// check goes from page to page. It reports whether one begins at a place.
func (c columnPages) check(start, place int64) (onPlace bool, err error) {
	for at := start; at < c.end; {
		onPlace = onPlace || at == place
		page, err := c.header(at)
		if err == nil {
			err = c.checkPage(at, page)
		}
		if err != nil {
			return onPlace, fmt.Errorf("page at byte %d: %w", at, err)
		}
		at += page.header + page.compressed
	}
	return onPlace, nil
}

// pageHeader is what a page says of itself: of each number the most that it says.
type pageHeader struct {
	header               int64 // bytes of the header
	compressed, expanded int64 // bytes of the page
	values, levels       int64 // levels: bytes of a page of version 2 that are never compressed
	plain                bool  // nor is the rest of it
}

// header reads the header of the page at a byte of the file.
func (c columnPages) header(at int64) (page pageHeader, err error) {
	for window := int64(4 << 10); ; window *= 16 {
		b := make([]byte, min(window, c.end-at))
		if _, err := c.file.ReadAt(b, at); err != nil {
			return page, err
		}
		page = pageHeader{}
		w := thriftWalk{rest: b, whole: page.note}
		err = w.value(thriftStruct, 0)
		if err == nil || int64(len(b)) == c.end-at || window >= maxPageHeader {
			page.header = int64(len(b) - len(w.rest))
			return page, err
		}
	}
}

// note takes in a number of the header by the fields that it stands in, as Parquet's
// parquet.thrift numbers them.
func (p *pageHeader) note(fields []int64, x int64) {
	const data, dictionary, dataV2 = 5, 7, 8
	switch {
	case len(fields) == 1 && fields[0] == 2:
		p.expanded = max(p.expanded, x)
	case len(fields) == 1 && fields[0] == 3:
		p.compressed = max(p.compressed, x)
	case len(fields) != 2:
	case fields[1] == 1 && (fields[0] == data || fields[0] == dictionary || fields[0] == dataV2):
		p.values = max(p.values, x)
	case fields[0] == dataV2 && (fields[1] == 5 || fields[1] == 6):
		p.levels += max(0, x)
	case fields[0] == dataV2 && fields[1] == 7:
		p.plain = x == 0
	}
}

func (c columnPages) checkPage(at int64, p pageHeader) error {
	left := c.end - at - p.header
	switch {
	case p.compressed > left:
		return fmt.Errorf("it is damaged: it would have %d bytes, and the column has %d more", p.compressed, left)
	case p.expanded > maxPageBytes && p.expanded/maxPageRatio > p.compressed:
		return fmt.Errorf("it is damaged: its %d bytes would hold %d", p.compressed, p.expanded)
	case p.values > maxPageValues && p.values/maxPageRatio > p.compressed:
		return fmt.Errorf("it is damaged: its %d bytes would hold %d values", p.compressed, p.values)
	case !c.snappy || p.plain || p.compressed <= p.levels:
		return nil
	}
	start := make([]byte, min(binary.MaxVarintLen64, p.compressed-p.levels))
	if _, err := c.file.ReadAt(start, at+p.header+p.levels); err != nil {
		return err
	}
	// what Snappy compressed begins with its length
	if n, _ := binary.Uvarint(start); n > uint64(max(p.expanded, maxPageBytes)) {
		return errors.New("it is damaged: it would grow beyond what it says")
	}
	return nil
}
