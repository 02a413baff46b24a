package plots

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// Orbit draws the loss curves, held by run key, of trained runs that an exact
// symmetry makes equal, over one another; and the distances of the losses, step
// by step, within that orbit and within pairs that are not equal, one for each
// setting that was left unscaled. It fails with ErrNothingToDraw unless some two runs of an
// orbit were both trained.
func Orbit(results []sweep.Result, curves map[string][]sweep.Point, o Options) ([]Figure, error) {
	runs, controls := largestOrbit(analysis.Pairs(results))
	if len(runs) == 0 {
		return nil, fmt.Errorf("draw an orbit: no two runs that are equal but for scaling were both trained: %w", ErrNothingToDraw)
	}
	sheet := newOrbitSheet(runs, controls, curves)
	f := o.figure()
	f.legend, f.caption, f.data = sheet.legend(), orbitCaption(results), sheet.data()
	f.panels = f.arrange([][]panel{{sheet.curvePanel(), sheet.awayPanel()}})
	return []Figure{f}, nil
}

// maxOverlaid is how many curves of an orbit are drawn over one another.
const maxOverlaid = 4

// largestOrbit are the runs of the orbit with the most trained ones, and the
// first pair of each kind of control.
func largestOrbit(pairs []analysis.Pair) (runs []sweep.Result, controls []analysis.Pair) {
	orbits := map[string][]sweep.Result{}
	for _, p := range pairs {
		if p.Apart != "" {
			if !slices.ContainsFunc(controls, func(c analysis.Pair) bool { return c.Apart == p.Apart }) {
				controls = append(controls, p)
			}
			continue
		}
		key := p.First.Key
		if orbits[key] == nil {
			orbits[key] = []sweep.Result{p.First}
		}
		orbits[key] = append(orbits[key], p.Second)
		if len(orbits[key]) > len(runs) {
			runs = orbits[key]
		}
	}
	return runs[:min(len(runs), maxOverlaid)], controls
}

// orbitSheet is what an Orbit figure draws.
type orbitSheet struct {
	lines    []orbitLine // of the orbit's runs
	controls []orbitLine // distances alone
}

// orbitLine is a run or a pair of runs.
type orbitLine struct {
	name   string
	style  style
	losses []analysis.Sample // of the run
	away   []analysis.Sample // from the other run of the pair, or from the orbit's first
}

func newOrbitSheet(runs []sweep.Result, controls []analysis.Pair, curves map[string][]sweep.Point) orbitSheet {
	var s orbitSheet
	first := curves[runs[0].Key]
	for i, r := range runs {
		l := style{color: sequence(float64(i) / float64(len(runs)-1)), marker: markers()[i]}
		line := orbitLine{name: r.Name, style: l, losses: trainLosses(curves[r.Key])}
		if i > 0 {
			line.away = distances(first, curves[r.Key])
		}
		s.lines = append(s.lines, line)
	}
	for i, p := range controls {
		l := style{color: hues()[i%len(hues())], marker: markers()[i%len(markers())], dashes: dashes()[1+i%(len(dashes())-1)]}
		s.controls = append(s.controls, orbitLine{name: "control: " + p.Apart, style: l, away: distances(curves[p.First.Key], curves[p.Second.Key])})
	}
	return s
}

func trainLosses(points []sweep.Point) []analysis.Sample {
	var all []analysis.Sample
	for _, p := range points {
		if p.Step > 0 {
			all = append(all, analysis.Sample{Step: p.Step, Loss: p.Loss})
		}
	}
	return all
}

// distances are those of the training losses of two curves at each step that
// both have.
func distances(first, second []sweep.Point) []analysis.Sample {
	var away []analysis.Sample
	for i := range min(len(first), len(second)) {
		if p, q := first[i], second[i]; p.Step == q.Step && p.Step > 0 {
			away = append(away, analysis.Sample{Step: p.Step, Loss: math.Abs(p.Loss - q.Loss)})
		}
	}
	return away
}

func (s orbitSheet) legend() legend {
	l := legend{title: "run"}
	for _, line := range slices.Concat(s.lines, s.controls) {
		l.entries = append(l.entries, entry{style: line.style, name: line.name})
	}
	return l
}

// curvePanel draws the first curve the widest and lowest, so that each that
// lies upon another leaves a rim of it.
func (s orbitSheet) curvePanel() panel {
	p := newPanel("", "step", "training loss (nats per token)")
	steps, losses := noExtent(), noExtent()
	for _, line := range s.lines {
		for _, sample := range line.losses {
			steps.include(float64(sample.Step))
			losses.include(sample.Loss)
		}
	}
	s.stepAxis(p, steps)
	low, high := losses.or(1, 10)
	lossAxis(&p.Y, low, high)
	addGrid(p)
	for i, line := range s.lines {
		style := draw.LineStyle{Color: line.style.color, Width: 1 + 1.6*vg.Length(len(s.lines)-1-i)}
		addCurve(p, line.losses, style)
	}
	return p
}

// awayPanel has a log axis that ends in a line for no distance at all.
func (s orbitSheet) awayPanel() panel {
	p := newPanel("", "step", "distance of the losses")
	steps, away := noExtent(), noExtent()
	for _, line := range slices.Concat(s.lines, s.controls) {
		for _, sample := range line.away {
			steps.include(float64(sample.Step))
			if sample.Loss > 0 {
				away.include(sample.Loss)
			}
		}
	}
	s.stepAxis(p, steps)
	none := zeroAxis(&p.Y, away)
	addGrid(p)
	for _, line := range slices.Concat(s.controls, s.lines) {
		raised := slices.Clone(line.away)
		for i := range raised {
			raised[i].Loss = math.Max(raised[i].Loss, none)
		}
		addCurve(p, raised, line.style.line(1.2))
	}
	return p
}

func (s orbitSheet) stepAxis(p panel, steps extent) {
	low, high := steps.or(0, 1)
	linearAxis(&p.X, low, high)
	p.X.Min = 0
}

func (s orbitSheet) data() table {
	t := table{header: []string{"run", "step", "loss", "distance"}}
	for _, line := range slices.Concat(s.lines, s.controls) {
		for i := range max(len(line.losses), len(line.away)) {
			step, loss, away := 0, math.NaN(), math.NaN()
			if i < len(line.losses) {
				step, loss = line.losses[i].Step, line.losses[i].Loss
			}
			if i < len(line.away) {
				step, away = line.away[i].Step, line.away[i].Loss
			}
			t.add(line.name, step, loss, away)
		}
	}
	return t
}

// orbitCaption says what an Orbit figure shows.
func orbitCaption(results []sweep.Result) string {
	return sentences(
		"Training losses of runs that scaling A and B by powers of two makes of one another, the first drawn widest; and the distance of each from the first, 0 where equal to the bit",
		"Dashed: the distance within a pair of runs that is no such symmetry, by what was left unscaled or by a factor that rounds",
		setupNote(results),
		runsNote(results),
	)
}
