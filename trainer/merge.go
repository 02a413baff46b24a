package trainer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sweep/trainer/adapter"
	"sweep/trainer/pretrained"
)

// Merge is how a model with an adapter merged into it is written.
type Merge struct {
	Export
	DType string // of the weights, as PyTorch calls it; "" is the model's own
	Shard int64  // bytes above which the weights are split; 0 is pretrained.DefaultShard
}

// WriteMerged writes the model that a run ended with as a Hugging Face folder: its base
// model's weights with s B A added to those of the targets, in float32. It reports
// whether the model's tokenizer is in the folder. It fails if the run left no adapter, and
// if the model is no longer the one that the run trained on.
func (t *Trainer) WriteMerged(ctx context.Context, m Merge) (tokenizer bool, err error) {
	r := m.Result
	if err := checkAdapter(r); err != nil {
		return false, err
	}
	model, err := t.openModel(r.Params.Model)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	hash, err := model.Hash()
	if err != nil {
		return false, err
	}
	if hash != r.Inputs.Model {
		return false, fmt.Errorf("model %s is not the one that run %s trained on: its files have the hash %.12s, not %.12s; put that model back", r.Params.Model, r.Name, hash, r.Inputs.Model)
	}
	targets, err := adaptedModules(model.Config, r.Params)
	if err != nil {
		return false, err
	}
	factors, err := adapter.Decode(r.Adapter)
	if err != nil {
		return false, err
	}
	merged := pretrained.Merged{Model: model, DType: m.DType, Shard: m.Shard, Card: m.Card, Change: func(name string, values []float32) error {
		module := strings.TrimSuffix(name, ".weight")
		if f, ok := factors[module]; ok {
			mergeInto(values, f, float32(targets.params(module, r.Params).Scale()))
		}
		return ctx.Err()
	}}
	return model.HasTokenizer(), merged.Write(m.Dir)
}

// mergeInto adds s B A to W (out, in).
func mergeInto(w []float32, f adapter.Factor, s float32) {
	in := len(f.A) / f.R
	delta := make([]float32, in)
	for o := range len(f.B) / f.R {
		clear(delta)
		for k := range f.R {
			b := f.B[o*f.R+k]
			for i, a := range f.A[k*in : (k+1)*in] {
				delta[i] += float32(b * a) // rounded before the sum: no fused multiply-add
			}
		}
		row := w[o*in : (o+1)*in]
		for i := range row {
			row[i] += float32(s * delta[i])
		}
	}
}
