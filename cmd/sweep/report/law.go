package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// lawLines say how the best lr moves, a sentence each, and what several sweeps say
// of it together.
func lawLines(analyses []sweepAnalysis) []string {
	var lines []string
	for _, axis := range lawAxes(analyses) {
		var several []string
		var powers []statistics.Estimate
		for _, s := range analyses {
			for _, l := range s.laws {
				if l.Axis != axis {
					continue
				}
				label := ""
				if len(analyses) > 1 {
					label = s.label() + ": "
				}
				lines = append(lines, label+lawText(l))
				if l.Slope.N > 0 {
					several, powers = append(several, s.label()), append(powers, l.Power())
				}
			}
		}
		if len(several) > 1 {
			lines = append(lines, togetherText(axis, several, powers))
		}
	}
	return lines
}

// unaskedLaws says along which of alpha, r and steps the runs do not ask how the best
// lr moves.
func unaskedLaws(analyses []sweepAnalysis) string {
	var axes []string
	for _, axis := range []string{"alpha", "r", "steps"} {
		if !slices.Contains(lawAxes(analyses), axis) {
			axes = append(axes, axis)
		}
	}
	if len(axes) == 0 || !slices.ContainsFunc(analyses, func(s sweepAnalysis) bool { return len(s.findings) > 0 }) {
		return ""
	}
	return "Not asked by these runs: how the best lr moves with " + strings.Join(axes, ", ") + "."
}

func lawAxes(analyses []sweepAnalysis) []string {
	var axes []string
	for _, s := range analyses {
		for _, l := range s.laws {
			if !slices.Contains(axes, l.Axis) {
				axes = append(axes, l.Axis)
			}
		}
	}
	return axes
}

// lawText says how the best lr moves along an axis, or why that is not known.
func lawText(l analysis.Law) string {
	where := ""
	if len(l.Part) > 0 {
		where = ", at " + settingsText(l.Part)
	}
	if len(l.Tied) > 0 {
		where += ", with " + strings.Join(l.Tied, ", ") + " moved along"
	}
	if l.Slope.N == 0 {
		return fmt.Sprintf("How the best lr moves with %s is not known: at %d of its %d values the best lr lies inside the lr tried%s, and a power takes two.", l.Axis, l.Known, l.Of, where)
	}
	p := l.Power()
	text := fmt.Sprintf("Best lr against %s: %s as %s^%s, fitted to %d best values from %s %s to %s%s", l.Axis, movesText(p), l.Axis, powerText(p),
		l.Slope.N, l.Axis, valueText(l.Slope.From), valueText(l.Slope.To), where)
	if l.Parts > 1 {
		text += fmt.Sprintf(" (%d parts of the sweep: %s to %s)", l.Parts, statistics.Fixed(l.Low), statistics.Fixed(l.High))
	}
	double := statistics.Estimate{Value: math.Exp2(p.Value), Low: math.Exp2(p.Low), High: math.Exp2(p.High)}
	return text + fmt.Sprintf("; for twice the %s multiply lr by %s.", l.Axis, double.Fixed())
}

func movesText(p statistics.Estimate) string {
	switch {
	case !p.Bounded():
		return "goes"
	case p.High < 0:
		return "falls"
	case p.Low > 0:
		return "rises"
	default:
		return "no clear move: goes"
	}
}

func powerText(p statistics.Estimate) string {
	if !p.Bounded() {
		return p.Fixed() + " (no interval)"
	}
	return p.Fixed()
}

// togetherText says whether sweeps differ on a power: whether one number lies in
// all intervals.
func togetherText(axis string, labels []string, powers []statistics.Estimate) string {
	low, high := math.Inf(-1), math.Inf(1)
	for _, p := range powers {
		if !p.Bounded() {
			return fmt.Sprintf("Together: %s cannot be set side by side on %s, as not each has an interval.", strings.Join(labels, ", "), axis)
		}
		low, high = max(low, p.Low), min(high, p.High)
	}
	if low > high {
		return fmt.Sprintf("Together: %s differ on %s: no one power lies in all their intervals.", strings.Join(labels, ", "), axis)
	}
	return fmt.Sprintf("Together: %s do not differ clearly on %s; powers from %s to %s lie in all their intervals.", strings.Join(labels, ", "), axis, statistics.Fixed(low), statistics.Fixed(high))
}
