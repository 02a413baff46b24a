package plots

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// bareEnd is the largest share of an axis that may be without a label at either
// end.
const bareEnd = 0.3

// covers reports whether labels reach both ends of an axis, its numbers or their
// logarithms being where they are.
func covers(ticks plot.ConstantTicks, low, high float64, at func(float64) float64) bool {
	reached := noExtent()
	for _, t := range ticks {
		if !t.IsMinor() {
			reached.include(at(t.Value))
		}
	}
	bare := bareEnd * (at(high) - at(low))
	return reached.low-at(low) <= bare && at(high)-reached.high <= bare
}

// decades are the ticks of a log axis: labels at powers of ten, or at so many
// digits that there are enough of them and both ends of the axis have some.
func decades(low, high float64, name func(float64) string) plot.ConstantTicks {
	const enough = 3
	for _, digits := range []string{"1", "13", "125", "12357", "123456789"} {
		ticks, labels := digitTicks(low, high, digits, name)
		if labels >= enough && covers(ticks, low, high, math.Log) {
			return ticks
		}
	}
	return fineTicks(low, high, enough, math.Log, name)
}

// evenTicks are those of a linear axis.
func evenTicks(low, high float64) plot.ConstantTicks { return fineTicks(low, high, 4, same, tickName) }

func same(x float64) float64 { return x }

// fineTicks are enough ticks or a few more at multiples of 1, 2 or 5 times a power
// of ten, which reach both ends of an axis that has them where at says.
func fineTicks(low, high float64, enough int, at func(float64) float64, name func(float64) string) (ticks plot.ConstantTicks) {
	const slack = 1e-9 // for rounding, in steps
	first := math.Floor(math.Log10(high - low))
	for power := first; power > first-tickDigits; power-- {
		for _, digit := range []float64{5, 2, 1} {
			step := digit * math.Pow(10, power)
			ticks = nil
			for i := math.Ceil(low/step - slack); i <= high/step+slack; i++ {
				ticks = append(ticks, plot.Tick{Value: i * step, Label: name(i * step)})
			}
			if len(ticks) >= enough && covers(ticks, low, high, at) {
				return ticks
			}
		}
	}
	return ticks
}

func digitTicks(low, high float64, labelled string, name func(float64) string) (ticks plot.ConstantTicks, labels int) {
	for power := int(math.Floor(math.Log10(low))); power <= int(math.Ceil(math.Log10(high))); power++ {
		for digit := 1; digit <= 9; digit++ {
			value, err := strconv.ParseFloat(fmt.Sprintf("%de%d", digit, power), 64)
			if err != nil || value < low || value > high {
				continue
			}
			tick := plot.Tick{Value: value}
			if strings.Contains(labelled, strconv.Itoa(digit)) {
				tick.Label = name(value)
				labels++
			}
			ticks = append(ticks, tick)
		}
	}
	return ticks, labels
}

// thinned are the ticks of an axis so many points long, of whose labels only
// every second, third and so on is left if more would run into one another. Size
// is what a label takes along the axis.
func thinned(a plot.Axis, length vg.Length, size func(label string) vg.Length) plot.ConstantTicks {
	const apart = 3
	ticks := plot.ConstantTicks(slices.Clone(a.Tick.Marker.Ticks(a.Min, a.Max)))
	var labelled []int
	for i, t := range ticks {
		if !t.IsMinor() {
			labelled = append(labelled, i)
		}
	}
	place := func(i int) (from, to vg.Length) {
		t := ticks[labelled[i]]
		at, half := length*vg.Length(a.Norm(t.Value)), size(t.Label)/2
		return at - half, at + half
	}
	crowded := func(stride int) bool {
		for i := 0; i+stride < len(labelled); i += stride {
			_, end := place(i)
			if start, _ := place(i + stride); start < end+apart {
				return true
			}
		}
		return false
	}
	stride := 1
	for crowded(stride) {
		stride++
	}
	for i, at := range labelled {
		if i%stride > 0 {
			ticks[at].Label = ""
		}
	}
	return ticks
}

// widthOf and heightOf are what tick labels take along a horizontal and a
// vertical axis.
func widthOf(style text.Style) func(string) vg.Length { return style.Width }

func heightOf(style text.Style) func(string) vg.Length {
	return func(string) vg.Length { return style.Font.Size }
}
