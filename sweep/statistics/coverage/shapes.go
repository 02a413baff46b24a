package main

import (
	"math"
	"math/rand/v2"
)

// A shape is a valley whose lowest place is known: that of log x = 0.
type shape struct {
	name     string
	loss     func(d float64) float64 // log loss above the lowest
	noise    func(d float64) float64 // standard deviation of a run's log loss
	alike    float64                 // correlation of a seed's noise over a factor of 1.47 in x
	diverges float64                 // log x from which runs diverge, 0 for never
}

// shapes are valleys of all kinds. Those named menus are the means of the
// built-in task's runs by alpha, at 56 steps; so is the noise along them.
func shapes() []shape {
	menus := curve(
		[]float64{-4.6, -3.84, -3.07, -2.3, -1.92, -1.54, -1.15, -.77, -.385, 0, .385, .765, 1.15, 1.53, 1.92, 4},
		[]float64{1.86, 1.57, 1.2, .933, .769, .563, .343, .146, .048, 0, .05, .3, 1.745, 1.86, 1.89, 1.98})
	flat := curve(
		[]float64{-4.6, -3.84, -3.07, -2.3, -1.92, -1.54, -1.15, -.77, -.385, 0, .385, .765, 1.15, 1.53, 4},
		[]float64{1.7, 1.3, 1.02, .73, .52, .295, .098, .005, .001, 0, .01, .274, 1.696, 1.78, 1.9})
	late := curve(
		[]float64{-4.2, -3.5, -2.7, -1.92, -1.54, -1.15, -.77, -.385, 0, .385, .77, 1.15, 2, 3},
		[]float64{1.66, 1.23, .887, .543, .323, .125, .031, .005, 0, .09, .414, 1.78, 1.82, 1.85})
	return []shape{
		{name: "parabola", loss: parabola(0.25), noise: even},
		{name: "sharp parabola", loss: parabola(0.8), noise: even},
		{name: "parabola, noise grows", loss: parabola(0.25), noise: growing},
		{name: "parabola, seeds' noise alike", loss: parabola(0.25), noise: even, alike: 0.5},
		{name: "parabola, then divergence", loss: parabola(0.25), noise: even, diverges: 1.6},
		{name: "cliff above", loss: cliff, noise: even},
		{name: "cliff above, noise grows", loss: cliff, noise: growing},
		{name: "cliff below", loss: mirror(cliff), noise: even},
		{name: "wall above", loss: wall, noise: even},
		{name: "wall below", loss: mirror(wall), noise: even},
		{name: "plateau", loss: plateau, noise: even},
		{name: "menus, alpha 32", loss: menus, noise: measured},
		{name: "menus, alpha 32, alike", loss: menus, noise: measured, alike: 0.5},
		{name: "menus, alpha 32, little noise", loss: menus, noise: func(float64) float64 { return 0.01 }},
		{name: "menus, alpha 16", loss: flat, noise: measured},
		{name: "menus, alpha 1", loss: late, noise: measured},
		{name: "corner", loss: powers(0.2, 1, 0.2, 1), noise: even},
		{name: "corner, steeper above", loss: powers(0.15, 1, 0.52, 1), noise: even},
		{name: "corner, little noise", loss: powers(0.2, 1, 0.2, 1), noise: little},
		{name: "curved below, straight above", loss: powers(0.2, 2, 0.5, 1), noise: little},
		{name: "shallow, then a cliff", loss: shallow(menus), noise: func(float64) float64 { return 0.003 }},
	}
}

func parabola(bend float64) func(float64) float64 {
	return func(d float64) float64 { return bend * d * d }
}

// cliff rises gently below the lowest and exponentially above it.
func cliff(d float64) float64 {
	y := 0.0237 * (math.Exp(5*min(d, 1)) - 5*d - 1)
	if d < 0 {
		y += 0.13 * d * d
	}
	return y
}

// wall falls up to a wall.
func wall(d float64) float64 {
	if d <= 0 {
		return -0.12 * d
	}
	return min(1.5, 15*d)
}

