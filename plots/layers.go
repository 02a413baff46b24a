package plots

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// A Layer is a sweep that is drawn over others, or an arm of one; see Options.Layers.
type Layer struct {
	Name    string
	Results []sweep.Result
}

// subject is what there is to draw.
type subject struct {
	results []sweep.Result
	by      string
	curves  func() (map[string][]sweep.Point, error) // of the results, by key

	metric        sweep.Metric   // of curves
	layer, layers int            // of sweeps over one another, layer from 0; none for a sweep alone
	among         []sweep.Result // of all of them
}

// values are those of an axis, in all sweeps that are drawn.
func (s subject) values(axis string) []analysis.Value { return values(s.among, axis) }

// look is how the values of an axis are drawn: all lines of a sweep in the same
// dashes, where it is one of several.
func (s subject) look(axis string) look {
	l := newLook(axis, s.values(axis))
	if s.layers > 1 {
		l.layer = s.layer
		for i := range l.styles {
			l.styles[i].dashes = dashes()[s.layer]
		}
	}
	return l
}

// alone draws a sweep that lies over no other.
func alone(kind func(subject) (draft, error), s subject, o Options) ([]Figure, error) {
	s.among = s.results
	d, err := kind(s)
	if err != nil {
		return nil, err
	}
	return o.sheets(d), nil
}

// overlaid draws sweeps over one another: panels of the same title and labels are
// one.
func overlaid(kind func(subject) (draft, error), each []subject, layers []Layer, o Options) ([]Figure, error) {
	what := cmp.Or(o.Layers, "sweep")
	if most := len(dashes()); len(layers) > most {
		return nil, fmt.Errorf("lay %d %ss over one another: at most %d can be told apart", len(layers), what, most)
	}
	var all []draft
	for i, s := range each {
		s.layer, s.layers = i, len(layers)
		for _, l := range layers {
			s.among = append(s.among, l.Results...)
		}
		d, err := kind(s)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", what, layers[i].Name, err)
		}
		all = append(all, d)
	}
	figures := o.sheets(merged(all, layers, what))
	key := legend{title: what}
	for i, l := range layers {
		key.entries = append(key.entries, entry{style: style{color: inked().color, dashes: dashes()[i]}, name: l.Name, plain: true})
	}
	for i := range figures {
		figures[i].layers = key
	}
	return figures, nil
}

// merged is one draft of several, of what the layers are.
func merged(drafts []draft, layers []Layer, what string) draft {
	whole := draft{columns: drafts[0].columns, legend: drafts[0].legend, notes: mergedNotes(drafts, layers, what)}
	for i, d := range drafts {
		for _, e := range d.legend.entries {
			if !slices.ContainsFunc(whole.legend.entries, func(f entry) bool { return f.name == e.name }) {
				whole.legend.entries = append(whole.legend.entries, e)
			}
		}
		for _, g := range d.groups {
			g.name(what, layers[i].Name)
			whole.take(g)
		}
	}
	for i := range whole.legend.entries {
		whole.legend.entries[i].style.dashes = nil // they tell sweeps apart
	}
	return whole
}

// name says in a group what layer its notes and numbers are of.
func (g *group) name(what, layer string) {
	for _, p := range g.panels {
		if p.note != "" {
			p.note = layer + ": " + p.note
		}
	}
	g.data.header = append([]string{what}, g.data.header...)
	for i, row := range g.data.rows {
		g.data.rows[i] = append([]string{layer}, row...)
	}
}

// take draws a group over the one whose panels are of the same kind, or after all
// others where there is none.
func (d *draft) take(g group) {
	for i, under := range d.groups {
		if !slices.EqualFunc(under.panels, g.panels, alike) {
			continue
		}
		for j, p := range g.panels {
			under.panels[j].lay(p)
		}
		d.groups[i].data.rows = append(under.data.rows, g.data.rows...)
		return
	}
	d.groups = append(d.groups, g)
}

func alike(p, q *panel) bool {
	return p.title == q.title && p.xLabel == q.xLabel && p.yLabel == q.yLabel
}

// lay draws another panel over this one.
func (p *panel) lay(over *panel) {
	p.marks = append(p.marks, over.marks...)
	p.x, p.y = p.x.with(over.x), p.y.with(over.y)
	p.note = strings.Trim(p.note+"\n"+over.note, "\n")
	for _, name := range over.names {
		p.has(name)
	}
}

// mergedNotes says once what holds for all sweeps, and the rest for each.
func mergedNotes(drafts []draft, layers []Layer, what string) []string {
	everywhere := func(note string) bool {
		return !slices.ContainsFunc(drafts, func(d draft) bool { return !slices.Contains(d.notes, note) })
	}
	var notes []string
	for _, note := range drafts[0].notes {
		if everywhere(note) {
			notes = append(notes, note)
		}
	}
	for i, d := range drafts {
		own := slices.DeleteFunc(slices.Clone(d.notes), everywhere)
		if len(own) > 0 {
			notes = append(notes, capital(what)+" "+layers[i].Name+": "+strings.Join(own, ". "))
		}
	}
	return notes
}
