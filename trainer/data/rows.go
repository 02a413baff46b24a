package data

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"

	"sweep/sweep/regular"
)

// maxLine bounds the bytes of a row.
const maxLine = 1 << 24

// Rows are the parsed, untokenised rows of one file, in file order.
type Rows struct {
	name string // the file, for messages
	rows []row
}

// Read reads the JSON lines of the file at path.
func Read(path string) (*Rows, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading rows: %w", err)
	}
	rows, err := Parse(f, path)
	return rows, errors.Join(err, f.Close())
}

// Parse reads JSON lines from r; name stands for the file in messages. Blank
// lines and a byte order mark are skipped. The error describes up to ten ways in
// which lines are wrong, with the numbers of the lines; a file without a row is an
// error, too.
func Parse(r io.Reader, name string) (*Rows, error) {
	rows := &Rows{name: name}
	wrong := rowErrors{name: name}
	lines := bufio.NewReader(r)
	if err := passMark(lines); err != nil {
		return nil, fmt.Errorf("reading rows: %s: %w", name, err)
	}
	for number := 1; ; number++ {
		line, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("reading rows: %s:%d: %w", name, number, err)
		}
		if len(bytes.TrimSpace(line)) > 0 {
			parsed, wrongRow := parseRow(line)
			if wrongRow != nil {
				wrong.add(number, wrongRow)
			} else {
				parsed.line = number
				rows.rows = append(rows.rows, parsed)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
	}
	if err := wrong.join(); err != nil {
		return nil, err
	}
	if len(rows.rows) == 0 {
		return nil, fmt.Errorf("%s: there are no rows in it; expected JSON lines, %s", name, expected)
	}
	return rows, nil
}

// passMark skips the byte order mark that some editors put at the start of UTF-8,
// and refuses UTF-16, which has a mark of its own or a zero byte in its first
// letter.
func passMark(text *bufio.Reader) error {
	start, _ := text.Peek(3) // an error comes again as the lines are read
	switch {
	case bytes.Equal(start, []byte("\xef\xbb\xbf")):
		_, err := text.Discard(len(start))
		return err
	case len(start) < 2:
		return nil
	case start[0] == 0xff && start[1] == 0xfe, start[0] == 0xfe && start[1] == 0xff, start[0] == 0, start[1] == 0:
		return errors.New("the file is UTF-16; save it as UTF-8")
	default:
		return nil
	}
}

// readLine returns the next line with its end; the last one comes with io.EOF.
// It is an error as soon as the line has more than maxLine bytes.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := r.ReadSlice('\n')
		if line = append(line, piece...); len(line) > maxLine {
			return nil, fmt.Errorf("the row has more than the %d bytes that are allowed; split it into several", maxLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// Len is the number of rows.
func (r *Rows) Len() int { return len(r.rows) }

// Hash is a SHA-256 in hex over what the rows say, in their order: not over
// their JSON spelling, blank lines or the file's name.
func (r *Rows) Hash() string {
	h := sha256.New()
	for _, row := range r.rows {
		digest := row.digest()
		h.Write(digest[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Split holds out about the fraction holdout of the rows for evaluation; both
// halves keep the order of r. A row's side depends on what it says alone, so
// equal rows land on the same side and adding rows moves no other. With
// holdout 0 all rows are for training and eval is empty; any other holdout
// that leaves a side empty is an error.
func (r *Rows) Split(holdout float64) (train, eval *Rows, err error) {
	if !(holdout >= 0 && holdout < 1) {
		return nil, nil, fmt.Errorf("splitting %s: holdout is %v; it must be a fraction from 0 to below 1", r.name, holdout)
	}
	train, eval = &Rows{name: r.name}, &Rows{name: r.name}
	border := uint64(math.Ldexp(holdout, 64))
	for _, row := range r.rows {
		digest := row.digest()
		side := train
		if binary.LittleEndian.Uint64(digest[:]) < border {
			side = eval
		}
		side.rows = append(side.rows, row)
	}
	if holdout > 0 && (train.Len() == 0 || eval.Len() == 0) {
		return nil, nil, fmt.Errorf("splitting %s: holdout %v of %d rows leaves %d to train on and %d to evaluate on; "+
			"add rows, move holdout towards 0.5, or name the evaluation rows with data_eval", r.name, holdout, r.Len(), train.Len(), eval.Len())
	}
	return train, eval, nil
}

// First returns the first n rows, or all of them for n = 0. It is an error if there
// are fewer.
func (r *Rows) First(n int) (*Rows, error) {
	if n > r.Len() {
		return nil, fmt.Errorf("rows = %d: %s has %d rows to train on; choose rows <= %d, or 0 for all of them", n, r.name, r.Len(), r.Len())
	}
	if n == 0 {
		return r, nil
	}
	return &Rows{name: r.name, rows: r.rows[:n]}, nil
}
