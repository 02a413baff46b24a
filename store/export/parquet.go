package export

import (
	"io"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// parquetRows is how many rows are passed on at once.
const parquetRows = 1024

// parquetTable writes a Parquet file with zstd pages, its columns in
// alphabetical order, as the library has them. Every column may be null.
type parquetTable struct {
	out   *parquet.GenericWriter[any]
	place []int // in the file, of each column
	rows  []parquet.Row
}

func newParquet(w io.Writer, columns []column) table {
	names := make([]string, len(columns))
	group := parquet.Group{}
	t := &parquetTable{}
	for i, c := range columns {
		names[i] = c.name
		group[c.name] = parquet.Compressed(node(c.kind), &parquet.Zstd)
	}
	slices.Sort(names)
	for _, c := range columns {
		t.place = append(t.place, slices.Index(names, c.name))
	}
	t.out = parquet.NewGenericWriter[any](w, parquet.NewSchema("sweep", group))
	return t
}

func node(k kind) parquet.Node {
	switch k {
	case whole:
		return parquet.Optional(parquet.Int(64))
	case real:
		return parquet.Optional(parquet.Leaf(parquet.DoubleType))
	case flag:
		return parquet.Optional(parquet.Leaf(parquet.BooleanType))
	default:
		return parquet.Optional(parquet.Encoded(parquet.String(), &parquet.RLEDictionary))
	}
}

func (t *parquetTable) write(row []any) error {
	values := make(parquet.Row, len(row))
	for i, v := range row {
		values[t.place[i]] = t.value(i, v)
	}
	t.rows = append(t.rows, values)
	if len(t.rows) < parquetRows {
		return nil
	}
	return t.flush()
}

// value is v in column i. The definition level tells null from the rest.
func (t *parquetTable) value(i int, v any) parquet.Value {
	level := 1
	if v == nil {
		level = 0
	}
	if s, ok := v.(string); ok {
		v = strings.ToValidUTF8(s, "\uFFFD")
	}
	return parquet.ValueOf(v).Level(0, level, t.place[i])
}

func (t *parquetTable) flush() error {
	_, err := t.out.WriteRows(t.rows)
	t.rows = t.rows[:0]
	return err
}

func (t *parquetTable) close() error {
	if err := t.flush(); err != nil {
		return err
	}
	return t.out.Close()
}
