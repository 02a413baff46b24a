package jinja

import (
	"errors"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

var errBigInteger = errors.New("a whole number of more than 64 bits is not supported")

// compares reports whether a comparison holds.
func (r *renderer) compares(operator string, a, b Value) (bool, error) {
	if err := r.step(1 + weight(a)); err != nil {
		return false, err
	}
	switch operator {
	case "==":
		return equal(a, b), nil
	case "!=":
		return !equal(a, b), nil
	case "in":
		return r.contains(b, a)
	case "not in":
		found, err := r.contains(b, a)
		return !found, err
	}
	for _, v := range []Value{a, b} {
		if u, ok := v.(*undefined); ok {
			return false, u.err()
		}
	}
	if f, g := number(a), number(b); typeName(a) == "float" && math.IsNaN(f) || typeName(b) == "float" && math.IsNaN(g) {
		return false, nil
	}
	c, err := compare(a, b)
	return map[string]bool{"<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[operator], err
}

// weight is about how many steps it takes to look at a value once.
func weight(v Value) int {
	switch v := v.(type) {
	case string:
		return len(v) / 64
	case *List:
		return len(v.Items)
	case *Dict:
		return len(v.keys)
	default:
		return 0
	}
}

// contains is Python's v in whole.
func (r *renderer) contains(whole, v Value) (bool, error) {
	if text, ok := textOf(whole); ok {
		part, ok := textOf(v)
		if !ok {
			return false, fmt.Errorf("%s is looked for in a str", typeName(v))
		}
		return strings.Contains(text, part), r.step(len(text) / 64)
	}
	switch whole := whole.(type) {
	case *Dict:
		if _, err := hashed(v); err != nil {
			return false, err
		}
		_, ok := whole.Get(v)
		return ok, nil
	case nil, bool, int, float64, *namespace, *function, *loop:
		return false, fmt.Errorf("a value is looked for in a %s", typeName(whole))
	}
	items, err := r.items(whole)
	return slices.ContainsFunc(items, func(item Value) bool { return equal(item, v) }), err
}

// operate is Python's a operator b.
func (r *renderer) operate(operator string, a, b Value) (Value, error) {
	if err := r.step(1); err != nil {
		return nil, err
	}
	if s, ok := a.(string); ok && operator == "%" {
		return r.formatted(s, b)
	}
	for _, v := range []Value{a, b} {
		if u, ok := v.(*undefined); ok {
			return nil, u.err()
		}
	}
	switch operator {
	case "+":
		if v, ok, err := r.joined(a, b); ok || err != nil {
			return v, err
		}
	case "*":
		if v, ok, err := r.repeated(a, b); ok || err != nil {
			return v, err
		}
	}
	i, okA := whole(a)
	j, okB := whole(b)
	if okA && okB && operator != "/" {
		return wholeResult(operator, i, j)
	}
	x, y := number(a), number(b)
	if typeName(a) != "float" && !okA || typeName(b) != "float" && !okB {
		return nil, fmt.Errorf("%s %s %s is not possible", typeName(a), operator, typeName(b))
	}
	return floatResult(operator, x, y)
}

// joined is the sum of two texts, lists or tuples, if they are that.
func (r *renderer) joined(a, b Value) (Value, bool, error) {
	_, safeA := a.(markup)
	_, safeB := b.(markup)
	x, okX := textOf(a)
	y, okY := textOf(b)
	if okX && okY {
		if err := r.take(len(x) + len(y)); err != nil {
			return nil, false, err
		}
		switch {
		case safeA && !safeB:
			return markup(x + html.EscapeString(y)), true, nil
		case safeB && !safeA:
			return markup(html.EscapeString(x) + y), true, nil
		case safeA:
			return markup(x + y), true, nil
		}
		return x + y, true, nil
	}
	p, okP := a.(*List)
	q, okQ := b.(*List)
	if okP && okQ && p.kind == q.kind && p.kind != ranged {
		err := r.take(16 * (len(p.Items) + len(q.Items)))
		return &List{slices.Concat(p.Items, q.Items), p.kind}, true, err
	}
	return nil, false, nil
}

// repeated is a text or a list, so many times, if a and b are that.
func (r *renderer) repeated(a, b Value) (Value, bool, error) {
	if _, ok := whole(a); ok {
		a, b = b, a
	}
	n, ok := whole(b)
	if !ok {
		return nil, false, nil
	}
	n = max(0, n)
	switch v := a.(type) {
	case string:
		if n > 0 && len(v) > maxBytes/n {
			return nil, false, r.take(maxBytes + 1)
		}
		if err := r.take(len(v) * n); err != nil {
			return nil, false, err
		}
		return strings.Repeat(v, n), true, nil
	case *List:
		if v.kind == ranged {
			return nil, false, nil
		}
		if n > 0 && len(v.Items) > maxBytes/16/n {
			return nil, false, r.take(maxBytes + 1)
		}
		err := r.take(16 * len(v.Items) * n)
		if err != nil {
			return nil, false, err
		}
		return &List{slices.Repeat(v.Items, n), v.kind}, true, nil
	default:
		return nil, false, nil
	}
}

var errByZero = errors.New("a division by zero")

func wholeResult(operator string, i, j int) (Value, error) {
	switch operator {
	case "+":
		if sum := i + j; (sum > i) == (j > 0) || j == 0 {
			return sum, nil
		}
	case "-":
		if difference := i - j; (difference < i) == (j > 0) || j == 0 {
			return difference, nil
		}
	case "*":
		if i == 0 || j == 0 {
			return 0, nil
		}
		if i == math.MinInt || j == math.MinInt {
			break
		}
		if product := i * j; product/j == i {
			return product, nil
		}
	case "//", "%":
		return floored(operator, i, j)
	case "**":
		if j < 0 {
			return floatResult(operator, float64(i), float64(j))
		}
		return powerOf(i, j)
	}
	return nil, errBigInteger
}

// floored is the quotient or the remainder of a division that rounds down.
func floored(operator string, i, j int) (Value, error) {
	if j == 0 {
		return nil, errByZero
	}
	if i == math.MinInt && j == -1 {
		return nil, errBigInteger
	}
	q, m := i/j, i%j
	if m != 0 && (m < 0) != (j < 0) {
		q, m = q-1, m+j
	}
	if operator == "//" {
		return q, nil
	}
	return m, nil
}

func powerOf(i, j int) (Value, error) {
	if i == 0 && j > 0 || i == 1 {
		return i, nil
	}
	if i == -1 {
		return 1 - 2*(j%2), nil
	}
	result := Value(1)
	for range min(j, 64) {
		var err error
		if result, err = wholeResult("*", result.(int), i); err != nil {
			return nil, err
		}
	}
	if j > 64 {
		return nil, errBigInteger
	}
	return result, nil
}

func floatResult(operator string, x, y float64) (Value, error) {
	if y == 0 && strings.Contains("/ // %", operator) {
		return nil, errByZero
	}
	switch operator {
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	case "/":
		return x / y, nil
	case "//":
		return math.Floor(x / y), nil
	case "%":
		m := math.Mod(x, y)
		if m != 0 && (m < 0) != (y < 0) {
			m += y
		}
		return m, nil
	default:
		return math.Pow(x, y), nil
	}
}

// formatted is Python's format % values, of which %s, %d, %i and %r are supported.
func (r *renderer) formatted(format string, v Value) (Value, error) {
	values := []Value{v}
	if l, ok := v.(*List); ok && l.kind == tuple {
		values = l.Items
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(format, "%")
		b.WriteString(before)
		if err := r.take(len(before)); err != nil {
			return nil, err
		}
		if !found {
			break
		}
		if after == "" {
			return nil, errors.New("a format ends with %")
		}
		format = after[1:]
		if after[0] == '%' {
			b.WriteByte('%')
			continue
		}
		if len(values) == 0 {
			return nil, errors.New("a format has more directives than values")
		}
		said, err := r.directive(after[0], values[0])
		if err != nil {
			return nil, err
		}
		if err := r.take(len(said)); err != nil {
			return nil, err
		}
		b.WriteString(said)
		values = values[1:]
	}
	if _, isDict := v.(*Dict); len(values) > 0 && !isDict {
		return nil, errors.New("a format has fewer directives than values")
	}
	return b.String(), nil
}

func (r *renderer) directive(letter byte, v Value) (string, error) {
	switch letter {
	case 's':
		return r.str(v)
	case 'r':
		var b strings.Builder
		err := r.repr(&b, v, 0)
		return b.String(), err
	case 'd', 'i':
		if n, ok := whole(v); ok {
			return fmt.Sprint(n), nil
		}
		if f, ok := v.(float64); ok && math.Abs(f) < 1<<53 {
			return fmt.Sprint(int(f)), nil
		}
		return "", fmt.Errorf("%%%c takes a number, not %s", letter, typeName(v))
	default:
		return "", unsupported(fmt.Sprintf("%%%c in a format", letter))
	}
}
