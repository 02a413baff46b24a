package plots

import (
	"maps"
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
func (v valleySheet) valleyPanel(s analysis.Slice) *panel {
	p := newPanel(fixedTitle(s.Fixed), parameterAxis(v.along.of(cellValues(s))), lossAxis(lossExtent(s)), axisLabel(v.Over), lossLabel(v.Quantity))
	for _, valley := range s.ByLR {
		_, style := v.of(valley.By)
		addBand(p, valley, v.along, style)
	}
	for _, valley := range s.ByLR {
		_, style := v.of(valley.By)
		addValley(p, valley, v.along, style)
		if slices.ContainsFunc(valley.Cells, func(c analysis.Cell) bool { return len(c.Losses) > 0 || c.Tally.Diverged > 0 }) {
			p.has(v.name(valley.By))
		}
	}
	for _, valley := range s.ByLR {
		_, style := v.of(valley.By)
		addMinimum(p, valley, v.along, style)
	}
	v.addDiverged(p, crossesOf(s.ByLR, v.look, v.along))
	return p
}

// of is the scale of some of its values, or of all where it sets them in order.
func (s scale) of(values []analysis.Value) scale {
	if s.kind != ordinal {
		s.values = values
	}
	return s
}

func allCells(s analysis.Slice) []analysis.Cell {
	var all []analysis.Cell
	for _, v := range s.ByLR {
		all = append(all, v.Cells...)
	}
	return all
}

// cellValues are the values that a slice's valleys run along, ascending. Each
// slice has its own, since arms need not share a grid.
func cellValues(s analysis.Slice) []analysis.Value {
	var all []analysis.Value
	for _, cell := range allCells(s) {
		if !slices.Contains(all, cell.X) {
			all = append(all, cell.X)
		}
	}
	slices.SortFunc(all, analysis.Value.Compare)
	return all
}

// lossExtent is the range of a slice's losses, minima included.
func lossExtent(s analysis.Slice) extent {
	e := noExtent()
	for _, v := range s.ByLR {
		for _, cell := range v.Cells {
			low, high := cell.Range()
			e.include(low, high)
		}
		e.include(v.Best.Loss)
	}
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

func addBand(p *panel, v analysis.LossByLR, along scale, l style) {
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
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

func addValley(p *panel, v analysis.LossByLR, along scale, l style) {
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		var line []vg.Point
		for _, cell := range withLoss(v.Cells) {
			line = append(line, vg.Point{X: x(along.at(cell.X)), Y: y(cell.Mean())})
		}
		if len(line) > 1 && along.kind != ordinal {
			c.StrokeLines(l.line(1.1), line)
		}
		for _, at := range line {
			stamp(c, l.glyph(1.9), at)
		}
	})
}

// addMinimum draws a hollow marker at the best value.
func addMinimum(p *panel, v analysis.LossByLR, along scale, l style) {
	best := v.Best
	if best.Place == statistics.NoOptimum {
		return
	}
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		at := along.at(v.Cells[best.Cell].X)
		loss := v.Cells[best.Cell].Mean()
		if best.Place == statistics.Inside && along.kind != ordinal {
			at, loss = best.At, best.Loss
		}
		stamp(c, l.hollow(2.5), vg.Point{X: x(at), Y: y(loss)})
	})
}

// cross marks a cell with diverged runs.
type cross struct {
	at    float64 // along x
	style style
	whole bool // all seeds diverged
}

// The sizes of crosses, in points from their middle. They mean the same wherever
// they stand: large, all seeds of the cell diverged; small, some did.
const (
	wholeCross vg.Length = 1.8
	partCross  vg.Length = 1.1
)

func (x cross) size() vg.Length {
	if x.whole {
		return wholeCross
	}
	return partCross
}

// crossesOf has one for each cell with diverged runs.
func crossesOf(valleys []analysis.LossByLR, l look, along scale) []cross {
	var crosses []cross
	for _, v := range valleys {
		for _, cell := range v.Cells {
			if cell.Tally.Diverged > 0 {
				_, style := l.of(v.By)
				crosses = append(crosses, cross{along.at(cell.X), style, len(cell.Losses) == 0})
			}
		}
	}
	return crosses
}

// addDiverged puts crosses at the top edge, those of one place side by side and,
// where that takes more room than there is between places, below one another.
func (l look) addDiverged(p *panel, crosses []cross) {
	const pitch = vg.Length(4.4)
	if len(crosses) == 0 {
		return
	}
	p.y.headroom = true
	p.add(func(c draw.Canvas, x, _ func(float64) vg.Length) {
		column := spacing(p.x, x, c.Max.X-c.Min.X)
		byPlace := map[float64][]cross{}
		for _, cross := range crosses {
			byPlace[cross.at] = append(byPlace[cross.at], cross)
		}
		for _, at := range slices.Sorted(maps.Keys(byPlace)) {
			abeam := byPlace[at]
			abreast := min(len(abeam), max(1, int(0.9*column/pitch)))
			for i, cross := range abeam {
				shift := (vg.Length(i%abreast) - vg.Length(abreast-1)/2) * pitch
				row := vg.Length(i/abreast + l.layer)
				drawCross(c, cross.style, cross.size(), vg.Point{X: x(at) + shift, Y: c.Max.Y - 3 - row*pitch})
			}
		}
	})
}

// spacing is the least distance of neighbours among an axis' values, or the whole
// width of one value.
func spacing(a axis, x func(float64) vg.Length, width vg.Length) vg.Length {
	least := width
	for i := 1; i < len(a.values); i++ {
		from, to := float64(i-1), float64(i)
		if a.kind != ordinal {
			from, to = a.values[i-1].Number, a.values[i].Number
		}
		least = min(least, x(to)-x(from))
	}
	return least
}

func drawCross(c draw.Canvas, l style, size vg.Length, at vg.Point) {
	style := draw.LineStyle{Color: l.color, Width: 1}
	c.StrokeLine2(style, at.X-size, at.Y-size, at.X+size, at.Y+size)
	c.StrokeLine2(style, at.X-size, at.Y+size, at.X+size, at.Y-size)
}
