package tfevents

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Event is what was logged at once.
type Event struct {
	Wall     time.Time
	Step     int64
	Scalars  []Scalar
	Texts    map[string]string // by tag
	Settings map[string]any    // hyperparameters: float64, bool or string by name; nil where the event has none
}

// Scalar is a number under a tag, such as "train/loss".
type Scalar struct {
	Tag   string
	Value float64
}

// Reader reads the events of a file.
type Reader struct {
	from   *bufio.Reader
	offset int64
}

// NewReader returns a Reader of a file.
func NewReader(r io.Reader) *Reader { return &Reader{from: bufio.NewReader(r)} }

// Offset returns how many bytes there are up to the end of the last event that Next
// returned.
func (r *Reader) Offset() int64 { return r.offset }

// Next returns the next event, or io.EOF. Where the file ends within a record the error
// is ErrCutOff; the events before are whole.
func (r *Reader) Next() (Event, error) {
	data, err := readRecord(r.from)
	if err != nil {
		return Event{}, err
	}
	r.offset += int64(len(data)) + recordFrame
	var e Event
	err = eachField(data, func(f field) error {
		switch f.number {
		case 1: // wall_time, double
			seconds, fraction := math.Modf(math.Float64frombits(f.bits))
			e.Wall = time.Unix(int64(seconds), int64(fraction*1e9))
		case 2: // step, int64
			e.Step = int64(f.bits)
		case 5: // summary
			return eachField(f.bytes, func(f field) error {
				if f.number == 1 {
					return e.addValue(f.bytes)
				}
				return nil
			})
		}
		return nil
	})
	if err != nil {
		return Event{}, fmt.Errorf("read an event: %w", err)
	}
	return e, nil
}

// addValue adds a Summary.Value.
func (e *Event) addValue(data []byte) error {
	var tag string
	var v tensor
	simple := false
	var plugin, content []byte
	err := eachField(data, func(f field) error {
		switch f.number {
		case 1:
			tag = string(f.bytes)
		case 2: // simple_value, float
			simple = true
			v.numbers = []float64{float64(math.Float32frombits(uint32(f.bits)))}
		case 8:
			return v.decode(f.bytes)
		case 9: // metadata, of which plugin_data is field 1
			return within(f.bytes, 1, func(f field) error {
				return eachField(f.bytes, func(f field) error {
					switch f.number {
					case 1:
						plugin = f.bytes
					case 2:
						content = f.bytes
					}
					return nil
				})
			})
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case string(plugin) == hparamsPlugin && tag == sessionStart:
		return e.addSettings(content)
	case simple, len(v.numbers) == 1 && (string(plugin) == "scalars" || len(plugin) == 0):
		e.Scalars = append(e.Scalars, Scalar{tag, v.numbers[0]})
	case len(v.texts) > 0:
		if e.Texts == nil {
			e.Texts = map[string]string{}
		}
		e.Texts[tag] = v.texts[0]
	}
	return nil
}

// tensor is the numbers or texts of a TensorProto, of which scalars have one.
type tensor struct {
	numbers []float64
	texts   []string
}

// Types of TensorProto.dtype.
const (
	typeFloat  = 1
	typeDouble = 2
)

func (t *tensor) decode(data []byte) error {
	var kind uint64
	var content []byte
	err := eachField(data, func(f field) error {
		switch f.number {
		case 1:
			kind = f.bits
		case 4:
			content = f.bytes
		case 5: // float_val, packed or not
			for _, bits := range f.packed(4) {
				t.numbers = append(t.numbers, float64(math.Float32frombits(uint32(bits))))
			}
		case 6: // double_val
			for _, bits := range f.packed(8) {
				t.numbers = append(t.numbers, math.Float64frombits(bits))
			}
		case 8: // string_val
			t.texts = append(t.texts, string(f.bytes))
		}
		return nil
	})
	for ; kind == typeFloat && len(content) >= 4; content = content[4:] {
		t.numbers = append(t.numbers, float64(math.Float32frombits(binary.LittleEndian.Uint32(content))))
	}
	for ; kind == typeDouble && len(content) >= 8; content = content[8:] {
		t.numbers = append(t.numbers, math.Float64frombits(binary.LittleEndian.Uint64(content)))
	}
	return err
}

// The plugin that keeps hyperparameters, and the tag under which a run has them.
const (
	hparamsPlugin = "hparams"
	sessionStart  = "_hparams_/session_start_info"
)

// addSettings reads an HParamsPluginData: in its session_start_info, field 3, the map
// hparams, field 1, of names to google.protobuf.Value.
func (e *Event) addSettings(content []byte) error {
	e.Settings = map[string]any{}
	return within(content, 3, func(f field) error {
		return within(f.bytes, 1, func(f field) error {
			var name string
			var value any
			err := eachField(f.bytes, func(f field) error {
				switch f.number {
				case 1:
					name = string(f.bytes)
				case 2:
					return eachField(f.bytes, func(f field) error {
						switch f.number {
						case 2:
							value = math.Float64frombits(f.bits)
						case 3:
							value = string(f.bytes)
						case 4:
							value = f.bits != 0
						}
						return nil
					})
				}
				return nil
			})
			if value != nil {
				e.Settings[name] = value
			}
			return err
		})
	})
}

// field is a field of a message: a number of up to 64 bits, or bytes.
type field struct {
	number protowire.Number
	kind   protowire.Type
	bits   uint64
	bytes  []byte
}

// packed returns the values of a repeated field of numbers of some bytes each, which may
// stand in one field or in a field each.
func (f field) packed(size int) (values []uint64) {
	if f.kind != protowire.BytesType {
		return []uint64{f.bits}
	}
	for b := f.bytes; len(b) >= size; b = b[size:] {
		if size == 4 {
			values = append(values, uint64(binary.LittleEndian.Uint32(b)))
		} else {
			values = append(values, binary.LittleEndian.Uint64(b))
		}
	}
	return values
}

// within calls use with the fields of one number.
func within(data []byte, number protowire.Number, use func(field) error) error {
	return eachField(data, func(f field) error {
		if f.number != number {
			return nil
		}
		return use(f)
	})
}

// eachField calls use with every field of a message.
func eachField(data []byte, use func(field) error) error {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return protowire.ParseError(n)
		}
		data = data[n:]
		f := field{number: number, kind: kind}
		switch kind {
		case protowire.VarintType:
			f.bits, n = protowire.ConsumeVarint(data)
		case protowire.Fixed64Type:
			f.bits, n = protowire.ConsumeFixed64(data)
		case protowire.Fixed32Type:
			var bits uint32
			bits, n = protowire.ConsumeFixed32(data)
			f.bits = uint64(bits)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(data)
		default:
			return errors.New("a field is of a type that no event has")
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		data = data[n:]
		if err := use(f); err != nil {
			return err
		}
	}
	return nil
}
