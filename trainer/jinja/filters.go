package jinja

import (
	"fmt"
	"html"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// filter is what stands behind a | in an expression.
type filter struct {
	name       string
	parameters string // as arguments.bind has them; "..." if call binds them itself
	call       func(*renderer, Value, []Value) (Value, error)
	callGiven  func(*renderer, Value, arguments) (Value, error)
}

// onSaid is a filter without parameters on the text that a value is printed as.
func onSaid[T any](f func(string) T) *filter {
	return &filter{call: func(r *renderer, v Value, _ []Value) (Value, error) {
		s, err := r.str(v)
		if err == nil {
			err = r.take(len(s))
		}
		if err != nil {
			return nil, err
		}
		return f(s), nil
	}}
}

// filters are those that are supported. It is set in init as some of them call others.
var filters map[string]*filter

func init() {
	filters = map[string]*filter{
		"abs":        {call: absolute},
		"capitalize": onSaid(capitalized),
		"count":      {call: lengthOf},
		"d":          {parameters: "default_value boolean", call: orDefault},
		"default":    {parameters: "default_value boolean", call: orDefault},
		"dictsort":   {parameters: "case_sensitive by reverse", call: dictSort},
		"e":          {call: escape},
		"escape":     {call: escape},
		"first":      {call: first},
		"float":      {parameters: "default", call: toFloat},
		"format":     {parameters: "...", callGiven: formatValues},
		"indent":     {parameters: "width first blank", call: indent},
		"int":        {parameters: "default base", call: toInt},
		"items":      {call: itemPairs},
		"join":       {parameters: "d attribute", call: join},
		"last":       {call: last},
		"length":     {call: lengthOf},
		"list":       {call: toList},
		"lower":      onSaid(lower),
		"map":        {parameters: "...", callGiven: mapped},
		"max":        {parameters: "case_sensitive attribute", call: extreme(1)},
		"min":        {parameters: "case_sensitive attribute", call: extreme(-1)},
		"reject":     {parameters: "...", callGiven: selecting(false, false)},
		"rejectattr": {parameters: "...", callGiven: selecting(false, true)},
		"replace":    {parameters: "old* new* count", call: replaceIn},
		"reverse":    {call: reverse},
		"round":      {parameters: "precision method", call: round},
		"safe":       onSaid(func(s string) markup { return markup(s) }),
		"select":     {parameters: "...", callGiven: selecting(true, false)},
		"selectattr": {parameters: "...", callGiven: selecting(true, true)},
		"sort":       {parameters: "reverse case_sensitive attribute", call: sorted},
		"string":     {call: toString},
		"sum":        {parameters: "attribute start", call: sum},
		"title":      onSaid(wordsTitled),
		"tojson":     {parameters: "ensure_ascii indent separators sort_keys", call: toJSON},
		"trim":       {parameters: "chars", call: trim},
		"unique":     {parameters: "case_sensitive attribute", call: unique},
		"upper":      onSaid(upper),
	}
	for name, f := range filters {
		f.name = name
	}
}

// lackingFilters are those of jinja2 that are not supported.
var lackingFilters = []string{
	"attr", "batch", "center", "filesizeformat", "forceescape", "groupby", "pprint", "random", "slice", "striptags",
	"truncate", "urlencode", "urlize", "wordcount", "wordwrap", "xmlattr",
}

func filterNamed(name string) (*filter, error) {
	if f, ok := filters[name]; ok {
		return f, nil
	}
	if slices.Contains(lackingFilters, name) {
		return nil, unsupported("the filter " + name)
	}
	return nil, fmt.Errorf("there is no filter %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(filters)), ", "))
}

// filter applies a filter.
func (r *renderer) filter(f *filter, v Value, a arguments) (filtered Value, err error) {
	if err := r.step(1); err != nil {
		return nil, err
	}
	if f.callGiven != nil {
		filtered, err = f.callGiven(r, v, a)
	} else {
		var values []Value
		if values, err = a.bind(f.parameters); err == nil {
			filtered, err = f.call(r, v, values)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("filter %s: %w", f.name, err)
	}
	return filtered, nil
}

func absolute(_ *renderer, v Value, _ []Value) (Value, error) {
	if n, ok := whole(v); ok {
		if n == math.MinInt {
			return nil, errBigInteger
		}
		return max(n, -n), nil
	}
	if f, ok := v.(float64); ok {
		return math.Abs(f), nil
	}
	return nil, fmt.Errorf("%s is no number", typeName(v))
}

func lengthOf(_ *renderer, v Value, _ []Value) (Value, error) { return length(v) }

func orDefault(_ *renderer, v Value, a []Value) (Value, error) {
	if _, ok := v.(*undefined); ok || truthOr(a[1], false) && !truth(v) {
		if given(a[0]) {
			return a[0], nil
		}
		return "", nil
	}
	return v, nil
}

// folded is what texts are sorted by: without their case, unless it matters.
func folded(v Value, caseSensitive bool) Value {
	if s, ok := textOf(v); ok && !caseSensitive {
		return lower(s)
	}
	return v
}

// sortBy sorts values by their keys; equal ones stay in their order.
func (r *renderer) sortBy(values, keys []Value, reverse bool) ([]Value, error) {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	var failed error
	slices.SortStableFunc(order, func(a, b int) int {
		c, err := compare(keys[a], keys[b])
		if err == nil {
			err = r.step(1)
		}
		if failed == nil {
			failed = err
		}
		if reverse {
			return -c
		}
		return c
	})
	var inOrder []Value
	for _, i := range order {
		inOrder = append(inOrder, values[i])
	}
	return inOrder, failed
}

func dictSort(r *renderer, v Value, a []Value) (Value, error) {
	d, ok := v.(*Dict)
	if !ok {
		return nil, fmt.Errorf("%s is no dict", typeName(v))
	}
	by, err := textOr(a[1], "key")
	if err != nil || by != "key" && by != "value" {
		return nil, fmt.Errorf("by must be key or value")
	}
	pairs, err := r.pairs(d)
	if err != nil {
		return nil, err
	}
	var keys []Value
	for _, pair := range pairs.items {
		part := pair.(*List).Items[map[string]int{"key": 0, "value": 1}[by]]
		keys = append(keys, folded(part, truthOr(a[0], false)))
	}
	items, err := r.sortBy(pairs.items, keys, truthOr(a[2], false))
	return &List{Items: items}, err
}

func escape(r *renderer, v Value, _ []Value) (Value, error) {
	if m, ok := v.(markup); ok {
		return m, nil
	}
	s, err := r.str(v)
	if err == nil {
		err = r.take(5 * len(s))
	}
	return markup(html.EscapeString(s)), err
}

func first(r *renderer, v Value, _ []Value) (Value, error) {
	i, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	found, ok, err := i.next()
	if err != nil || ok {
		return found, err
	}
	return &undefined{"the first of no elements"}, nil
}

func last(r *renderer, v Value, _ []Value) (Value, error) {
	switch v.(type) {
	case *iterator, *undefined:
		return nil, fmt.Errorf("%s has no last element", typeName(v))
	}
	items, err := r.items(v)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return &undefined{"the last of no elements"}, nil
	}
	return items[len(items)-1], nil
}

func toFloat(_ *renderer, v Value, a []Value) (Value, error) {
	if f := number(v); typeName(v) == "float" || !math.IsNaN(f) {
		return f, nil
	}
	if s, ok := textOf(v); ok {
		if f, err := strconv.ParseFloat(strings.TrimFunc(s, isSpace), 64); err == nil && !strings.ContainsAny(s, "xX_") {
			return f, nil
		}
	}
	if given(a[0]) {
		return a[0], nil
	}
	return 0.0, nil
}

func toInt(_ *renderer, v Value, a []Value) (Value, error) {
	base, err := wholeOr(a[1], 10)
	if err != nil {
		return nil, err
	}
	if base != 10 {
		return nil, unsupported("a base other than 10")
	}
	if n, ok := whole(v); ok {
		return n, nil
	}
	f, isFloat := v.(float64)
	if s, ok := textOf(v); ok {
		s = strings.TrimFunc(s, isSpace)
		if n, err := strconv.Atoi(s); err == nil {
			return n, nil
		}
		parsed, err := strconv.ParseFloat(s, 64)
		f, isFloat = parsed, err == nil && !strings.ContainsAny(s, "xX_")
	}
	switch {
	case isFloat && math.Abs(f) < 1<<62:
		return int(f), nil
	case isFloat && !math.IsInf(f, 0) && !math.IsNaN(f):
		return nil, errBigInteger
	case given(a[0]):
		return a[0], nil
	default:
		return 0, nil
	}
}

func formatValues(r *renderer, v Value, a arguments) (Value, error) {
	s, err := r.str(v)
	if err != nil {
		return nil, err
	}
	if len(a.named) > 0 {
		return nil, unsupported("format with names")
	}
	return r.formatted(s, &List{a.positional, tuple})
}

func indent(r *renderer, v Value, a []Value) (Value, error) {
	s, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("%s is no str", typeName(v))
	}
	margin := "    "
	if n, ok := whole(a[0]); ok {
		margin = strings.Repeat(" ", max(0, min(n, 1024)))
	} else if given(a[0]) {
		var err error
		if margin, err = textOr(a[0], ""); err != nil {
			return nil, err
		}
	}
	split, err := splitLines(r, s+"\n", nil)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for i, line := range split.(*List).Items {
		line := line.(string)
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == 0 && truthOr(a[1], false) || i > 0 && (line != "" || truthOr(a[2], false)) {
			b.WriteString(margin)
		}
		b.WriteString(line)
		if err := r.take(len(margin) + len(line)); err != nil {
			return nil, err
		}
	}
	return b.String(), nil
}

func itemPairs(r *renderer, v Value, _ []Value) (Value, error) {
	if _, ok := v.(*undefined); ok {
		return over(nil), nil
	}
	d, ok := v.(*Dict)
	if !ok {
		return nil, fmt.Errorf("%s is no dict", typeName(v))
	}
	pairs, err := r.pairs(d)
	if err != nil {
		return nil, err
	}
	return over(pairs.items), nil
}

func join(r *renderer, v Value, a []Value) (Value, error) {
	separator := ""
	if given(a[0]) {
		var err error
		if separator, err = r.str(a[0]); err != nil {
			return nil, err
		}
	}
	items, err := r.items(v)
	if err != nil {
		return nil, err
	}
	get := getter(a[1], nil)
	var b strings.Builder
	for i, item := range items {
		if item, err = get(r, item); err != nil {
			return nil, err
		}
		s, err := r.str(item)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			s = separator + s
		}
		if err := r.take(len(s)); err != nil {
			return nil, err
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

func toList(r *renderer, v Value, _ []Value) (Value, error) {
	items, err := r.items(v)
	return &List{Items: slices.Clone(items)}, err
}

func replaceIn(r *renderer, v Value, a []Value) (Value, error) {
	s, err := r.str(v)
	if err != nil {
		return nil, err
	}
	for i := range 2 {
		if a[i], err = r.str(a[i]); err != nil {
			return nil, err
		}
	}
	return replace(r, s, a)
}

func reverse(r *renderer, v Value, _ []Value) (Value, error) {
	if _, ok := textOf(v); ok {
		minus := -1
		return r.slice(v, [3]*int{nil, nil, &minus})
	}
	items, err := r.items(v)
	if err != nil {
		return nil, err
	}
	items = slices.Clone(items)
	slices.Reverse(items)
	if _, ok := v.(*iterator); ok {
		return &List{Items: items}, nil
	}
	return over(items), nil
}

func round(_ *renderer, v Value, a []Value) (Value, error) {
	precision, err := wholeOr(a[0], 0)
	if err != nil || precision < 0 || precision > 300 {
		return nil, fmt.Errorf("a precision must be 0 to 300")
	}
	method, err := textOr(a[1], "common")
	if err != nil {
		return nil, err
	}
	f := number(v)
	if math.IsNaN(f) {
		return nil, fmt.Errorf("%s is no number", typeName(v))
	}
	scale := math.Pow(10, float64(precision))
	switch method {
	case "common":
		if n, ok := whole(v); ok {
			return n, nil
		}
		rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', precision, 64), 64)
		return rounded, err
	case "ceil":
		return math.Ceil(f*scale) / scale, nil
	case "floor":
		return math.Floor(f*scale) / scale, nil
	default:
		return nil, fmt.Errorf("method must be common, ceil or floor")
	}
}

func sorted(r *renderer, v Value, a []Value) (Value, error) {
	items, err := r.items(v)
	if err != nil {
		return nil, err
	}
	if s, ok := textOf(a[2]); ok && strings.Contains(s, ",") {
		return nil, unsupported("sorting by several attributes")
	}
	get := getter(a[2], nil)
	var keys []Value
	for _, item := range items {
		key, err := get(r, item)
		if err != nil {
			return nil, err
		}
		keys = append(keys, folded(key, truthOr(a[1], false)))
	}
	items, err = r.sortBy(items, keys, truthOr(a[0], false))
	return &List{Items: items}, err
}

// wordsTitled has the first character of each word, and what separates words, in upper
// case, and the others in lower case.
func wordsTitled(s string) string {
	var b strings.Builder
	for s != "" {
		separates := func(c rune) bool { return isSpace(c) || strings.ContainsRune("-({[<", c) }
		end := strings.IndexFunc(s, separates)
		if end == 0 {
			end = strings.IndexFunc(s, func(c rune) bool { return !separates(c) })
		}
		if end < 0 {
			end = len(s)
		}
		_, size := utf8.DecodeRuneInString(s)
		b.WriteString(upper(s[:size]) + lower(s[size:end]))
		s = s[end:]
	}
	return b.String()
}

func toString(r *renderer, v Value, _ []Value) (Value, error) {
	if m, ok := v.(markup); ok {
		return m, nil
	}
	return r.str(v)
}

func sum(r *renderer, v Value, a []Value) (Value, error) {
	items, err := r.items(v)
	if err != nil {
		return nil, err
	}
	total := Value(0)
	if given(a[1]) {
		total = a[1]
	}
	if _, ok := textOf(total); ok {
		return nil, fmt.Errorf("texts are joined by join")
	}
	get := getter(a[0], nil)
	for _, item := range items {
		if item, err = get(r, item); err != nil {
			return nil, err
		}
		if total, err = r.operate("+", total, item); err != nil {
			return nil, err
		}
	}
	return total, nil
}

func trim(r *renderer, v Value, a []Value) (Value, error) {
	s, err := r.str(v)
	if err != nil {
		return nil, err
	}
	return strip(strings.TrimFunc)(r, s, a)
}

// extreme is the least or the greatest of some values, the first of equal ones.
func extreme(direction int) func(*renderer, Value, []Value) (Value, error) {
	return func(r *renderer, v Value, a []Value) (Value, error) {
		items, err := r.items(v)
		if err != nil {
			return nil, err
		}
		if len(items) == 0 {
			return &undefined{"the extreme of no elements"}, nil
		}
		get := getter(a[1], nil)
		var best, bestKey Value
		for i, item := range items {
			key, err := get(r, item)
			if err != nil {
				return nil, err
			}
			key = folded(key, truthOr(a[0], false))
			c := direction
			if i > 0 {
				if c, err = compare(key, bestKey); err != nil {
					return nil, err
				}
			}
			if c == direction {
				best, bestKey = item, key
			}
		}
		return best, nil
	}
}

func unique(r *renderer, v Value, a []Value) (Value, error) {
	items, err := r.items(v)
	if err != nil {
		return nil, err
	}
	get := getter(a[1], nil)
	seen := map[any]bool{}
	var kept []Value
	for _, item := range items {
		key, err := get(r, item)
		if err != nil {
			return nil, err
		}
		h, err := hashed(folded(key, truthOr(a[0], false)))
		if err != nil {
			return nil, err
		}
		if !seen[h] {
			kept = append(kept, item)
		}
		seen[h] = true
	}
	return over(kept), nil
}
