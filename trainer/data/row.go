package data

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const expected = `{"text"}, {"prompt", "completion"}, {"messages"} or {"input_ids", "labels"}`

// noLoss is the label of a token that bears no loss, as in transformers.
const noLoss = -100

// row is one parsed line: either text, after a prompt or without one, or a
// conversation, or tokens with their labels.
type row struct {
	line      int // from 1
	tokenised bool
	prompted  bool
	prompt    string
	text      string // the whole text, or the completion
	turns     []turn
	ids       []int32
	labels    []int32 // len(ids), noLoss or a token
}

// parseRow reads one line; its errors say what was expected.
func parseRow(line []byte) (row, error) {
	if !utf8.Valid(line) {
		return row{}, errors.New("the row is not valid UTF-8; save the file as UTF-8")
	}
	fields, err := parseObject(line)
	if err != nil {
		return row{}, err
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if fields[name] == nil {
				return false
			}
		}
		return len(fields) == len(names)
	}
	switch {
	case has("text"):
		r := row{}
		return r, parseString(fields, "text", &r.text)
	case has("prompt", "completion"):
		r := row{prompted: true}
		err := cmp.Or(parseString(fields, "prompt", &r.prompt), parseString(fields, "completion", &r.text))
		return r, err
	case has("messages"):
		turns, err := parseTurns(fields["messages"])
		return row{turns: turns}, err
	case has("input_ids", "labels"):
		return parseTokens(fields)
	}
	return row{}, wrongKeys(fields)
}

// parseObject splits a line that must be one JSON object without repeated keys.
func parseObject(line []byte) (map[string]json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, fmt.Errorf("the row is not a JSON object; expected %s", expected)
	}
	fields := map[string]json.RawMessage{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		name := key.(string) // the decoder lets no other key pass
		if fields[name] != nil {
			return nil, fmt.Errorf("key %q occurs twice; keep one", name)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, notJSON(err)
		}
		fields[name] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, notJSON(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON object; write one object a line")
	}
	return fields, refuseHalves(line)
}

func notJSON(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the row is not JSON: it ends within the object; write each object on one line")
	}
	return fmt.Errorf("the row is not JSON: %w", err)
}

// wrongKeys explains what is wrong with a row whose keys fit none of the forms.
func wrongKeys(fields map[string]json.RawMessage) error {
	if len(fields) == 0 {
		return fmt.Errorf("the row has no keys; expected %s", expected)
	}
	const limit = 10
	names, more := slices.Sorted(maps.Keys(fields)), ""
	if n := len(names) - limit; n > 0 {
		names, more = names[:limit], fmt.Sprintf(" and %d more", n)
	}
	var keys []string
	for _, name := range names {
		keys = append(keys, abbreviate(json.RawMessage(strconv.Quote(name))))
	}
	return fmt.Errorf("the row has the keys {%s}%s; expected exactly %s", strings.Join(keys, ", "), more, expected)
}

func parseString(fields map[string]json.RawMessage, key string, value *string) error {
	if raw := fields[key]; raw[0] != '"' {
		return fmt.Errorf("%q is %s; expected a string", key, abbreviate(raw))
	}
	return json.Unmarshal(fields[key], value)
}

func parseTokens(fields map[string]json.RawMessage) (row, error) {
	r := row{tokenised: true}
	err := cmp.Or(parseInts(fields, "input_ids", &r.ids), parseInts(fields, "labels", &r.labels))
	if err != nil {
		return row{}, err
	}
	if len(r.ids) != len(r.labels) {
		return row{}, fmt.Errorf("there are %d input_ids and %d labels; expected one label a token, %d for no loss", len(r.ids), len(r.labels), noLoss)
	}
	return r, nil
}

func parseInts(fields map[string]json.RawMessage, key string, values *[]int32) error {
	raw := fields[key]
	// Unmarshal would take a null for "leave it as it is".
	if raw[0] == '[' && !bytes.Contains(raw, []byte("null")) && json.Unmarshal(raw, values) == nil {
		return nil
	}
	return notInts(key, raw)
}

// notInts names what is wrong with an array of token ids.
func notInts(key string, raw json.RawMessage) error {
	var elements []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &elements) != nil {
		return fmt.Errorf("%q is %s; expected an array of whole token ids", key, abbreviate(raw))
	}
	at := slices.IndexFunc(elements, func(e json.RawMessage) bool {
		_, err := strconv.ParseInt(string(e), 10, 32)
		return err != nil
	})
	return fmt.Errorf("%q is %s at position %d; expected an array of whole token ids", key, abbreviate(elements[at]), at)
}

// abbreviate shows a value. Of a long one it shows the beginning, the end and the
// length.
func abbreviate(raw json.RawMessage) string {
	const limit, head, tail = 160, 90, 50 // characters
	text := []rune(string(raw))
	if len(text) <= limit {
		return string(raw)
	}
	return fmt.Sprintf("%s ... %s (%d characters)", string(text[:head]), string(text[len(text)-tail:]), len(text))
}

// refuseHalves finds an escape such as \ud83d that lacks its other half, which
// JSON decoders replace by a question mark. The text is valid JSON.
func refuseHalves(text []byte) error {
	for {
		at := bytes.IndexByte(text, '\\')
		if at < 0 {
			return nil
		}
		text = text[at:]
		unit := escapedUnit(text)
		switch {
		case !utf16.IsSurrogate(unit):
			text = text[2:]
		case utf16.DecodeRune(unit, escapedUnit(text[6:])) == utf8.RuneError:
			return fmt.Errorf(`the row holds %s, half of a character; write both halves, or the character itself`, text[:6])
		default:
			text = text[12:]
		}
	}
}

// escapedUnit is the UTF-16 that text starts with as \uXXXX, or 0.
func escapedUnit(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(n)
}

// digest is a SHA-256 over what the row says, each part led by its length.
func (r row) digest() [sha256.Size]byte {
	var b []byte
	part := func(text string) {
		b = binary.LittleEndian.AppendUint64(b, uint64(len(text)))
		b = append(b, text...)
	}
	switch {
	case r.tokenised:
		part("tokens")
		for i, id := range r.ids {
			b = binary.LittleEndian.AppendUint32(b, uint32(id))
			b = binary.LittleEndian.AppendUint32(b, uint32(r.labels[i]))
		}
	case r.turns != nil:
		part("messages")
		for _, t := range r.turns {
			part(t.role)
			part(t.content)
		}
	case r.prompted:
		part("prompt")
		part(r.prompt)
		part(r.text)
	default:
		part("text")
		part(r.text)
	}
	return sha256.Sum256(b)
}
