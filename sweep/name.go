package sweep

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// cellName names the i-th cell of a grid by its place on every axis, as in
// "r8-a16-lr1e-3-s0"; a grid without axes has one cell, named as the sweep.
func cellName(sweep string, labels [][]string, i int) string {
	if len(labels) == 0 {
		return sweep
	}
	words := make([]string, len(labels))
	for k, axis := range slices.Backward(labels) {
		words[k] = axis[i%len(axis)]
		i /= len(axis)
	}
	return strings.Join(words, "-")
}

// labels returns the label of every value of every axis.
func (s *Spec) labels() [][]string {
	all := make([][]string, len(s.Axes))
	for i, axis := range s.Axes {
		all[i] = axis.labels()
	}
	return all
}

// labels names an axis's values in letters that are safe in a file name. Words
// that several values share are followed by their place on the axis.
func (a Axis) labels() []string {
	count := map[string]int{}
	labels := make([]string, len(a.Values))
	for i, v := range a.Values {
		labels[i] = a.Parameter.label(v)
		count[labels[i]]++
	}
	for i, label := range labels {
		if count[label] > 1 {
			labels[i] = fmt.Sprintf("%s.%d", label, i+1)
		}
	}
	return labels
}

// label names one value: numbers and flags follow the parameter's name or its
// abbreviation, words stand alone.
func (q Parameter) label(v any) string {
	text := FormatValue(v)
	switch q.Kind {
	case Choice:
		return fileSafe(text)
	case Path:
		if text == "" {
			return "no_" + q.Name
		}
		base := filepath.Base(text)
		return fileSafe(strings.TrimPrefix(strings.TrimSuffix(base, filepath.Ext(base)), "builtin:"))
	case Subset:
		return strings.ReplaceAll(fileSafe(text), "_proj", "")
	case Integer, Number, Flag:
		if q.abbreviation != "" {
			return q.abbreviation + text
		}
	}
	return q.Name + text
}

// fileSafe replaces each stretch of characters that mean something to shells
// or file systems by one '_'.
func fileSafe(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("._+-", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	return strings.Join(words, "_")
}
