package sweep

import (
	"bytes"
	"encoding/json"
)

// ParamsDecoder is DecodeParams for the runs of a sweep, one after the other. It is
// faster, as it decodes only what differs from the run before. Params that it
// returns share their lists. The zero value is ready for use, but not by several
// goroutines.
type ParamsDecoder struct {
	text   []byte   // decoded last
	fields [][]byte // of text, each as "name":value; nil unless every parameter is there
	params Params
}

// Decode reads settings from JSON.
func (d *ParamsDecoder) Decode(text []byte) (Params, error) {
	if d.fields != nil && d.change(text) {
		return d.params, nil
	}
	p, whole, err := decodeParams(text)
	d.params, d.fields = p, nil
	if err == nil && whole {
		d.remember(text)
	}
	return p, err
}

func (d *ParamsDecoder) remember(text []byte) {
	d.text = append(d.text[:0], text...)
	d.fields = fieldsOf(d.text, d.fields[:0])
}

// change decodes the fields that differ from those of the text before. It reports
// whether it could: only numbers, flags and strings may differ.
func (d *ParamsDecoder) change(text []byte) bool {
	fields := fieldsOf(text, make([][]byte, 0, len(d.fields)))
	if len(fields) != len(d.fields) {
		return false
	}
	changed := []byte{'{'}
	for i, field := range fields {
		if bytes.Equal(field, d.fields[i]) {
			continue
		}
		name, value, _ := bytes.Cut(field, []byte{':'})
		if !bytes.HasPrefix(d.fields[i], append(name, ':')) || len(value) == 0 || bytes.IndexByte([]byte("[{n \t\r\n"), value[0]) >= 0 {
			return false
		}
		if len(changed) > 1 {
			changed = append(changed, ',')
		}
		changed = append(changed, field...)
	}
	p := d.params
	if json.Unmarshal(append(changed, '}'), &p) != nil {
		return false
	}
	d.params = p
	d.remember(text)
	return true
}

// fieldsOf appends the fields of a JSON object without spaces. It appends nothing where the text is no object.
func fieldsOf(text []byte, fields [][]byte) [][]byte {
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' {
		return fields
	}
	start, quoted, depth := 1, false, 0
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
		case (c == ',' || c == '}') && depth == 0:
			fields = append(fields, text[start:i])
			start = i + 1
		case c == ']' || c == '}':
			depth--
		}
	}
	return fields
}
