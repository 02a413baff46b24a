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
	held := func() (map[string][]sweep.Point, error) { return curves, nil }
	return alone(draftOrbit, subject{results: results, curves: held}, o)
}

func draftOrbit(s subject) (draft, error) {
	runs, controls := largestOrbit(analysis.Pairs(s.results))
	if len(runs) == 0 {
		return draft{}, fmt.Errorf("draw an orbit: no two runs that are equal but for scaling were both trained: %w", ErrNothingToDraw)
	}
	curves, err := s.curves()
	if err != nil {
		return draft{}, err
	}
	sheet := newOrbitSheet(runs[:min(len(runs), maxOverlaid)], controls, curves)
	return draft{
		legend: sheet.legend(), notes: orbitCaption(len(runs), s.results),
		groups: []group{{[]*panel{sheet.curvePanel(), sheet.awayPanel()}, sheet.data()}},
	}, nil
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
	return runs, controls
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
		own := len(runs) + i // beside the markers of the runs
		l := style{color: hues()[i%len(hues())], marker: markers()[own%len(markers())], dashes: dashes()[1+i%(len(dashes())-1)]}
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
func (s orbitSheet) curvePanel() *panel {
	steps, losses := extent{}, noExtent()
	for _, line := range s.lines {
		for _, sample := range line.losses {
			steps.include(float64(sample.Step))
			losses.include(sample.Loss)
		}
	}
	p := newPanel("", stepAxis(steps), lossAxis(losses), "step", "training loss (nats per token)")
	for i, line := range s.lines {
		style := draw.LineStyle{Color: line.style.color, Width: 1 + 1.6*vg.Length(len(s.lines)-1-i)}
		addCurve(p, line.losses, style)
	}
	for i, line := range s.lines {
		addSigns(p, line.losses, line.style, i, len(s.lines))
		p.has(line.name)
	}
	return p
}

// awayPanel has a log axis that ends in a line for no distance at all.
func (s orbitSheet) awayPanel() *panel {
	steps, away := extent{}, noExtent()
	all := slices.Concat(s.controls, s.lines)
	for _, line := range all {
		for _, sample := range line.away {
			steps.include(float64(sample.Step))
			if sample.Loss > 0 {
				away.include(sample.Loss)
			}
		}
	}
	p := newPanel("", stepAxis(steps), zeroAxis(away), "step", "distance of the losses")
	for i, line := range all {
		addCurve(p, line.away, line.style.line(1.2))
		addSigns(p, line.away, line.style, i, len(all))
		p.has(line.name)
	}
	return p
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

// orbitCaption says what an Orbit figure shows, of so many runs of the orbit.
func orbitCaption(runs int, results []sweep.Result) []string {
	left := ""
	if runs > maxOverlaid {
		left = fmt.Sprintf("%d of the %d runs of this orbit are drawn; what other orbits there are is not", maxOverlaid, runs)
	}
	return nonempty([]string{
		"Training losses of runs that scaling A and B by powers of two makes of one another, the first drawn widest; and the distance of each from the first, 0 where equal to the bit",
		"Dashed: the distance within a pair of runs that is no such symmetry, by what was left unscaled or by a factor that rounds; one pair of each kind",
		left,
		setupNote(results),
		runsNote(results),
	}...)
}
