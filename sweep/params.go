package sweep

import "math"

// Params are one run's settings with every default filled in. The names, units
// and defaults are those of Parameters; names in TOML follow PEFT, PyTorch and
// the LoRA papers.
type Params struct {
	Model    string `toml:"model" json:"model"`
	Data     string `toml:"data" json:"data"`
	DataEval string `toml:"data_eval" json:"data_eval"`
	Adapter  string `toml:"adapter" json:"adapter"`

	Method  string   `toml:"method" json:"method"`
	Targets []string `toml:"targets" json:"targets"`
	R       int      `toml:"r" json:"r"`
	Alpha   float64  `toml:"alpha" json:"alpha"`
	Scaling string   `toml:"scaling" json:"scaling"`
	InitStd float64  `toml:"init_std" json:"init_std"` // 0: kaiming_uniform(sqrt 5), that is 1/sqrt(3 in)

	Optimizer   string  `toml:"optimizer" json:"optimizer"`
	LR          float64 `toml:"lr" json:"lr"`
	Momentum    float64 `toml:"momentum" json:"momentum"`
	Beta1       float64 `toml:"beta1" json:"beta1"`
	Beta2       float64 `toml:"beta2" json:"beta2"`
	Eps         float64 `toml:"eps" json:"eps"`
	WeightDecay float64 `toml:"weight_decay" json:"weight_decay"`
	Clip        float64 `toml:"clip" json:"clip"` // 0: no clipping
	Schedule    string  `toml:"schedule" json:"schedule"`
	Warmup      int     `toml:"warmup" json:"warmup"`

	Steps     int     `toml:"steps" json:"steps"`
	Batch     int     `toml:"batch" json:"batch"`
	Seq       int     `toml:"seq" json:"seq"`
	EvalEvery int     `toml:"eval_every" json:"eval_every"`
	Holdout   float64 `toml:"holdout" json:"holdout"`
	Shuffle   bool    `toml:"shuffle" json:"shuffle"`
	Seed      int     `toml:"seed" json:"seed"`
	DType     string  `toml:"dtype" json:"dtype"`
}

// Scale is s in x W^T + s (x A^T) B^T: alpha/r (LoRA, arXiv 2106.09685,
// section 4.1), alpha/sqrt(r) (rsLoRA, arXiv 2312.03732) or alpha itself.
func (p Params) Scale() float64 {
	switch p.Scaling {
	case "alpha/r":
		return p.Alpha / float64(p.R)
	case "alpha/sqrt(r)":
		return p.Alpha / math.Sqrt(float64(p.R))
	default:
		return p.Alpha
	}
}
