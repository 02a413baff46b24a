package sweep

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// AllLinear is the word for every linear layer of a model but its head, as PEFT's
// target_modules have it.
const AllLinear = "all-linear"

// TargetPattern returns the text of targets that are a text and no list of names:
// AllLinear, or a regular expression. Params hold such a text as the only element of
// their list: no name has its characters.
func TargetPattern(targets []string) (text string, ok bool) {
	if len(targets) == 1 && !isModuleName(targets[0]) {
		return targets[0], true
	}
	return "", false
}

// AreProjections reports whether targets are some of Projections, each in every layer.
func AreProjections(targets []string) bool {
	all := Projections()
	return !slices.ContainsFunc(targets, func(name string) bool { return !slices.Contains(all, name) })
}

// isModuleName reports whether a text can be the name of a module, or the end of one:
// words with dots between them, such as "self_attn.q_proj".
func isModuleName(text string) bool {
	for word := range strings.SplitSeq(text, ".") {
		other := func(r rune) bool {
			return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}
		if word == "" || strings.ContainsFunc(word, other) {
			return false
		}
	}
	return true
}

// toTargets turns a text or a list of names into targets.
func (q Parameter) toTargets(raw any) (any, error) {
	switch raw := raw.(type) {
	case string:
		return q.toPattern(raw)
	case []any:
		return q.toModules(raw)
	}
	return nil, errors.New("is neither a list of names nor a text")
}

func (q Parameter) toPattern(text string) (any, error) {
	switch {
	case text == "":
		return nil, errors.New("is empty")
	case !IsVisiblePath(text):
		return nil, ErrHiddenPath
	case strings.EqualFold(text, AllLinear):
		return []string{AllLinear}, nil
	case isModuleName(text):
		return nil, fmt.Errorf("is one name, where a text is a regular expression for whole names of modules, as in PEFT; name it in a list, [%s]", strconv.Quote(text))
	}
	return []string{text}, nil
}

func (q Parameter) toModules(list []any) (any, error) {
	if len(list) == 0 {
		return nil, errors.New("is empty")
	}
	var names []string
	for _, element := range list {
		name, ok := element.(string)
		switch {
		case !ok:
			return nil, errors.New("is neither a list of names nor a text")
		case !q.open && !slices.Contains(q.Choices, name[strings.LastIndexByte(name, '.')+1:]), !isModuleName(name):
			return nil, fmt.Errorf("names the unknown %q%s", name, patternHint(name))
		case slices.Contains(names, name):
			return nil, fmt.Errorf("names %q twice", name)
		}
		names = append(names, name)
	}
	return q.Ordered(names), nil
}

// patternHint says how to write a text of a list that looks like no name.
func patternHint(name string) string {
	if _, pattern := TargetPattern([]string{name}); !pattern || name == "" {
		return ""
	}
	return fmt.Sprintf("; a list has names alone: write a regular expression, or %q, as a text without brackets", AllLinear)
}
