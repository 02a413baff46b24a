package probe

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"sweep/sweep"
)

// Steps is how long the runs of a probe are.
const Steps = 4

// trial is what a run of a probe is for.
type trial string

// The trials. One that is still has an lr at which nothing moves.
const (
	still      trial = "still"
	trained    trial = "trained"
	again      trial = "trained again"
	moreAlpha  trial = "4 alpha, lr/4"
	seedStill  trial = "another seed, still"
	otherSeed  trial = "another seed"
	rankStill  trial = "another r, still"
	otherRank  trial = "another r"
	bothStill  trial = "another r and seed, still"
	otherBoth  trial = "another r and seed"
	batchStill trial = "another batch, still"
	absurd     trial = "absurd lr and alpha"
)

const (
	alphaFactor = 4     // between the alphas
	rankFactor  = 8     // between the ranks
	largeRank   = 32    // from which on the other rank is the smaller one
	stillRate   = 1e-9  // times the lr: nothing moves
	absurdRate  = 1e36  // an lr that float32 holds even as Adam's step, which is up to 100 times as long
	absurdAlpha = 1e9   // times the alpha: with it no B of that lr has a finite output
	target      = 0.005 // the change of the loss by training that is wanted, as a share of it
)

// planned is a trial, with what it changes.
type planned struct {
	trial
	needs  []string // parameters that it changes
	change func(*sweep.Params)
}

// trials are all that a probe may run after still, of settings p. Those in training have
// the lr that calibrate found.
func trials(p sweep.Params) []planned {
	var (
		idle  = func(p *sweep.Params) { scaleRates(p, stillRate) }
		seed  = func(p *sweep.Params) { p.Seed++ }
		rank  = func(p *sweep.Params) { p.R = secondRank(p.R) }
		batch = func(p *sweep.Params) { p.Batch = secondBatch(p.Batch) }
		alpha = func(p *sweep.Params) { p.Alpha *= alphaFactor; scaleRates(p, 1.0/alphaFactor) }
		flood = func(p *sweep.Params) {
			p.Alpha *= absurdAlpha
			p.LR, p.LRA, p.LRB = absurdRate, absurdRate, absurdRate
		}
	)
	all := []planned{
		{again, nil, func(*sweep.Params) {}},
		{moreAlpha, []string{"alpha", "lr"}, alpha},
		{seedStill, []string{"seed", "lr"}, all(seed, idle)},
		{otherSeed, []string{"seed"}, seed},
		{rankStill, []string{"r", "lr"}, all(rank, idle)},
		{otherRank, []string{"r"}, rank},
		{bothStill, []string{"r", "seed", "lr"}, all(rank, seed, idle)},
		{otherBoth, []string{"r", "seed"}, all(rank, seed)},
		{batchStill, []string{"batch", "lr"}, all(batch, idle)},
		{absurd, []string{"alpha", "lr"}, flood},
	}
	return slices.DeleteFunc(all, func(t planned) bool { return len(unstated(p, t.needs)) > 0 })
}

func all(changes ...func(*sweep.Params)) func(*sweep.Params) {
	return func(p *sweep.Params) {
		for _, change := range changes {
			change(p)
		}
	}
}

// unstated returns which of the parameters the grid does not set.
func unstated(p sweep.Params, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return p.States(name) })
}

// scaleRates multiplies all learning rates.
func scaleRates(p *sweep.Params, by float64) { p.LR, p.LRA, p.LRB = p.LR*by, p.LRA*by, p.LRB*by }

// secondRank is the rank to compare r with.
func secondRank(r int) int {
	if r >= largeRank {
		return r / rankFactor
	}
	return r * rankFactor
}

// secondBatch is half of the batch, or twice an odd one.
func secondBatch(batch int) int {
	if batch%2 == 0 {
		return batch / 2
	}
	return batch * 2
}

// settle returns the settings that all trials begin with: those of the grid, but short,
// without warm-up and dropout; changed says in what they differ from the grid's.
func settle(p sweep.Params) (base sweep.Params, changed []string, err error) {
	switch {
	case p.Method != "lora" && p.States("method"):
		return p, nil, fmt.Errorf("method = %q: the probe is about LoRA's alpha; it wants method = \"lora\"", p.Method)
	case len(p.RankPattern) > 0 || len(p.AlphaPattern) > 0:
		return p, nil, fmt.Errorf("rank_pattern and alpha_pattern keep modules from following r and alpha; leave them out to probe")
	}
	if missing := unstated(p, []string{"alpha", "lr"}); len(missing) > 0 {
		return p, nil, fmt.Errorf("the grid does not set %s, so nothing could be told of alpha; set it in [fixed] and place {%s} in the command",
			missing[0], missing[0])
	}
	for _, off := range []struct {
		name string
		on   bool
		end  func()
	}{
		{"warmup", p.Warmup > 0, func() { p.Warmup, p.WarmupRatio = 0, 0 }},
		{"dropout", p.Dropout > 0, func() { p.Dropout = 0 }},
	} {
		if off.on && (p.States(off.name) || off.name == "warmup" && p.States("warmup_ratio")) {
			off.end()
			changed = append(changed, off.name+" = 0")
		}
	}
	p.Steps, p.Epochs = Steps, 0
	return p, changed, nil
}

// runOf is the run of a trial, with a key of its own even where its settings are those of
// another trial.
func (t trial) runOf(base sweep.Run, p sweep.Params) sweep.Run {
	base.Params, base.Name = p, string(t)
	sum := sha256.Sum256([]byte(p.Key(base.Inputs) + " " + string(t)))
	base.Key = hex.EncodeToString(sum[:])
	return base
}
