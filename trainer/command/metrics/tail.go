package metrics

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"

	"sweep/sweep/regular"
)

// tail reads the lines that a file gets, as far as they are whole. A file that is
// replaced, or cut shorter, is read anew.
type tail struct {
	path    string
	returns bool // carriage returns end lines, too, as progress bars have them

	was      os.FileInfo // the file at the last look
	offset   int64       // up to which it was read
	rest     []byte      // the start of a line that is not whole
	ended    bool        // the line in use is the last, without a line feed
	skipping bool        // the rest of a line that is too long is still to come
	chunk    []byte
	notes    *notes
}

const (
	chunkSize = 1 << 18
	maxLine   = 1 << 24 // bytes; longer lines are left out
)

// read calls use with each line that is new. A file that is not there has none. At the
// end what follows the last line feed is a line, too.
func (t *tail) read(atEnd bool, use func(line []byte)) error {
	f, err := regular.Open(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = t.readOpen(f, use)
	if err == nil && atEnd && len(t.rest) > 0 {
		t.ended = true
		t.whole(t.rest, use)
		t.rest = t.rest[:0]
	}
	return errors.Join(err, f.Close())
}

func (t *tail) readOpen(f *os.File, use func(line []byte)) error {
	is, err := f.Stat()
	if err != nil {
		return err
	}
	if t.was != nil && (!os.SameFile(t.was, is) || is.Size() < t.offset) {
		t.offset, t.rest, t.skipping = 0, t.rest[:0], false
	}
	t.was = is
	if t.chunk == nil {
		t.chunk = make([]byte, chunkSize)
	}
	for {
		n, err := f.ReadAt(t.chunk, t.offset)
		t.offset += int64(n)
		t.lines(t.chunk[:n], use)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// lines calls use with each line that ends in what was read.
func (t *tail) lines(read []byte, use func(line []byte)) {
	for len(read) > 0 {
		end := bytes.IndexByte(read, '\n')
		stretch := read
		if end >= 0 {
			stretch = read[:end]
		}
		for t.returns {
			i := bytes.IndexByte(stretch, '\r')
			if i < 0 {
				break
			}
			t.line(stretch[:i], use)
			stretch = stretch[i+1:]
		}
		if end < 0 {
			t.keep(stretch)
			return
		}
		t.line(stretch, use)
		read = read[end+1:]
	}
}

// line ends a line, of which t.rest has the start.
func (t *tail) line(end []byte, use func(line []byte)) {
	if len(t.rest) > 0 {
		t.keep(end)
		end = t.rest
	}
	if !t.skipping {
		t.whole(end, use)
	}
	t.rest, t.skipping = t.rest[:0], false
}

func (t *tail) whole(line []byte, use func(line []byte)) {
	if line = bytes.TrimSpace(line); len(line) > 0 {
		use(line)
	}
}

// keep keeps a part of a line until the rest comes.
func (t *tail) keep(part []byte) {
	if len(t.rest)+len(part) > maxLine {
		t.rest, t.skipping = t.rest[:0], true
		t.notes.count(longLines)
	}
	if !t.skipping {
		t.rest = append(t.rest, part...)
	}
}
