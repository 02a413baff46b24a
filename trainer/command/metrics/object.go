package metrics

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"unicode/utf8"
)

// member is a number under a name in an object.
type member struct {
	name  *name
	value float64
	null  bool // it is null or None, and value is NaN
}

// objects reads objects with numbers in them, in JSON and as Python writes its
// dictionaries: with either quotes, nan and inf, True and None, numbers as texts, and with
// the constructors that NumPy and torch put around a number. What is no number is passed
// over. It is reused from line to line.
type objects struct {
	names   *names
	text    []byte
	at      int
	members []member // of the last object; those of an object in it as outer.inner
	prefix  []byte   // of the names in an inner object
	scratch []byte
}

// maxDepth bounds objects and lists in one another.
const maxDepth = 32

// errNoObject says that a text is no object, or one with something after it.
var errNoObject = errors.New("it is no object")

// read reads a text that is one object. The members are good until the next call.
func (o *objects) read(text []byte) ([]member, error) {
	o.text, o.at, o.members, o.prefix = text, 0, o.members[:0], o.prefix[:0]
	o.space()
	if o.peek() != '{' || !o.object(0) {
		return nil, errNoObject
	}
	o.space()
	if o.at != len(o.text) {
		return nil, errNoObject
	}
	return o.members, nil
}

// entries calls use with the members of each object in the list that a text, an object,
// has under a key.
func (o *objects) entries(text []byte, key string, use func(entry []member)) error {
	o.text, o.at, o.members, o.prefix = text, 0, o.members[:0], o.prefix[:0]
	o.space()
	whole := o.peek() == '{' && o.elements('}', 0, func() bool {
		is, ok := o.key()
		if !ok {
			return false
		}
		if string(is) != key || o.peek() != '[' {
			_, _, ok := o.value(1)
			return ok
		}
		return o.elements(']', 1, func() bool {
			o.members, o.prefix = o.members[:0], o.prefix[:0]
			if o.peek() != '{' || !o.object(2) {
				return false
			}
			use(o.members)
			return true
		})
	})
	if !whole {
		return errNoObject
	}
	return nil
}

// key reads a key of an object, and stops at its value.
func (o *objects) key() ([]byte, bool) {
	key, ok := o.quoted()
	if !ok {
		return nil, false
	}
	o.space()
	if o.peek() != ':' {
		return nil, false
	}
	o.at++
	o.space()
	return key, true
}

// object reads an object that begins here. Like all methods below, it reports whether
// what is here is what it reads.
func (o *objects) object(depth int) bool {
	return o.elements('}', depth, func() bool {
		key, ok := o.key()
		if !ok {
			return false
		}
		outer := len(o.prefix)
		o.prefix = append(o.prefix, key...)
		defer func() { o.prefix = o.prefix[:outer] }()
		if o.peek() == '{' {
			o.prefix = append(o.prefix, '.')
			return o.object(depth + 1)
		}
		x, kind, ok := o.value(depth + 1)
		if !ok || kind == noNumber {
			return ok
		}
		if n := o.names.of(o.prefix); n != nil {
			o.members = append(o.members, member{n, x, kind == nothing})
		}
		return true
	})
}

// elements reads what is between brackets, with commas between the elements.
func (o *objects) elements(closes byte, depth int, element func() bool) bool {
	if depth > maxDepth {
		return false
	}
	o.at++
	for {
		o.space()
		if o.peek() == closes {
			o.at++
			return true
		}
		if !element() {
			return false
		}
		o.space()
		switch o.peek() {
		case ',':
			o.at++
		case closes:
		default:
			return false
		}
	}
}

// kind is what a value is.
type kind int

const (
	noNumber kind = iota
	number
	nothing // null
)

