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
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const expected = `{"text"}, {"prompt", "completion"}, {"messages"}, {"input_ids", "labels"}, ` +
	`{"instruction", "input", "output"}, {"question", "answer"} or {"conversations"}`

// noLoss is the label of a token that bears no loss, as in transformers.
const noLoss = -100

// row is one parsed line: either text, after a prompt or without one, or a
// conversation, or tokens with their labels.
type row struct {
	at        Place
	tokenised bool
	prompted  bool
	prompt    string
	text      string // the whole text, or the completion
	chat      *chat  // nil if it is no conversation
	ids       []int32
	labels    []int32 // len(ids), noLoss or a token
}

// form is one way to write a row.
type form struct {
	keys     []string // that it must have
	optional []string
	parse    func(*parser, map[string]json.RawMessage) (row, error)
}

// forms are those that are read. Of a row that fits several, the first is taken: it
// says most, and the others repeat it.
func forms() []form {
	return []form{
		{keys: []string{"input_ids", "labels"}, parse: (*parser).tokens},
		{keys: []string{"messages"}, optional: besideMessages, parse: (*parser).messages},
		{keys: []string{"conversations"}, optional: besideMessages, parse: (*parser).conversations},
		{keys: []string{"prompt", "completion"}, optional: besideMessages, parse: (*parser).prompted},
		{keys: []string{"instruction", "output"}, optional: []string{"input"}, parse: (*parser).instructed},
		{keys: []string{"question", "answer"}, parse: (*parser).asked},
		{keys: []string{"text"}, parse: (*parser).text},
	}
}

var errNotUTF8 = errors.New("the row is not valid UTF-8; save the file as UTF-8")

// row reads one row; its errors say what was expected.
func (p *parser) row(text []byte) (row, error) {
	if !utf8.Valid(text) {
		return row{}, errNotUTF8
	}
	fields, err := p.object(text)
	if err != nil {
		return row{}, err
	}
	return p.fields(fields)
}

// fields reads a row of which the keys are told apart.
func (p *parser) fields(fields map[string]json.RawMessage) (row, error) {
	named, renamed := p.rename(fields)
	f, ok := formOf(named, renamed)
	if !ok {
		return row{}, p.wrongKeys(fields)
	}
	read := slices.Concat(f.keys, f.optional)
	p.ignore("", named, read)
	if slices.ContainsFunc(read, func(key string) bool { return !utf8.Valid(named[key]) }) {
		return row{}, errNotUTF8
	}
	if slices.ContainsFunc(read, func(key string) bool { return zero.Match(named[key]) }) {
		p.rows.zeros++
	}
	return f.parse(p, named)
}

// zero is the character U+0000 in JSON, which may not stand there as it is.
var zero = regexp.MustCompile(`(^|[^\\])(\\\\)*\\u0000`)

// formOf returns the form that a row has, if it has one. Where keys were renamed it is
// one that reads such a key. A text beside a piece of
// another form has none: the text may be its other piece.
func formOf(fields map[string]json.RawMessage, renamed []string) (form, bool) {
	wanted := func(key string) bool { return slices.Contains(renamed, key) }
	for _, has := range []func(map[string]json.RawMessage, string) bool{given, present} {
		for _, f := range forms() {
			lacks := func(key string) bool { return !has(fields, key) }
			reads := slices.ContainsFunc(slices.Concat(f.keys, f.optional), wanted)
			if slices.ContainsFunc(f.keys, lacks) || len(renamed) > 0 && !reads {
				continue
			}
			if len(renamed) > 0 {
				return f, true
			}
			piece := func(key string) bool { return given(fields, key) }
			pieces := []string{"prompt", "completion", "instruction", "output", "input"}
			return f, f.keys[0] != "text" || !slices.ContainsFunc(pieces, piece)
		}
	}
	return form{}, false
}

// given reports whether a row has a key, with a value other than null.
func given(fields map[string]json.RawMessage, key string) bool {
	return present(fields, key) && string(fields[key]) != "null"
}

// present reports whether a row has a key, be its value null.
func present(fields map[string]json.RawMessage, key string) bool { return fields[key] != nil }

func (p *parser) text(fields map[string]json.RawMessage) (r row, err error) {
	return r, parseString(fields, "text", &r.text)
}

