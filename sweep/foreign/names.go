package foreign

import (
	"fmt"
	"regexp"
	"strings"
)

// understandNames adds what the runs' names say, by Options.Names, and what holds for
// all runs, by Options.Set.
func (r *reading) understandNames() error {
	pattern, columns, err := namePattern(r.options.Names)
	if err != nil {
		return err
	}
	for _, rec := range r.records {
		if r.options.Names != "" {
			words := pattern.FindStringSubmatch(rec.name)
			if words == nil {
				r.reject(rec, rec.problem("its name is not like --names %s", r.options.Names))
				continue
			}
			for i, column := range columns {
				if column != "*" {
					rec.settings = append(rec.settings, setting{column, scalar(words[i+1]), rec.file, rec.line})
				}
			}
		}
		for name, value := range r.options.Set {
			rec.settings = append(rec.settings, setting{name, scalar(value), rec.file, rec.line})
		}
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// namePattern turns "a{alpha}-s{seed}" into an expression, and the names in it.
func namePattern(text string) (*regexp.Regexp, []string, error) {
	var columns []string
	var b strings.Builder
	b.WriteString("^")
	rest := text
	for {
		at := placeholder.FindStringSubmatchIndex(rest)
		if at == nil {
			break
		}
		b.WriteString(regexp.QuoteMeta(rest[:at[0]]) + "(.+?)")
		columns = append(columns, rest[at[2]:at[3]])
		rest = rest[at[1]:]
	}
	b.WriteString(regexp.QuoteMeta(rest) + "$")
	if text != "" && len(columns) == 0 {
		return nil, nil, fmt.Errorf("--names %s: it has no {parameter}, as in a{alpha}-lr{lr}-s{seed}", text)
	}
	pattern, err := regexp.Compile(b.String())
	return pattern, columns, err
}
