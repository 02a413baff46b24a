package record

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"sweep/sweep"
)

// Measures are stored as a JSON object of numbers by name, ascending, with the texts NaN,
// Infinity and -Infinity for those that JSON lacks.

// EncodeMeasures returns the value of a column of measures: NULL where there are none.
func EncodeMeasures(m sweep.Measures) any {
	if len(m) == 0 {
		return nil
	}
	text := make([]byte, 0, 32*len(m))
	for i, measure := range m {
		text = append(text, "{,"[min(i, 1)])
		text = appendName(text, measure.Name)
		text = append(text, ':')
		switch x := measure.Value; {
		case math.IsNaN(x):
			text = append(text, `"NaN"`...)
		case math.IsInf(x, 1):
			text = append(text, `"Infinity"`...)
		case math.IsInf(x, -1):
			text = append(text, `"-Infinity"`...)
		default:
			text = strconv.AppendFloat(text, x, 'g', -1, 64)
		}
	}
	return string(append(text, '}'))
}

func appendName(text []byte, name string) []byte {
	special := func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }
	if strings.IndexFunc(name, special) < 0 {
		return append(append(append(text, '"'), name...), '"')
	}
	quoted, _ := json.Marshal(name) // a text always marshals
	return append(text, quoted...)
}

// MeasuresDecoder decodes columns of measures. It keeps the names, which are the same from
// step to step.
type MeasuresDecoder struct{ names map[string]string }

// Decode returns the measures that EncodeMeasures made a text of, none for "". What it
// did not make is ErrDamaged.
func (d *MeasuresDecoder) Decode(text []byte) (sweep.Measures, error) {
	if len(text) == 0 {
		return nil, nil
	}
	rest := string(text)
	m := make(sweep.Measures, 0, strings.Count(rest, ":"))
	for opens := "{"; ; opens = "," {
		if !strings.HasPrefix(rest, opens) {
			return nil, sweep.ErrDamaged
		}
		quoted, err := strconv.QuotedPrefix(rest[1:])
		if err != nil {
			return nil, sweep.ErrDamaged
		}
		name, ok := d.name(quoted)
		rest = rest[1+len(quoted):]
		end := strings.IndexAny(rest, ",}")
		if !ok || end < 1 || rest[0] != ':' {
			return nil, sweep.ErrDamaged
		}
		x, err := strconv.ParseFloat(strings.Trim(rest[1:end], `"`), 64)
		if err != nil {
			return nil, sweep.ErrDamaged
		}
		m = append(m, sweep.Measure{Name: name, Value: x})
		if rest = rest[end:]; rest == "}" {
			return m, nil
		}
	}
}

// name is what a quoted name stands for.
func (d *MeasuresDecoder) name(quoted string) (string, bool) {
	if known, ok := d.names[quoted]; ok {
		return known, true
	}
	var name string
	if json.Unmarshal([]byte(quoted), &name) != nil {
		return "", false
	}
	if d.names == nil {
		d.names = map[string]string{}
	}
	d.names[strings.Clone(quoted)] = name
	return name, true
}
