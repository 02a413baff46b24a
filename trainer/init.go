package trainer

import (
	"math"

	"sweep/sweep"
	"sweep/trainer/kernel"
	"sweep/trainer/random"
)

// initialise draws the factors as the parameter init says:
//
//	kaiming    A kaiming_uniform(a = sqrt 5), that is U(-b, b) with b = 1/sqrt(in)
//	           and so a standard deviation of 1/sqrt(3 in); B zero (loralib, PEFT)
//	gaussian   A normal with standard deviation 1/r, B zero (PEFT's "gaussian")
//	swapped    A zero, B kaiming_uniform(a = sqrt 5), its b being 1/sqrt(r)
//	           (Init[B] of Hayou et al., arXiv 2406.08447)
//	both       A and B kaiming_uniform(a = sqrt 5): not the base model
//
// init_std, where it is set, is the standard deviation of what is drawn. Each
// of the r directions is drawn from a stream of its own, so adapters of
// different rank share their first ones.
func (l *lora) initialise(module string, params sweep.Params) {
	deviation := func(otherwise float64) float64 {
		if params.InitStd > 0 {
			return params.InitStd
		}
		return otherwise
	}
	draw, std := uniform, 1/math.Sqrt(3*float64(l.in))
	if params.Init == "gaussian" {
		draw, std = normal, 1/float64(l.r)
	}
	for i := range l.r {
		if params.Init != "swapped" {
			fill(l.a.value[i*l.in:(i+1)*l.in], random.New(params.Seed, "lora_A "+module, i), draw, deviation(std))
		}
		if params.Init == "swapped" || params.Init == "both" {
			fill(l.bt.value[i*l.out:(i+1)*l.out], random.New(params.Seed, "lora_B "+module, i), uniform, deviation(1/math.Sqrt(3*float64(l.r))))
		}
	}
}

// fill draws x with standard deviation std. Its first factor is exact in std:
// twice the deviation gives twice the draws, to the bit.
func fill(x []float32, s *random.Stream, draw func(*random.Stream) float32, std float64) {
	scale := float32(std)
	for i := range x {
		x[i] = scale * draw(s)
	}
}

// uniform draws from U(-sqrt 3, sqrt 3), whose standard deviation is 1.
func uniform(s *random.Stream) float32 {
	return float32(math.Sqrt(3) * float64(2*s.Uniform()-1))
}

// normal draws from N(0, 1) by Box and Muller's method.
func normal(s *random.Stream) float32 {
	radius := math.Sqrt(-2 * kernel.Log(1-float64(s.Uniform())))
	return float32(radius * kernel.Cos(2*math.Pi*float64(s.Uniform())))
}
