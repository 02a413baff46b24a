package data

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// parquetMark begins and ends a Parquet file.
const parquetMark = "PAR1"

func isParquet(text *bufio.Reader) bool {
	start, _ := text.Peek(len(parquetMark))
	return string(start) == parquetMark
}

// parquet reads a row from each record of a Parquet file. A struct is an object and a
// list an array.
func (p *parser) parquet(r io.Reader) (err error) {
	file, ok := r.(interface {
		io.ReaderAt
		io.Seeker
	})
	if !ok {
		return fmt.Errorf("reading rows: %s: a Parquet file cannot be read from a stream", p.name)
	}
	defer func() {
		if fault := recover(); fault != nil { // the library takes a file for sound
			err = fmt.Errorf("it is damaged: %v", fault)
		}
		if err != nil {
			err = fmt.Errorf("reading rows: %s: %w", p.name, err)
		}
	}()
	size, err := parquetSize(file)
	if err != nil {
		return err
	}
	table, err := parquet.OpenFile(file, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return err
	}
	if err := cmp.Or(refuseLZ4(table, p.name), checkPages(file, size, table)); err != nil {
		return err
	}
	number := 0
	for _, group := range table.RowGroups() {
		if err := p.rowGroup(table.Root(), group, &number); err != nil {
			return fmt.Errorf("after row %d: %w", number, err)
		}
	}
	return nil
}

// refuseLZ4 refuses a file with pages that LZ4 compressed: the library has no bound on the
// memory that it takes for a damaged one.
func refuseLZ4(table *parquet.File, name string) error {
	for _, group := range table.Metadata().RowGroups {
		for _, column := range group.Columns {
			if codec := column.MetaData.Codec.String(); strings.HasPrefix(codec, "LZ4") {
				return notRead("compressed by LZ4", pandas("read_parquet", ""), name)
			}
		}
	}
	return nil
}

// parquetSize is the size of a Parquet file, whose last eight bytes are the length of
// what describes it and the mark. It holds what describes it to its length.
func parquetSize(file interface {
	io.ReaderAt
	io.Seeker
},
) (int64, error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	end := make([]byte, 8)
	if _, err := file.ReadAt(end, max(0, size-8)); err != nil || string(end[4:]) != parquetMark {
		return 0, errors.New("the Parquet file has no end; fetch it again")
	}
	length := int64(binary.LittleEndian.Uint32(end))
	if length > size-12 {
		return 0, fmt.Errorf("it is damaged: what describes it would have %d of its %d bytes", length, size)
	}
	describes := make([]byte, length)
	if _, err := file.ReadAt(describes, size-8-length); err != nil {
		return 0, err
	}
	return size, checkFooter(describes)
}

func (p *parser) rowGroup(root *parquet.Column, group parquet.RowGroup, number *int) (err error) {
	rows := group.Rows()
	defer func() { err = errors.Join(err, rows.Close()) }()
	batch := make([]parquet.Row, 64)
	for {
		n, err := rows.ReadRows(batch)
		for _, values := range batch[:n] {
			*number++
			r, wrong := p.tableRow(root, values)
			p.add(Place{Number: *number, Numbered: true}, r, wrong)
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case n == 0:
			return io.ErrNoProgress
		}
	}
}

// tableRow reads a row from the values of a record.
func (p *parser) tableRow(root *parquet.Column, values parquet.Row) (row, error) {
	a := assembly{leaves: map[int][]parquet.Value{}}
	for _, v := range values {
		a.leaves[v.Column()] = append(a.leaves[v.Column()], v)
	}
	fields := map[string]json.RawMessage{}
	for _, c := range root.Columns() {
		if firstLeaf(c) != nil {
			a.text = nil
			a.node(c)
			fields[c.Name()] = a.text
		}
	}
	if a.broken {
		return row{}, errors.New("the row is damaged: it has too few values")
	}
	if a.size > maxLine {
		return row{}, errLongRow
	}
	return p.cells(fields)
}

// assembly puts the values of a record together to JSON, by their levels (Dremel,
// Melnik et al., VLDB 2010).
type assembly struct {
	leaves map[int][]parquet.Value // those of the record that are left, by column
	text   json.RawMessage         // written so far
	size   int                     // bytes of values
	broken bool                    // a column had too few values
}

// node writes the value of a column, which holds a list of values where it is repeated.
func (a *assembly) node(c *parquet.Column) {
	if !c.Repeated() {
		a.single(c)
		return
	}
	a.list(c, c)
}

