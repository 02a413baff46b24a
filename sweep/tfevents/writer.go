package tfevents

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Writer writes the events of a run. Whoever has written all of them calls Flush.
type Writer struct{ to *bufio.Writer }

// NewWriter begins an event file.
func NewWriter(w io.Writer, at time.Time) (*Writer, error) {
	to := &Writer{bufio.NewWriter(w)}
	// file_version, which has no step
	return to, to.event(at, 0, 3, []byte("brain.Event:2"))
}

// Flush writes what is not yet written.
func (w *Writer) Flush() error { return w.to.Flush() }

// Scalars logs numbers at a step, as float32: TensorBoard keeps no more.
func (w *Writer) Scalars(step int64, at time.Time, scalars ...Scalar) error {
	var summary []byte
	for _, s := range scalars {
		var value []byte
		value = appendBytes(value, 1, []byte(s.Tag))
		value = protowire.AppendTag(value, 2, protowire.Fixed32Type)
		value = protowire.AppendFixed32(value, math.Float32bits(float32(s.Value)))
		summary = appendBytes(summary, 1, value)
	}
	return w.event(at, step, 5, summary)
}

// Settings logs the hyperparameters of the run, each a float64, an int, a bool or a
// string, as TensorBoard's plugin for them wants it.
func (w *Writer) Settings(settings map[string]any, at time.Time) error {
	var session []byte
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value, err := settingValue(settings[name])
		if err != nil {
			return fmt.Errorf("log setting %s: %w", name, err)
		}
		var entry []byte
		entry = appendBytes(entry, 1, []byte(name))
		entry = appendBytes(entry, 2, value)
		session = appendBytes(session, 1, entry)
	}
	content := appendBytes(nil, 3, session) // version, field 1, is 0
	data := appendBytes(appendBytes(nil, 1, []byte(hparamsPlugin)), 2, content)
	value := appendBytes(appendBytes(nil, 1, []byte(sessionStart)), 9, appendBytes(nil, 1, data))
	return w.event(at, 0, 5, appendBytes(nil, 1, value))
}

// settingValue writes a google.protobuf.Value.
func settingValue(v any) ([]byte, error) {
	switch v := v.(type) {
	case int:
		return settingValue(float64(v))
	case float64:
		return protowire.AppendFixed64(protowire.AppendTag(nil, 2, protowire.Fixed64Type), math.Float64bits(v)), nil
	case string:
		return appendBytes(nil, 3, []byte(v)), nil
	case bool:
		return protowire.AppendVarint(protowire.AppendTag(nil, 4, protowire.VarintType), protowire.EncodeBool(v)), nil
	default:
		return nil, fmt.Errorf("%v is neither a number, a flag nor a text", v)
	}
}

// event writes an event with one field beside its time and step.
func (w *Writer) event(at time.Time, step int64, number protowire.Number, content []byte) error {
	data := protowire.AppendTag(nil, 1, protowire.Fixed64Type)
	data = protowire.AppendFixed64(data, math.Float64bits(float64(at.UnixNano())/1e9))
	if step != 0 {
		data = protowire.AppendTag(data, 2, protowire.VarintType)
		data = protowire.AppendVarint(data, uint64(step))
	}
	return writeRecord(w.to, appendBytes(data, number, content))
}

func appendBytes(to []byte, number protowire.Number, b []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, number, protowire.BytesType), b)
}
