package plots

import (
	"fmt"
	"slices"
	"strings"

	"sweep/sweep"
)

// draft is what a kind of figure shows, before it is laid out on sheets.
type draft struct {
	legend  legend
	ramp    ramp
	notes   []string // the sentences of its caption, without their full stops
	groups  []group
	columns int // how many groups of a single panel stand side by side at most; 0: a group is a row
}

// group is panels that belong together, and the numbers that they draw.
type group struct {
	panels []*panel
	data   table
}

// sheets lays the draft out, on as few figures as hold it and about equally many
// groups on each.
func (o Options) sheets(d draft) []Figure {
	d.notes = slices.Concat(d.notes, o.Notes)
	var all []*panel
	for _, g := range d.groups {
		all = append(all, g.panels...)
	}
	shareAxes(all)
	shape := o.shape()
	most := shape.down * shape.columns(d.columns)
	if d.columns == 0 {
		most = shape.groups(len(d.groups[0].panels))
	}
	sheets := (len(d.groups) + most - 1) / most
	figures := make([]Figure, sheets)
	for i := range figures {
		figures[i] = o.sheet(d, d.groups[i*len(d.groups)/sheets:(i+1)*len(d.groups)/sheets])
		if sheets > 1 {
			figures[i].Suffix = fmt.Sprintf("-%d", i+1)
			figures[i].caption = sentences(append(slices.Clone(d.notes), fmt.Sprintf("Part %d of %d of the figure", i+1, sheets))...)
		}
	}
	return figures
}

// sheet is one figure of a draft.
func (o Options) sheet(d draft, part []group) Figure {
	f := Figure{
		title: sweep.OneLine(o.Title), shape: o.shape(), ramp: d.ramp, caption: sentences(d.notes...),
		untitled: o.NoTitle, uncaptioned: o.NoCaption, outlined: o.Outline,
	}
	var rows [][]*panel
	var names []string
	for _, g := range part {
		rows = append(rows, g.panels)
		for _, p := range g.panels {
			names = append(names, p.names...)
		}
		f.data.header = g.data.header
		f.data.rows = append(f.data.rows, g.data.rows...)
	}
	if d.columns == 0 {
		f.panels = f.arrange(rows)
	} else {
		f.panels = f.grid(slices.Concat(rows...), d.columns)
	}
	f.legend = d.legend.of(names)
	return f
}

// sentences joins what is not empty.
func sentences(parts ...string) string { return strings.Join(nonempty(parts...), ". ") + "." }

func nonempty(parts ...string) []string {
	return slices.DeleteFunc(slices.Clone(parts), func(s string) bool { return s == "" })
}
