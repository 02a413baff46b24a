package sweep

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Params are the settings of one run with every default filled in, so that each
// field is the value that the run has: LRA is the learning rate of A even where the
// grid sets lr alone. Parameters has their names, units and defaults; names in TOML
// follow PEFT, PyTorch and the LoRA papers.
type Params struct {
	Model    string `toml:"model" json:"model"`
	Data     string `toml:"data" json:"data"`
	DataEval string `toml:"data_eval" json:"data_eval"`
	Adapter  string `toml:"adapter" json:"adapter"`
	Columns  Texts  `toml:"columns" json:"columns"` // keys of rows, by what they stand for

	ChatTemplate string `toml:"chat_template" json:"chat_template"`
	LossOn       string `toml:"loss_on" json:"loss_on"` // which tokens of a row bear a loss

	Method  string   `toml:"method" json:"method"`
	Targets []string `toml:"targets" json:"targets"` // or one text; see TargetPattern
	R       int      `toml:"r" json:"r"`
	Alpha   float64  `toml:"alpha" json:"alpha"`
	Scaling string   `toml:"scaling" json:"scaling"`
	Init    string   `toml:"init" json:"init"`
	InitStd float64  `toml:"init_std" json:"init_std"` // 0: that of Init
	Dropout float64  `toml:"dropout" json:"dropout"`   // of the adapter's input

	RankPattern  map[string]float64 `toml:"rank_pattern" json:"rank_pattern"`   // whole numbers: R of the modules that a key matches
	AlphaPattern map[string]float64 `toml:"alpha_pattern" json:"alpha_pattern"` // Alpha of theirs

	Optimizer    string  `toml:"optimizer" json:"optimizer"`
	LR           float64 `toml:"lr" json:"lr"`
	LRA          float64 `toml:"lr_a" json:"lr_a"`
	LRB          float64 `toml:"lr_b" json:"lr_b"`
	Momentum     float64 `toml:"momentum" json:"momentum"`
	Nesterov     bool    `toml:"nesterov" json:"nesterov"`
	Beta1        float64 `toml:"beta1" json:"beta1"`
	Beta2        float64 `toml:"beta2" json:"beta2"`
	Eps          float64 `toml:"eps" json:"eps"`
	EpsA         float64 `toml:"eps_a" json:"eps_a"`
	EpsB         float64 `toml:"eps_b" json:"eps_b"`
	WeightDecay  float64 `toml:"weight_decay" json:"weight_decay"`
	WeightDecayA float64 `toml:"weight_decay_a" json:"weight_decay_a"`
	WeightDecayB float64 `toml:"weight_decay_b" json:"weight_decay_b"`
	Clip         float64 `toml:"clip" json:"clip"` // 0: no clipping
	Schedule     string  `toml:"schedule" json:"schedule"`
	Warmup       int     `toml:"warmup" json:"warmup"`
	WarmupRatio  float64 `toml:"warmup_ratio" json:"warmup_ratio"` // that Warmup was worked out from; 0: it was given

	Steps      int      `toml:"steps" json:"steps"`
	Epochs     float64  `toml:"epochs" json:"epochs"`         // that Steps was worked out from; 0: it was given
	Batch      int      `toml:"batch" json:"batch"`           // in a pass
	Accumulate int      `toml:"accumulate" json:"accumulate"` // passes in a step
	Packing    bool     `toml:"packing" json:"packing"`
	Seq        int      `toml:"seq" json:"seq"`
	Long       string   `toml:"long" json:"long"` // what becomes of longer rows
	EvalEvery  int      `toml:"eval_every" json:"eval_every"`
	Eval       []string `toml:"eval" json:"eval"`
	Holdout    float64  `toml:"holdout" json:"holdout"`
	Rows       int      `toml:"rows" json:"rows"` // to train on; 0: all
	Shuffle    bool     `toml:"shuffle" json:"shuffle"`
	Seed       int      `toml:"seed" json:"seed"`
	DType      string   `toml:"dtype" json:"dtype"`

	Command *Command `toml:"-" json:"command,omitempty"` // that trains the run; nil for the built-in trainer
	Custom  Custom   `toml:"-" json:"custom,omitempty"`  // parameters of the command's own
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

// Measures reports whether evaluations of a run measure a quantity, one of the words of
// eval.
func (p Params) Measures(quantity string) bool { return slices.Contains(p.Eval, quantity) }

// Passes is how many passes a step has, in each of which Batch rows are computed.
func (p *Params) Passes() int { return max(1, p.Accumulate) }

// StepRows is how many rows a step trains on, or how many sequences of packed rows.
func (p *Params) StepRows() int { return p.Batch * p.Passes() }

// DecodeParams reads settings from JSON. Parameters that are missing since an earlier
// version of this program wrote the JSON get their defaults, which is what that
// version trained with. An empty object gives empty Params.
func DecodeParams(text []byte) (Params, error) {
	p, _, err := decodeParams(text)
	return p, err
}

// decodeParams is DecodeParams, and reports whether every parameter was given.
func decodeParams(text []byte) (p Params, whole bool, err error) {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(text, &given); err != nil {
		return p, false, fmt.Errorf("read the settings of a run: %w", err)
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, false, fmt.Errorf("read the settings of a run: %w", err)
	}
	if len(given) == 0 {
		return p, false, nil
	}
	whole = true
	for _, q := range Parameters() {
		_, ok := given[q.Name]
		whole = whole && ok
		if q.later && !ok {
			q.Set(&p, q.DefaultIn(&p))
		}
	}
	return p, whole, nil
}
