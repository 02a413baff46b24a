package foreign

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"sweep/sweep"
)

// quoteNumbers puts quotes around NaN, Infinity and -Infinity, which Python writes into
// JSON and JSON does not have. Lines stay where they are.
func quoteNumbers(text []byte) []byte {
	quoted := make([]byte, 0, len(text)+64)
	inText := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		if inText {
			quoted = append(quoted, c)
			switch {
			case c == '\\' && i+1 < len(text):
				i++
				quoted = append(quoted, text[i])
			case c == '"':
				inText = false
			}
			continue
		}
		word := ""
		for _, w := range []string{"NaN", "-Infinity", "Infinity"} {
			if len(text)-i >= len(w) && string(text[i:i+len(w)]) == w {
				word = w
				break
			}
		}
		if word != "" {
			quoted = append(append(append(quoted, '"'), word...), '"')
			i += len(word) - 1
			continue
		}
		inText = c == '"'
		quoted = append(quoted, c)
	}
	return quoted
}

// fromJSON returns a value as the json package decodes it, with json.Number, as one of a
// setting. Objects and what lists hold of them are texts; null is nil.
func fromJSON(v any) any {
	switch v := v.(type) {
	case json.Number:
		return scalar(v.String())
	case []any:
		all := make([]any, len(v))
		for i, element := range v {
			all[i] = fromJSON(element)
		}
		return all
	case map[string]any:
		text, _ := json.Marshal(v) // what was decoded encodes
		return string(text)
	default:
		return v
	}
}

// scalar reads a text as TOML or Python would: a finite number, a flag, a list or else a
// text.
func scalar(text string) any {
	text = strings.TrimSpace(text)
	switch text {
	case "true", "True":
		return true
	case "false", "False":
		return false
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && sweep.IsExact(n) {
		return n
	}
	if x, err := strconv.ParseFloat(text, 64); err == nil && isFinite(x) && !strings.HasPrefix(strings.ToLower(text), "0x") {
		return x
	}
	if strings.HasPrefix(text, "[") {
		var list []any
		if json.Unmarshal([]byte(strings.ReplaceAll(text, "'", `"`)), &list) == nil {
			for i, element := range list {
				list[i] = fromJSON(element)
			}
			return list
		}
	}
	return text
}

// numberOf returns a measured value, which may be one of the texts for NaN and infinities.
func numberOf(raw any) (float64, bool) {
	switch v := raw.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case json.Number:
		x, err := v.Float64()
		return x, err == nil
	case string:
		switch strings.ToLower(strings.TrimPrefix(v, "+")) {
		case "nan":
			return math.NaN(), true
		case "infinity", "inf":
			return math.Inf(1), true
		case "-infinity", "-inf":
			return math.Inf(-1), true
		}
	}
	return 0, false
}

// isNothing reports whether a value says nothing: null, "", false, an empty list or object.
func isNothing(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == "" || v == "{}" || v == "null" || v == "None"
	case bool:
		return !v
	case []any:
		return len(v) == 0
	default:
		return false
	}
}

// textOf writes a value on one line.
func textOf(v any) string {
	if list, ok := v.([]any); ok {
		words := make([]string, len(list))
		for i, element := range list {
			words[i] = textOf(element)
		}
		return strings.Join(words, ",")
	}
	return sweep.OneLine(sweep.FormatValue(v))
}