// value reads any value.
func (o *objects) value(depth int) (x float64, is kind, ok bool) {
	switch c := o.peek(); c {
	case '"', '\'':
		text, ok := o.quoted()
		if !ok {
			return 0, noNumber, false
		}
		x, is := numberIn(bytes.TrimSpace(text))
		return x, is, true
	case '{':
		kept := len(o.members)
		ok := o.object(depth)
		o.members = o.members[:kept] // which are of an object in a list
		return 0, noNumber, ok
	case '[':
		return 0, noNumber, o.list(']', depth)
	case '(':
		return 0, noNumber, o.list(')', depth)
	}
	begins := o.at
	for o.at < len(o.text) && isWord(o.text[o.at]) {
		o.at++
	}
	word := o.text[begins:o.at]
	if len(word) == 0 {
		return 0, noNumber, false
	}
	if o.peek() == '(' {
		return o.constructed(depth)
	}
	x, is = numberIn(word)
	return x, is, true
}

// list reads a list or a tuple.
func (o *objects) list(closes byte, depth int) bool {
	return o.elements(closes, depth, func() bool {
		_, _, ok := o.value(depth + 1)
		return ok
	})
}

// constructed reads the arguments of a constructor, such as those of
// tensor(1.5, grad_fn=<MeanBackward0>) and np.float64(1.5). The first is its value, and the
// others are passed over.
func (o *objects) constructed(depth int) (x float64, is kind, ok bool) {
	o.at++
	o.space()
	if o.peek() != ')' {
		if x, is, ok = o.value(depth + 1); !ok || depth > maxDepth {
			return 0, noNumber, false
		}
	}
	for open := 1; open > 0; o.at++ {
		switch o.peek() {
		case 0:
			return 0, noNumber, false
		case '(':
			open++
		case ')':
			open--
		}
	}
	return x, is, true
}

// numberIn reads a number, in any spelling of Python and JSON. One that is too large is infinite.
func numberIn(word []byte) (float64, kind) {
	switch string(word) {
	case "null", "None":
		return math.NaN(), nothing
	}
	if len(word) == 0 || len(word) > 1 && (word[1] == 'x' || word[1] == 'X') {
		return 0, noNumber
	}
	x, err := strconv.ParseFloat(string(word), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, noNumber
	}
	return x, number
}

// quoted reads a text in quotes. It is good until the next call.
func (o *objects) quoted() ([]byte, bool) {
	quote := o.peek()
	if quote != '"' && quote != '\'' {
		return nil, false
	}
	o.at++
	rest := o.text[o.at:]
	end := bytes.IndexByte(rest, quote)
	if end < 0 {
		return nil, false
	}
	if bytes.IndexByte(rest[:end], '\\') < 0 {
		o.at += end + 1
		return rest[:end], true
	}
	o.scratch = o.scratch[:0]
	for o.at < len(o.text) {
		switch c := o.text[o.at]; c {
		case quote:
			o.at++
			return o.scratch, true
		case '\\':
			if !o.escape() {
				return nil, false
			}
		default:
			o.scratch = append(o.scratch, c)
			o.at++
		}
	}
	return nil, false
}

// escape reads an escape of JSON or Python into scratch.
func (o *objects) escape() bool {
	if o.at+1 >= len(o.text) {
		return false
	}
	c := o.text[o.at+1]
	o.at += 2
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	if digits == 0 {
		if i := bytes.IndexByte([]byte("bfnrt"), c); i >= 0 {
			c = "\b\f\n\r\t"[i]
		}
		o.scratch = append(o.scratch, c)
		return true
	}
	if o.at+digits > len(o.text) {
		return false
	}
	r, err := strconv.ParseUint(string(o.text[o.at:o.at+digits]), 16, 32)
	if err != nil {
		return false
	}
	o.at += digits
	o.scratch = utf8.AppendRune(o.scratch, rune(r))
	return true
}

func (o *objects) space() {
	for o.at < len(o.text) && (o.text[o.at] == ' ' || o.text[o.at] == '\t' || o.text[o.at] == '\r' || o.text[o.at] == '\n') {
		o.at++
	}
}

// peek is the byte that is here, 0 at the end.
func (o *objects) peek() byte {
	if o.at >= len(o.text) {
		return 0
	}
	return o.text[o.at]
}

// isWord reports whether a byte may be part of a number or a name.
func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '-' || c == '+' || c == '_'
}
