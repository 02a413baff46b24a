package trainer

import (
	"sync"
	"testing"
	"time"

	"sweep/sweep"
	"sweep/trainer/architecture"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
	"sweep/trainer/random"
)

// benchShape is a model and a batch whose speed is compared with PyTorch's and
// JAX's (see experiments/bench).
type benchShape struct {
	config     architecture.Config
	batch, seq int
}

var benchShapes = map[string]benchShape{
	"tiny": {architecture.Config{
		Architecture: architecture.Llama,
		Vocab:        256, Width: 128, Hidden: 384, Layers: 4, Heads: 4, KVHeads: 4, HeadDim: 32, Tied: true,
		NormEps: 1e-5, Rope: architecture.Rope{Theta: 1e4, Type: "default"}, Pad: -1,
	}, 8, 64},
	"smol": {architecture.Config{
		Architecture: architecture.Llama,
		Vocab:        49152, Width: 576, Hidden: 1536, Layers: 30, Heads: 9, KVHeads: 3, HeadDim: 64, Tied: true,
		NormEps: 1e-5, Rope: architecture.Rope{Theta: 1e4, Type: "default"}, Pad: -1,
	}, 2, 128},
}

// randomFrozen draws the weights of a model.
func randomFrozen(c architecture.Config) *frozen {
	f := newFrozen(c)
	for _, name := range c.Names() {
		shape := c.Shape(name)
		if len(shape) == 1 {
			f.vectors[name] = drawn(name, shape[0], 1)
			continue
		}
		f.matrices[name] = kernel.Float32Matrix(drawn(name, product(shape), 0.03), shape[0], shape[1])
	}
	return f
}

// newBenchSession is a LoRA run, r = 8 on q_proj and v_proj with AdamW, on rows
// that fill seq and count everywhere.
func newBenchSession(b testing.TB, k *kernel.Set, f *frozen, shape benchShape) *session {
	rows := make([]data.Example, shape.batch)
	s := random.New(1, "tokens", 0)
	for i := range rows {
		rows[i].Size = shape.seq
		for range shape.seq - 1 {
			rows[i].Tokens = append(rows[i].Tokens, int32(s.Below(shape.config.Vocab)))
			rows[i].Targets = append(rows[i].Targets, int32(s.Below(shape.config.Vocab)))
		}
	}
	p := sweep.Params{
		Method: "lora", Targets: []string{"q_proj", "v_proj"}, R: 8, Alpha: 16, Scaling: "alpha/r",
		Optimizer: "adamw", LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Schedule: "constant",
		Steps: 1 << 30, Batch: shape.batch, Seq: shape.seq,
	}
	p.Inherit()
	session, err := newSession(&memory{}, k, shape.config, f, &examples{train: rows}, nil, p)
	if err != nil {
		b.Fatal(err)
	}
	return session
}

// BenchmarkStep is a whole training step on one worker.
func BenchmarkStep(b *testing.B) {
	for name, shape := range benchShapes {
		b.Run(name, func(b *testing.B) {
			k := kernel.Best()
			s := newBenchSession(b, k, randomFrozen(shape.config), shape)
			b.ReportAllocs()
			for i := range b.N + 1 {
				if i == 1 {
					b.ResetTimer()
				}
				if err := s.step(b.Context(), i+1); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*shape.batch*shape.seq)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}

// BenchmarkTwoWorkers reports how much more two workers train than one, on the
// same frozen weights, measured in turns.
func BenchmarkTwoWorkers(b *testing.B) {
	for name, shape := range benchShapes {
		b.Run(name, func(b *testing.B) {
			k := kernel.Best()
			f := randomFrozen(shape.config)
			workers := []*session{newBenchSession(b, k, f, shape), newBenchSession(b, k, f, shape)}
			steps := map[string]int{"tiny": 30, "smol": 1}[name]
			var one, two time.Duration
			for range b.N {
				one += timeSteps(b, steps, workers[:1])
				two += timeSteps(b, steps, workers)
			}
			b.ReportMetric(2*one.Seconds()/two.Seconds(), "x-one-worker")
		})
	}
}

// timeSteps is how long the workers take for so many steps each, together.
func timeSteps(b *testing.B, steps int, workers []*session) time.Duration {
	began := time.Now()
	var wait sync.WaitGroup
	for _, w := range workers {
		wait.Go(func() {
			for i := range steps {
				if err := w.step(b.Context(), i+1); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wait.Wait()
	return time.Since(began)
}