func plateau(d float64) float64 {
	switch {
	case d < -1.2:
		return 0.01*d*d + 0.3*(d+1.2)*(d+1.2)
	case d > 0.8:
		return 0.01*d*d + 1.5*(d-0.8)*(d-0.8)
	}
	return 0.01 * d * d
}

// powers rises as a power of the distance on either side.
func powers(below, power, above, other float64) func(float64) float64 {
	return func(d float64) float64 {
		if d < 0 {
			return below * math.Pow(-d, power)
		}
		return above * math.Pow(d, other)
	}
}

// shallow is a valley a twentieth as deep, with its cliff.
func shallow(f func(float64) float64) func(float64) float64 {
	return func(d float64) float64 {
		if d < 1 {
			return f(d) / 20
		}
		return f(d) - f(1) + f(1)/20
	}
}

func mirror(f func(float64) float64) func(float64) float64 {
	return func(d float64) float64 { return f(-d) }
}

func even(float64) float64       { return 0.05 }
func little(float64) float64     { return 0.005 }
func growing(d float64) float64  { return min(0.04*math.Exp(0.6*d), 0.3) }
func measured(d float64) float64 { return min(0.05*math.Exp(0.35*d), 0.12) }

// curve passes through points without overshooting (Fritsch and Butland, SIAM J.
// Sci. Stat. Comput. 5, 1984), and goes on straight beyond them.
func curve(x, y []float64) func(float64) float64 {
	n := len(x)
	slopes := make([]float64, n)
	rise := func(i int) float64 { return (y[i+1] - y[i]) / (x[i+1] - x[i]) }
	slopes[0], slopes[n-1] = rise(0), rise(n-2)
	for i := 1; i < n-1; i++ {
		if before, after := rise(i-1), rise(i); before*after > 0 {
			a, b := x[i]-x[i-1], x[i+1]-x[i]
			slopes[i] = 3 * (a + b) / ((2*b+a)/before + (b+2*a)/after)
		}
	}
	return func(at float64) float64 {
		if at <= x[0] {
			return y[0] + slopes[0]*(at-x[0])
		}
		if at >= x[n-1] {
			return y[n-1] + slopes[n-1]*(at-x[n-1])
		}
		i := 0
		for x[i+1] < at {
			i++
		}
		h := x[i+1] - x[i]
		t := (at - x[i]) / h
		return y[i]*(1+2*t)*(1-t)*(1-t) + slopes[i]*h*t*(1-t)*(1-t) + y[i+1]*t*t*(3-2*t) + slopes[i+1]*h*t*t*(t-1)
	}
}

// sharedNoise is the standard deviation of what a seed adds at every x.
const sharedNoise = 0.05

// run draws the log losses of seeds at places of log x.
func (s shape) run(random *rand.Rand, x []float64, seeds int) [][]float64 {
	loss := make([][]float64, seeds)
	for k := range loss {
		loss[k] = make([]float64, len(x))
		shared, noise := sharedNoise*random.NormFloat64(), random.NormFloat64()
		for i, d := range x {
			keep := 0.0
			if s.alike > 0 && i > 0 {
				keep = math.Pow(s.alike, (x[i]-x[i-1])/math.Log(1.47))
			}
			noise = keep*noise + math.Sqrt(1-keep*keep)*random.NormFloat64()
			loss[k][i] = s.loss(d) + shared + s.noise(d)*noise
			if s.diverges > 0 && d > s.diverges {
				loss[k][i] = math.Inf(1)
			}
		}
	}
	return loss
}

// grid is places of log x about the lowest, some spacing apart, which falls
// anywhere between two of them. An uneven grid has holes and is shaken.
func grid(random *rand.Rand, spacing float64, uneven bool) []float64 {
	step := math.Log(spacing)
	side := 4
	if spacing < 2 {
		side = 6
	}
	offset := random.Float64() * step
	var x []float64
	for i := -side; i < side; i++ {
		at := float64(i)*step + offset
		if uneven {
			if at += 0.3 * step * (random.Float64() - 0.5); random.Float64() < 0.25 {
				continue
			}
		}
		x = append(x, at)
	}
	return x
}
