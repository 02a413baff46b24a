package plots

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// extent is a range of numbers. noExtent is the empty one, with low above high.
type extent struct{ low, high float64 }

func noExtent() extent { return extent{math.Inf(1), math.Inf(-1)} }

func (e *extent) include(xs ...float64) {
	for _, x := range xs {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			e.low, e.high = min(e.low, x), max(e.high, x)
		}
	}
}

// or returns the extent, or another range where it is empty.
func (e extent) or(low, high float64) (float64, float64) {
	if e.low > e.high {
		return low, high
	}
	return e.low, e.high
}

// valleyPanel draws loss against the axis the valleys run along.
func valleyPanel(c analysis.Comparison, s analysis.Slice, losses extent, all []style) panel {
	along := newScale(c.Over, cellValues(s))
	p := newPanel(fixedTitle(s.Fixed), axisLabel(c.Over), lossLabel(c.Quantity))
	along.apply(&p.X)
	lossAxis(&p.Y, losses.low, losses.high)
	addGrid(p)
	for i, v := range s.ByLR {
		addBand(p, v, along, all[i])
	}
	for i, v := range s.ByLR {
		addValley(p, v, along, all[i])
	}
	for i, v := range s.ByLR {
		addMinimum(p, v, along, all[i])
	}
	addDiverged(p, s.ByLR, along, all)
	return p
}

// cellValues are the values that a slice's valleys run along, ascending. Each
// slice has its own, since arms need not share a grid.
func cellValues(s analysis.Slice) []analysis.Value {
	var all []analysis.Value
	for _, v := range s.ByLR {
		for _, cell := range v.Cells {
			if !slices.Contains(all, cell.X) {
				all = append(all, cell.X)
			}
		}
	}
	slices.SortFunc(all, analysis.Value.Compare)
	return all
}

// lossExtent is the range of losses over all slices, minima included, so that
// their panels share an axis.
func lossExtent(all []analysis.Slice) extent {
	e := noExtent()
	for _, s := range all {
		for _, v := range s.ByLR {
			for _, cell := range v.Cells {
				low, high := cell.Range()
				e.include(low, high)
			}
			e.include(v.Best.Loss)
		}
	}
	e.low, e.high = e.or(1, 10)
	return e
}

// withLoss are the cells that have a loss.
func withLoss(cells []analysis.Cell) []analysis.Cell {
	var some []analysis.Cell
	for _, c := range cells {
		if len(c.Losses) > 0 {
			some = append(some, c)
		}
	}
	return some
}

func addBand(p panel, v analysis.LossByLR, along scale, l style) {
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		cells := withLoss(v.Cells)
		var upper, lower []vg.Point
		for _, cell := range cells {
			low, high := cell.Range()
			at := x(along.at(cell.X))
			upper = append(upper, vg.Point{X: at, Y: y(high)})
			lower = append(lower, vg.Point{X: at, Y: y(low)})
		}
		for i := len(lower) - 1; i >= 0; i-- {
			upper = append(upper, lower[i])
		}
		if len(cells) > 1 {
			c.FillPolygon(l.band(), upper)
		}
	})
}

func addValley(p panel, v analysis.LossByLR, along scale, l style) {
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		var line []vg.Point
		for _, cell := range withLoss(v.Cells) {
			line = append(line, vg.Point{X: x(along.at(cell.X)), Y: y(cell.Mean())})
		}
		if len(line) > 1 && along.kind != ordinal {
			c.StrokeLines(l.line(1.1), line)
		}
		for _, at := range line {
			c.DrawGlyph(l.glyph(1.9), at)
		}
	})
}

// addMinimum draws a hollow marker at the best value.
func addMinimum(p panel, v analysis.LossByLR, along scale, l style) {
	best := v.Best
	if best.Place == statistics.NoOptimum {
		return
	}
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		at := along.at(v.Cells[best.Cell].X)
		loss := v.Cells[best.Cell].Mean()
		if best.Place == statistics.Inside && along.kind != ordinal {
			at, loss = best.At, best.Loss
		}
		c.DrawGlyph(l.hollow(2.5), vg.Point{X: x(at), Y: y(loss)})
	})
}

// addDiverged puts a cross at the top edge for each cell with diverged runs,
// side by side and below one another where several values diverge: large if
// all seeds did.
func addDiverged(p panel, valleys []analysis.LossByLR, along scale, all []style) {
	const pitch = vg.Length(4.4)
	add(p, func(c draw.Canvas, x, _ func(float64) vg.Length) {
		column := 0.9 * (c.Max.X - c.Min.X) / vg.Length(len(along.values))
		for _, value := range along.values {
			crosses := crossesAt(valleys, value, all)
			abreast := min(len(crosses), max(1, int(column/pitch)))
			for i, cross := range crosses {
				shift := (vg.Length(i%abreast) - vg.Length(abreast-1)/2) * pitch
				at := vg.Point{X: x(along.at(value)) + shift, Y: c.Max.Y - 3 - vg.Length(i/abreast)*pitch}
				drawCross(c, cross.style, 0.4*pitch*cross.size, at)
			}
		}
	})
}

// cross marks a cell with diverged runs.
type cross struct {
	style style
	size  vg.Length // relative: 1 if all seeds diverged
}

func crossesAt(valleys []analysis.LossByLR, value analysis.Value, all []style) []cross {
	var crosses []cross
	for i, v := range valleys {
		for _, cell := range v.Cells {
			if cell.X != value || cell.Tally.Diverged == 0 {
				continue
			}
			size := vg.Length(1)
			if len(cell.Losses) > 0 {
				size = 0.6
			}
			crosses = append(crosses, cross{all[i], size})
		}
	}
	return crosses
}

func drawCross(c draw.Canvas, l style, size vg.Length, at vg.Point) {
	style := draw.LineStyle{Color: l.color, Width: 1}
	c.StrokeLine2(style, at.X-size, at.Y-size, at.X+size, at.Y+size)
	c.StrokeLine2(style, at.X-size, at.Y+size, at.X+size, at.Y-size)
}