func (p *parser) prompted(fields map[string]json.RawMessage) (row, error) {
	if given(fields, "prompt") && fields["prompt"][0] == '[' {
		return p.promptMessages(fields)
	}
	r := row{prompted: true}
	beside := maps.Clone(fields)
	maps.DeleteFunc(beside, func(key string, _ json.RawMessage) bool { return !slices.Contains(besideMessages, key) })
	p.ignore("", beside, nil)
	return r, cmp.Or(parseString(fields, "prompt", &r.prompt), parseString(fields, "completion", &r.text))
}

// asked reads a question as the prompt and its answer as the completion, if that is all
// there is to the question.
func (p *parser) asked(fields map[string]json.RawMessage) (row, error) {
	r := row{prompted: true}
	if more := firstKey(fields, "context", "passage", "choices", "options"); more != "" {
		return r, fmt.Errorf("the row has %q beside \"question\" and \"answer\", which would not be read; "+
			"join it to the question, or say that these are all: "+`columns = { prompt = "question", completion = "answer" }`, more)
	}
	return r, cmp.Or(parseString(fields, "question", &r.prompt), parseString(fields, "answer", &r.text))
}

// Alpaca's prompts, with an input and without one, as Stanford published them with the
// data (train.py of stanford_alpaca).
const (
	alpacaTask  = "Below is an instruction that describes a task"
	alpacaInput = ", paired with an input that provides further context"
	alpacaAsk   = ". Write a response that appropriately completes the request.\n\n"
)

// instructed reads Alpaca's form, with Alpaca's prompt.
func (p *parser) instructed(fields map[string]json.RawMessage) (row, error) {
	r := row{prompted: true}
	var instruction, input string
	err := cmp.Or(parseString(fields, "instruction", &instruction), parseString(fields, "output", &r.text))
	if err == nil && given(fields, "input") {
		err = parseString(fields, "input", &input)
	}
	r.prompt = alpacaTask + alpacaAsk + "### Instruction:\n" + instruction + "\n\n### Response:"
	if input != "" {
		r.prompt = alpacaTask + alpacaInput + alpacaAsk + "### Instruction:\n" + instruction + "\n\n### Input:\n" + input + "\n\n### Response:"
	}
	return r, err
}

// object splits a text that must be one JSON object without repeated keys.
func (p *parser) object(line []byte) (map[string]json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, fmt.Errorf("the row is not a JSON object; expected %s", expected)
	}
	fields := map[string]json.RawMessage{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, p.notJSON(err)
		}
		name := key.(string) // the decoder lets no other key pass
		if fields[name] != nil {
			return nil, fmt.Errorf("key %q occurs twice; keep one", name)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, p.notJSON(err)
		}
		fields[name] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, p.notJSON(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON object; write one object a line")
	}
	return fields, refuseHalves(line)
}

func (p *parser) notJSON(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return p.byFilter(errors.New("the row is not JSON: it ends within the object; write each object on one line"), ".")
	}
	return fmt.Errorf("the row is not JSON: %w", err)
}

// wrongKeys explains what is wrong with a row whose keys fit none of the forms.
func (p *parser) wrongKeys(fields map[string]json.RawMessage) error {
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
	err := fmt.Errorf("the row has the keys {%s}%s; expected %s", strings.Join(keys, ", "), more, expected)
	if list := listKey(fields); list != "" {
		return p.byFilter(err, "."+list+"[]")
	}
	return fmt.Errorf("%w%s", err, p.columnsFor(fields))
}

func parseString(fields map[string]json.RawMessage, key string, value *string) error {
	if raw := fields[key]; raw[0] != '"' {
		return fmt.Errorf("%q is %s; expected a string", key, abbreviate(raw))
	}
	return json.Unmarshal(fields[key], value)
}

func (p *parser) tokens(fields map[string]json.RawMessage) (row, error) {
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

// isEmpty reports whether nothing is said in all that bears a loss.
func (r row) isEmpty() bool {
	said := r.text
	if r.chat != nil {
		for _, t := range r.chat.turns[r.chat.from:] {
			if t.role == assistant {
				said += t.content + t.calls
			}
		}
	}
	return !r.tokenised && strings.TrimSpace(said) == ""
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
	case r.chat != nil:
		part("messages")
		for _, t := range r.chat.turns {
			part(t.role)
			part(t.content)
			if t.calls != "" {
				part(t.calls)
			}
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
