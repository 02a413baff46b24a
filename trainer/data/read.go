package data

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"sweep/sweep/regular"
)

// maxLine bounds the bytes of a row.
const maxLine = 1 << 24

// Read reads the rows that path stands for: a file, a folder of files, or those that a
// pattern such as "rows/train-*.parquet" matches. See Parse for columns.
func Read(path string, columns Columns) (*Rows, error) {
	files, err := filesOf(path)
	if err != nil {
		return nil, fmt.Errorf("reading rows: %w", err)
	}
	if files.alone {
		return readFile(path, columns)
	}
	return files.read(columns)
}

func readFile(path string, columns Columns) (*Rows, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading rows: %w", err)
	}
	rows, err := Parse(f, path, columns)
	return rows, errors.Join(err, f.Close())
}

// Parse reads rows from r: JSON lines or a JSON array, CSV or TSV if the name ends so,
// each compressed by gzip or not, or Parquet, if r is an io.ReaderAt and an io.Seeker.
// Name stands for the file in messages. Blank lines and a byte order mark are skipped.
// Columns says which keys of the file stand for those of forms.
// The error describes up to ten ways in which rows are wrong, with the
// numbers of their lines, or their own in an array or Parquet; a file without a row is
// an error, too, and one of another format comes with the command that converts it.
func Parse(r io.Reader, name string, columns Columns) (*Rows, error) {
	p := &parser{name: name, columns: columns, rows: &Rows{name: name, keys: map[string]bool{}}, wrong: rowErrors{name: name}}
	if err := p.parse(r); err != nil {
		return nil, err
	}
	if err := p.wrong.join(); err != nil {
		return nil, cmp.Or(columns.Check(p.rows), err)
	}
	if len(p.rows.rows) == 0 {
		return nil, fmt.Errorf("%s: there are no rows in it; expected JSON lines, %s", name, expected)
	}
	return p.rows, nil
}

// parse reads all rows, by the format of the file.
func (p *parser) parse(r io.Reader) error {
	text, err := open(r, p.name)
	if err != nil {
		return fmt.Errorf("reading rows: %s: %w", p.name, err)
	}
	if isParquet(text) {
		return p.parquet(r)
	}
	if separator := separatorOf(text, p.name); separator != 0 {
		return p.csv(text, separator)
	}
	if first, err := firstByte(text); err == nil && first == '[' {
		return p.array(text)
	}
	return p.lines(text)
}

// open returns the text of a file: unpacked, without a byte order mark, and of a
// format that is read.
func open(r io.Reader, name string) (*bufio.Reader, error) {
	text := bufio.NewReader(r)
	if start, _ := text.Peek(2); bytes.Equal(start, []byte("\x1f\x8b")) {
		unpacked, err := gzip.NewReader(text)
		if err != nil {
			return nil, err
		}
		text = bufio.NewReader(unpacked)
	}
	if err := passMark(text, name); err != nil {
		return nil, err
	}
	return text, refuseFormat(text, name)
}

// passMark skips the byte order mark that some editors put at the start of UTF-8,
// and refuses UTF-16, which has a mark of its own or a zero byte in its first
// letter.
func passMark(text *bufio.Reader, name string) error {
	start, _ := text.Peek(3) // an error comes again as the lines are read
	switch {
	case bytes.Equal(start, []byte("\xef\xbb\xbf")):
		_, err := text.Discard(len(start))
		return err
	case len(start) < 2:
		return nil
	case start[0] == 0xff && start[1] == 0xfe, start[0] == 0xfe && start[1] == 0xff, start[0] == 0, start[1] == 0:
		return &convertibleError{errors.New("the file is UTF-16, not UTF-8"), conversion("iconv -f UTF-16 -t UTF-8 IN > SAME", name)}
	default:
		return nil
	}
}

// firstByte passes over white space and returns what follows, which stays to be read.
func firstByte(text *bufio.Reader) (byte, error) {
	for {
		b, err := text.ReadByte()
		if err != nil {
			return 0, err
		}
		if !slices.Contains([]byte(" \t\r\n"), b) {
			return b, text.UnreadByte()
		}
	}
}

// parser gathers the rows of a file, and what is wrong with them.
type parser struct {
	name    string
	columns Columns
	rows    *Rows
	wrong   rowErrors
}

// add adds a row, or what is wrong with it.
func (p *parser) add(at Place, r row, err error) {
	if err != nil {
		p.wrong.add(at, err)
		return
	}
	r.at = at
	p.rows.rows = append(p.rows.rows, r)
}

// lines reads a row from each line that is not blank.
func (p *parser) lines(text *bufio.Reader) error {
	for number := 1; ; number++ {
		line, err := readLine(text)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading rows: %s:%d: %w", p.name, number, err)
		}
		if len(bytes.TrimSpace(line)) > 0 {
			r, err := p.row(line)
			p.add(Place{Number: number}, r, err)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
}

// readLine returns the next line with its end; the last one comes with io.EOF.
// It is an error as soon as the line has more than maxLine bytes.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := r.ReadSlice('\n')
		if line = append(line, piece...); len(line) > maxLine {
			return nil, errLongRow
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

var errLongRow = fmt.Errorf("the row has more than the %d bytes that are allowed; split it into several", maxLine)

// array reads a row from each element of a JSON array.
func (p *parser) array(text *bufio.Reader) error {
	lines := &lineCounter{bounded: bounded{from: text, limit: maxLine + ahead}}
	decoder := json.NewDecoder(lines)
	failed := func(err error) error {
		if err == nil {
			return nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the file ends within its array of rows")
		}
		return fmt.Errorf("reading rows: %s:%d: %w", p.name, lines.at(decoder.InputOffset()), err)
	}
	if _, err := decoder.Token(); err != nil { // the opening bracket
		return failed(err)
	}
	for number := 1; decoder.More(); number++ {
		var element json.RawMessage
		if err := decoder.Decode(&element); err != nil {
			return failed(err)
		}
		end := decoder.InputOffset()
		lines.limit = end + maxLine + ahead
		if len(element) > maxLine {
			return failed(errLongRow)
		}
		r, err := p.row(element)
		p.add(Place{Number: number, Numbered: true}, r, err)
	}
	if _, err := decoder.Token(); err != nil { // the closing one
		return failed(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return failed(errors.New("something follows the array of rows"))
	}
	return nil
}

// ahead is how many bytes a decoder may read before it needs them.
const ahead = 1 << 16

// bounded is a reader of one row after the other, none of which may be too long.
type bounded struct {
	from  io.Reader
	read  int64
	limit int64 // more bytes than this are an error, as one row would have to hold them
}

func (b *bounded) Read(to []byte) (int, error) {
	if b.read > b.limit {
		return 0, errLongRow
	}
	n, err := b.from.Read(to)
	b.read += int64(n)
	return n, err
}

// lineCounter is a reader that knows on which line each of its bytes stands.
type lineCounter struct {
	bounded
	breaks []int64 // the offsets of the line feeds
}

func (l *lineCounter) Read(to []byte) (int, error) {
	start := l.read
	n, err := l.bounded.Read(to)
	for i, c := range to[:n] {
		if c == '\n' {
			l.breaks = append(l.breaks, start+int64(i))
		}
	}
	return n, err
}

// at is the line, from 1, of the byte at an offset.
func (l *lineCounter) at(offset int64) int {
	before, _ := slices.BinarySearch(l.breaks, offset)
	return before + 1
}