// list writes the elements of a repeated column, each the value of the column element.
func (a *assembly) list(repeated, element *parquet.Column) {
	leaf := firstLeaf(repeated)
	if a.peek(leaf).DefinitionLevel() < repeated.MaxDefinitionLevel() {
		a.skip(repeated)
		a.text = append(a.text, "[]"...)
		return
	}
	a.text = append(a.text, '[')
	for !a.broken {
		if element.Repeated() && element != repeated {
			a.node(element)
		} else {
			a.single(element)
		}
		next := a.leaves[leaf.Index()]
		if len(next) == 0 || next[0].RepetitionLevel() != repeated.MaxRepetitionLevel() {
			break
		}
		a.text = append(a.text, ',')
	}
	a.text = append(a.text, ']')
}

// single writes one value of a column, be the column repeated or not.
func (a *assembly) single(c *parquet.Column) {
	if c.Leaf() {
		v := a.peek(c)
		a.skip(c)
		a.value(v, v.DefinitionLevel() < c.MaxDefinitionLevel())
		return
	}
	if c.Optional() && a.peek(firstLeaf(c)).DefinitionLevel() < c.MaxDefinitionLevel() {
		a.skip(c)
		a.text = append(a.text, "null"...)
		return
	}
	if repeated, element := elementsOf(c); repeated != nil {
		a.list(repeated, element)
		return
	}
	a.text = append(a.text, '{')
	first := true
	for _, field := range c.Columns() {
		if firstLeaf(field) == nil {
			continue
		}
		if !first {
			a.text = append(a.text, ',')
		}
		first = false
		a.text = append(append(a.text, quote(field.Name())...), ':')
		a.node(field)
	}
	a.text = append(a.text, '}')
}

// elementsOf returns of a column that is annotated as a list the repeated column below
// it and that of its elements, as Parquet's LogicalTypes.md has them.
func elementsOf(c *parquet.Column) (repeated, element *parquet.Column) {
	below := c.Columns()
	if kind := c.Type().LogicalType(); kind == nil || kind.String() != "LIST" || len(below) != 1 || !below[0].Repeated() {
		return nil, nil
	}
	repeated = below[0]
	wrapped := !repeated.Leaf() && len(repeated.Columns()) == 1 && repeated.Name() != "array" && repeated.Name() != c.Name()+"_tuple"
	if wrapped {
		return repeated, repeated.Columns()[0]
	}
	return repeated, repeated
}

// peek returns the next value of a leaf.
func (a *assembly) peek(leaf *parquet.Column) parquet.Value {
	values := a.leaves[leaf.Index()]
	if len(values) == 0 {
		a.broken = true
		return parquet.Value{}
	}
	return values[0]
}

// skip passes over a value of each leaf below a column.
func (a *assembly) skip(c *parquet.Column) {
	if !c.Leaf() {
		for _, field := range c.Columns() {
			a.skip(field)
		}
		return
	}
	a.peek(c)
	if values := a.leaves[c.Index()]; len(values) > 0 {
		a.leaves[c.Index()] = values[1:]
	}
}

// firstLeaf returns the first column with values at or below c, nil if there is none.
func firstLeaf(c *parquet.Column) *parquet.Column {
	if c.Leaf() {
		return c
	}
	for _, field := range c.Columns() {
		if leaf := firstLeaf(field); leaf != nil {
			return leaf
		}
	}
	return nil
}

// value writes a value.
func (a *assembly) value(v parquet.Value, null bool) {
	start := len(a.text)
	switch {
	case null || v.IsNull():
		a.text = append(a.text, "null"...)
	case v.Kind() == parquet.Boolean:
		a.text = strconv.AppendBool(a.text, v.Boolean())
	case v.Kind() == parquet.Int32:
		a.text = strconv.AppendInt(a.text, int64(v.Int32()), 10)
	case v.Kind() == parquet.Int64:
		a.text = strconv.AppendInt(a.text, v.Int64(), 10)
	case v.Kind() == parquet.Float:
		a.number(float64(v.Float()), 32)
	case v.Kind() == parquet.Double:
		a.number(v.Double(), 64)
	case v.Kind() == parquet.ByteArray || v.Kind() == parquet.FixedLenByteArray:
		a.text = append(a.text, quote(string(v.ByteArray()))...)
	default:
		a.text = append(a.text, quote(v.String())...)
	}
	a.size += len(a.text) - start
}

// number writes a number, as a text where JSON has none.
func (a *assembly) number(x float64, bits int) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		a.text = append(a.text, quote(strconv.FormatFloat(x, 'g', -1, bits))...)
		return
	}
	a.text = strconv.AppendFloat(a.text, x, 'g', -1, bits)
}
