package sweep

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// TextPart is a piece of a text with placeholders: plain text, or one placeholder.
type TextPart struct {
	Plain       string // "" for a placeholder
	Placeholder string // its name without the braces, such as "lr" or "args:hydra"; "" for plain text
}

// The form of a parameter's name, and of a placeholder, which may have a word for its form
// after a colon.
const (
	nameForm        = `[A-Za-z_][A-Za-z0-9_.-]*`
	placeholderForm = nameForm + `(?::[a-z]+)?`
)

var (
	inArgument = regexp.MustCompile(`^\{(` + placeholderForm + `)\}`)
	inTemplate = regexp.MustCompile(`([\\${]?)\{(` + placeholderForm + `)\}`)
)

// ParseArgument splits an element of Command.Run, or a value of Command.Env, at its
// placeholders. There {{ and }} stand for braces, and every other brace must be one of a
// placeholder. The error is a clause about the text.
func ParseArgument(text string) (parts []TextPart, err error) {
	plain := ""
	for len(text) > 0 {
		found := inArgument.FindStringSubmatch(text)
		switch {
		case strings.HasPrefix(text, "{{"), strings.HasPrefix(text, "}}"):
			plain, text = plain+text[:1], text[2:]
		case found != nil:
			parts, plain = appendPlain(parts, plain), ""
			parts, text = append(parts, TextPart{Placeholder: found[1]}), text[len(found[0]):]
		case text[0] == '{':
			return nil, fmt.Errorf("has a '{' that begins no placeholder, such as {lr}: %s; write {{ for a brace", strconv.Quote(beginning(text)))
		case text[0] == '}':
			return nil, fmt.Errorf("has a '}' that ends no placeholder: %s; write }} for a brace", strconv.Quote(beginning(text)))
		default:
			end := strings.IndexAny(text, "{}")
			if end < 0 {
				end = len(text)
			}
			plain, text = plain+text[:end], text[end:]
		}
	}
	return appendPlain(parts, plain), nil
}

// ParseTemplate splits the content of a Command.Template at its placeholders. There ${lr}
// and {{lr}} are text for whoever reads the file, as braces around anything but a name
// are, and \{lr} stands for {lr}.
func ParseTemplate(text string) (parts []TextPart) {
	from := 0
	for _, at := range inTemplate.FindAllStringSubmatchIndex(text, -1) {
		switch before := text[at[2]:at[3]]; before {
		case "":
			parts = append(appendPlain(parts, text[from:at[0]]), TextPart{Placeholder: text[at[4]:at[5]]})
			from = at[1]
		case `\`:
			parts = appendPlain(parts, text[from:at[0]])
			from = at[3]
		}
	}
	return appendPlain(parts, text[from:])
}

// appendPlain adds plain text, which it joins to plain text before it.
func appendPlain(parts []TextPart, text string) []TextPart {
	if text == "" {
		return parts
	}
	if last := len(parts) - 1; last >= 0 && parts[last].Placeholder == "" {
		parts[last].Plain += text
		return parts
	}
	return append(parts, TextPart{Plain: text})
}

func beginning(text string) string {
	const few = 24
	if runes := []rune(text); len(runes) > few {
		return string(runes[:few]) + "..."
	}
	return text
}

// PlaceholdersIn returns the names of the placeholders, each once, ascending.
func PlaceholdersIn(parts []TextPart) (names []string) {
	for _, part := range parts {
		if part.Placeholder != "" {
			names = append(names, part.Placeholder)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// FillIn puts a text together, with the value of each of its placeholders.
func FillIn(parts []TextPart, value func(placeholder string) string) string {
	var b strings.Builder
	for _, part := range parts {
		if part.Placeholder != "" {
			b.WriteString(value(part.Placeholder))
		} else {
			b.WriteString(part.Plain)
		}
	}
	return b.String()
}

// FormatArgument writes a parameter's value for a program. A number has a form that
// Python, JSON, YAML 1.1 and TOML alike read as one: digits where it is whole, else with a
// point, as in 0.05 and 2.0e-5. A flag is true or false, a list has commas, and a table is as in TOML.
func FormatArgument(v any) string {
	x, ok := v.(float64)
	switch {
	case !ok:
		return FormatValue(v)
	case x == math.Trunc(x) && math.Abs(x) <= MaxWhole:
		return strconv.FormatFloat(x+0, 'f', -1, 64)
	}
	text := formatNumber(x)
	mantissa, exponent, scaled := strings.Cut(text, "e")
	if !scaled {
		return text
	}
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	if !strings.HasPrefix(exponent, "-") {
		exponent = "+" + exponent
	}
	return mantissa + "e" + exponent
}

// Placeholders returns the names of the placeholders in Run and Env, each once,
// ascending. Those of the template are not among them. The error names the text that has
// braces which belong to no placeholder.
func (c *Command) Placeholders() ([]string, error) {
	var all []TextPart
	for i, text := range c.Run {
		parts, err := ParseArgument(text)
		if err != nil {
			return nil, fmt.Errorf("run, %q (argument %d of %d): %w", text, i+1, len(c.Run), err)
		}
		all = append(all, parts...)
	}
	for name, text := range c.Env {
		parts, err := ParseArgument(text)
		if err != nil {
			return nil, fmt.Errorf("env.%s = %q: %w", name, text, err)
		}
		all = append(all, parts...)
	}
	return PlaceholdersIn(all), nil
}

// IsCommandPlaceholder reports whether it is one of CommandPlaceholders.
func IsCommandPlaceholder(name string) bool { return slices.Contains(CommandPlaceholders(), name) }

// HasAll reports whether a placeholder stands for all parameters, or for a file with them:
// {args} and {params} in each of their forms.
func HasAll(placeholder string) bool {
	word, _, _ := strings.Cut(strings.ReplaceAll(placeholder, ":", "."), ".")
	return IsCommandPlaceholder(placeholder) && (word == "args" || word == "params")
}

// Arguments returns what {args} and {args:hydra} stand for: the parameters that the grid
// sets, ascending, without those that have a placeholder of their own among these, which
// are those of Run, Env and the template.
func (c *Command) Arguments(placeholders []string) []string {
	return slices.DeleteFunc(slices.Clone(c.Stated), func(name string) bool { return slices.Contains(placeholders, name) })
}

// Unreached returns the parameters that the grid sets and that get to the program in no
// way, ascending. Placeholders are those of Run, Env and the template. Mentions says that
// a file of the command's mentions SWEEP_PARAMS, the path of a file with all of them. The
// steps and the seed are always in SWEEP_STEPS and SWEEP_SEED.
func (c *Command) Unreached(placeholders []string, mentions bool) []string {
	if mentions || slices.ContainsFunc(placeholders, HasAll) {
		return nil
	}
	return slices.DeleteFunc(c.Arguments(placeholders), func(name string) bool { return name == "steps" || name == "seed" })
}
