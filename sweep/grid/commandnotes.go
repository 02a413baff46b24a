package grid

import (
	"fmt"
	"slices"
	"strings"

	"sweep/sweep"
)

// commandNotes says what a person may not expect of a grid's commands: which parameters are
// their own, and may be misspelt, which words sweep does not know, what gets to them in variables
// alone, and which scaling is taken for theirs.
func (s *Spec) commandNotes() (notes []string) {
	for _, q := range s.customs {
		notes = append(notes, ownNote(q))
	}
	said := map[string]bool{}
	for i := range s.Arms {
		for _, note := range slices.Concat(s.Arms[i].wordNotes(), s.Arms[i].variableNotes(), s.Arms[i].scalingNotes()) {
			if !said[note] {
				said[note] = true
				notes = append(notes, note)
			}
		}
	}
	return notes
}

// ownNote says of a parameter of a command's own which of ours it may have been meant for.
func ownNote(q sweep.Parameter) string {
	note := fmt.Sprintf("%s is a parameter of the command's own (%s)", q.Name, q.Kind)
	if near := sweep.NearestParameter(q.Name); near != "" {
		note += fmt.Sprintf("; sweep's is %s", near)
	}
	return note
}

// wordNotes names the words of parameters that a command has and sweep does not know.
func (a *Arm) wordNotes() (notes []string) {
	if a.Fixed.Command == nil {
		return nil
	}
	for _, q := range sweep.Parameters() {
		if q.Kind != sweep.KindChoice {
			continue
		}
		var unknown []string
		for _, v := range a.allValues(q) {
			if word, ok := v.(string); ok && !slices.Contains(q.Choices, word) {
				unknown = append(unknown, tomlText(word))
			}
		}
		if len(unknown) > 0 {
			notes = append(notes, fmt.Sprintf("%s = %s is for the command to know; sweep knows %s", q.Name, strings.Join(distinct(unknown), ", "), strings.Join(q.Choices, ", ")))
		}
	}
	return notes
}

// scalingNotes says what is taken for the scaling of a command whose grid does not set it,
// where alpha or r varies.
func (a *Arm) scalingNotes() []string {
	if a.tells("scaling") || !a.varies("alpha") && !a.varies("r") {
		return nil
	}
	return []string{fmt.Sprintf("scaling is not set: what is said of s takes it to be %s in %s; 'sweep probe' finds out which it is", a.Fixed.Scaling, theProgramOf(a))}
}

// allValues are those that a parameter may have in the arm.
func (a *Arm) allValues(q sweep.Parameter) []any {
	all := []any{q.Value(a.Fixed)}
	for _, axis := range a.Axes {
		for k, of := range axis.Parameters {
			if of.Name != q.Name {
				continue
			}
			for _, point := range axis.Points {
				all = append(all, point[k])
			}
		}
	}
	return all
}

// variableNotes says which of the steps and the seed get to a command in a variable alone,
// where it has no file that could read that.
func (a *Arm) variableNotes() []string {
	c := a.Fixed.Command
	if c == nil || c.Template != "" || len(c.Files) > 0 {
		return nil
	}
	placeholders, err := c.Placeholders()
	if err != nil || slices.ContainsFunc(placeholders, sweep.HasAll) {
		return nil
	}
	var notes []string
	for _, v := range []struct{ name, variable, harm string }{
		{"steps", "SWEEP_STEPS", "a program that does not read it takes as many steps as it likes"},
		{"seed", "SWEEP_SEED", "a program that does not read it trains all seeds alike"},
	} {
		if _, set := a.keys[v.name]; set && !slices.Contains(placeholders, v.name) {
			notes = append(notes, fmt.Sprintf("%s gets to %s in %s alone: %s", v.name, theProgramOf(a), v.variable, v.harm))
		}
	}
	return notes
}
