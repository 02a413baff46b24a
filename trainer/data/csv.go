package data

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// separatorOf is what stands between the fields of a file, which its name tells: CSV
// and TSV have no beginning of their own. It is 0 for other files.
func separatorOf(text *bufio.Reader, name string) rune {
	if start, _ := text.Peek(1); bytes.Equal(start, []byte("{")) || bytes.Equal(start, []byte("[")) {
		return 0
	}
	switch name = unpacked(name); {
	case strings.HasSuffix(name, ".csv"):
		return ','
	case strings.HasSuffix(name, ".tsv"):
		return '\t'
	}
	return 0
}

// csv reads a row from each record, the first of which has the names of the keys. Every
// field is a text; where a form has a list, the field holds it as JSON.
func (p *parser) csv(text *bufio.Reader, separator rune) error {
	limited := &bounded{from: text, limit: maxLine + ahead}
	records := csv.NewReader(limited)
	records.Comma, records.ReuseRecord = separator, true
	var header []string
	for {
		record, err := records.Read()
		limited.limit = limited.read + maxLine + ahead
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, csv.ErrFieldCount):
			line, _ := records.FieldPos(0)
			err = fmt.Errorf("the row has %d fields, and the header %d; put fields that hold a %s into quotes", len(record), len(header), separatorName(separator))
			p.add(Place{Number: line}, row{}, err)
		case err != nil:
			return p.csvFault(err)
		case header == nil:
			if header, err = p.header(record, separator); err != nil {
				return fmt.Errorf("reading rows: %s: %w", p.name, err)
			}
		default:
			line, _ := records.FieldPos(0)
			r, err := p.record(header, record)
			p.add(Place{Number: line}, r, err)
		}
	}
}

func separatorName(separator rune) string {
	if separator == '\t' {
		return "tab"
	}
	return "comma"
}

// csvFault says on which line a file is no CSV, and what to do where that is known.
func (p *parser) csvFault(err error) error {
	fault, ok := errors.AsType[*csv.ParseError](err)
	switch {
	case ok && (errors.Is(err, csv.ErrQuote) || errors.Is(err, csv.ErrBareQuote)):
		return fmt.Errorf("reading rows: %s:%d: %w; put the field into quotes, and write a quote in it twice", p.name, fault.Line, fault.Err)
	case ok:
		return fmt.Errorf("reading rows: %s:%d: %w", p.name, fault.Line, fault.Err)
	}
	return fmt.Errorf("reading rows: %s: %w", p.name, err)
}

// header checks the names of the keys.
func (p *parser) header(names []string, separator rune) ([]string, error) {
	header := make([]string, len(names))
	seen := map[string]bool{}
	for i, name := range names {
		switch {
		case !utf8.ValidString(name):
			return nil, errNotUTF8
		case seen[name] && name != "":
			return nil, fmt.Errorf("the header has %q twice; keep one", name)
		}
		seen[name] = true
		header[i] = name
	}
	if other := otherSeparator(names, separator); other != "" {
		err := fmt.Errorf("the header is %q, a single key; its fields seem to be separated by %q", names[0], other)
		return nil, &convertibleError{err, conversion(pandas("read_csv", fmt.Sprintf(", sep=%q", other)), p.name)}
	}
	return header, nil
}

// otherSeparator is what seems to stand between fields in place of the separator, ""
// where nothing does.
func otherSeparator(header []string, separator rune) string {
	for _, other := range []string{";", "\t", ",", "|"} {
		if len(header) == 1 && other != string(separator) && strings.Contains(header[0], other) {
			return other
		}
	}
	return ""
}

// record reads a row from fields and their keys.
func (p *parser) record(header, record []string) (row, error) {
	fields := make(map[string]json.RawMessage, len(record))
	for i, text := range record {
		fields[header[i]] = quote(text)
	}
	return p.cells(fields)
}

// cells reads a row of a table, whose cells may hold lists as JSON.
func (p *parser) cells(fields map[string]json.RawMessage) (row, error) {
	for _, key := range []string{"messages", "conversations", "input_ids", "labels"} {
		if column, renamed := p.columns[key]; renamed {
			key = column
		}
		raw := fields[key]
		var text string
		if raw == nil || raw[0] != '"' || json.Unmarshal(raw, &text) != nil || !strings.HasPrefix(strings.TrimSpace(text), "[") {
			continue
		}
		list := json.RawMessage(strings.TrimSpace(text))
		if !json.Valid(list) {
			return row{}, fmt.Errorf("%q is %s, which is no JSON; write the list as JSON, with \" around its texts", key, abbreviate(list))
		}
		if err := refuseHalves(list); err != nil {
			return row{}, err
		}
		fields[key] = list
	}
	return p.fields(fields)
}

// quote is a text as JSON, which is not UTF-8 where the text is not.
func quote(text string) json.RawMessage {
	if !utf8.ValidString(text) {
		return json.RawMessage("\"\xff\"")
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text has its JSON
	return bytes.TrimSpace(b.Bytes())
}
