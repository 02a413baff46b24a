package grid

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"sweep/sweep"
)

// cellName returns the name of a cell: its place on all axes that exist there, as in
// "r8-a16-lr1e-3-s0", or the name of the sweep if no axis does, after the arm, if the
// grid has arms.
func cellName(sweepName, arm string, labels [][]string, at []int) string {
	words := make([]string, 0, len(labels))
	for k, axis := range labels {
		if at[k] >= 0 {
			words = append(words, axis[at[k]])
		}
	}
	name := strings.Join(words, "-")
	if len(words) == 0 {
		name = sweepName
	}
	return sweep.CellName(arm, name)
}

// labels returns the label of every point of every axis.
func (a *Arm) labels() [][]string {
	all := make([][]string, len(a.Axes))
	for i, axis := range a.Axes {
		all[i] = axis.labels()
	}
	return all
}

// labels returns a label for each point of the axis, which is safe in file names.
func (a Axis) labels() []string {
	labels := make([]string, len(a.Points))
	for k, q := range a.Parameters {
		values := make([]any, len(a.Points))
		for i, point := range a.Points {
			values[i] = point[k]
		}
		for i, label := range valueLabels(q, values) {
			if k > 0 {
				label = labels[i] + "-" + label
			}
			labels[i] = label
		}
	}
	return labels
}

// valueLabels returns a label for each value of a parameter. A label that different
// values share is followed by the number of the value's first place in the list.
func valueLabels(q sweep.Parameter, values []any) []string {
	first := map[string]int{}            // a value to its first place
	sharing := map[string]map[int]bool{} // a word to the places of the values it stands for
	labels := make([]string, len(values))
	for i, v := range values {
		id := q.Canonical(v)
		if _, ok := first[id]; !ok {
			first[id] = i
		}
		labels[i] = valueLabel(q, v)
		if sharing[labels[i]] == nil {
			sharing[labels[i]] = map[int]bool{}
		}
		sharing[labels[i]][first[id]] = true
	}
	for i, label := range labels {
		if len(sharing[label]) > 1 {
			labels[i] = fmt.Sprintf("%s.%d", label, first[q.Canonical(values[i])]+1)
		}
	}
	return labels
}

// valueLabel returns the label of one value. Numbers and flags come after the name of
// the parameter, or its abbreviation; words stand alone.
func valueLabel(q sweep.Parameter, v any) string {
	text := sweep.FormatValue(v)
	switch q.Kind {
	case sweep.KindChoice:
		return fileSafe(text)
	case sweep.KindPath:
		if text == "" {
			return "no_" + q.Name
		}
		if h, err := sweep.ParseHubName(text); err == nil && h.Path == "" {
			return fileSafe(h.Name)
		}
		base := filepath.Base(text)
		if ext := filepath.Ext(base); !q.IsOpen() || slices.Contains(fileEndings, ext) { // that of Llama-3.1-8B is none
			base = strings.TrimSuffix(base, ext)
		}
		return fileSafe(strings.TrimPrefix(base, "builtin:"))
	case sweep.KindTable, sweep.KindTexts:
		if words := fileSafe(text); words != "" {
			return q.Name + "_" + words
		}
		return "no_" + q.Name
	case sweep.KindSubset, sweep.KindTargets:
		return strings.Trim(strings.ReplaceAll(fileSafe(text), "_proj", ""), "._-")
	case sweep.KindText:
		return q.Name + "_" + fileSafe(text)
	case sweep.KindInteger, sweep.KindNumber, sweep.KindFlag:
		if q.Abbreviation != "" {
			return q.Abbreviation + text
		}
	}
	return q.Name + text
}

// fileEndings are those that the name of a file of rows or of a model may have.
var fileEndings = []string{".jsonl", ".json", ".csv", ".tsv", ".parquet", ".gguf", ".jinja", ".txt"}

// fileSafe replaces each stretch of characters that mean something to shells
// or file systems by one '_'.
func fileSafe(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("._+-", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	return strings.Join(words, "_")
}
