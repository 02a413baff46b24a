package trainer

import (
	"testing"

	"sweep/sweep"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
)

// TestRecomputationMovesNoBit compares losses and gradients of models whose blocks keep
// their activations with those of models whose blocks compute them again.
func TestRecomputationMovesNoBit(t *testing.T) {
	for name, c := range shapes {
		for dtype := range dtypes {
			t.Run(name+" in "+dtype, func(t *testing.T) {
				p := tinyParams("lora")
				p.Targets, p.DType, p.Dropout = c.Of().Projections(), dtype, 0.1
				p.Inherit()
				checkpoint := writeModel(t, c)
				w, err := readFrozen(&memory{}, checkpoint, dtypes[dtype])
				if err != nil {
					t.Fatal(err)
				}
				var all [2]*session
				var bytes [2]int
				for i, recompute := range []bool{false, true} {
					mem := &memory{recompute: recompute}
					if all[i], err = newSession(mem, kernel.Best(), c, w, &examples{train: raggedBatch(c)}, nil, p); err != nil {
						t.Fatal(err)
					}
					bytes[i] = mem.bytes
					for step := range 3 {
						all[i].pass.step = step + 1
						all[i].pass.load(data.Concat(raggedBatch(c)), true)
						if err := all[i].differentiate(t.Context()); err != nil {
							t.Fatal(err)
						}
						if err := all[i].graph.Step(all[i].optimizer.update); err != nil {
							t.Fatal(err)
						}
						all[i].model.refresh()
					}
				}
				kept, again := all[0], all[1]
				if kept.model.head.sum() != again.model.head.sum() {
					t.Errorf("the loss is %v, %v where activations are computed again", kept.model.head.sum(), again.model.head.sum())
				}
				for i, q := range kept.model.parameters() {
					for k := range q.grad {
						if other := again.model.parameters()[i]; q.grad[k] != other.grad[k] || q.value[k] != other.value[k] {
							t.Fatalf("%s differs at %d", q.name, k)
						}
					}
				}
				if c.Layers > 1 && bytes[1] >= bytes[0] {
					t.Errorf("it takes %d bytes, %d where activations are kept", bytes[1], bytes[0])
				}
			})
		}
	}
}

// TestARunThatHasNoRoomComputesAgain trains in less room than activations need.
func TestARunThatHasNoRoomComputesAgain(t *testing.T) {
	p := sweep.Defaults()
	p.Steps, p.Holdout, p.Batch, p.Seq, p.Dropout, p.Targets = 4, 0.01, 16, 128, 0.1, allTargets
	p.Inherit()
	train := func(tr *Trainer) (hash string, e sweep.Estimate, taken int) {
		e, err := tr.Estimate(p)
		if err != nil {
			t.Fatal(err)
		}
		o, err := tr.Train(t.Context(), sweep.Run{Params: p}, sweep.Observer(func(sweep.Point) error { return nil }))
		if err != nil {
			t.Fatal(err)
		}
		return o.CurveHash, e, heapOfSession(t, tr, p)
	}
	within := func(room int64) *Trainer {
		tr := New(Options{})
		tr.SetRoom(room)
		return tr
	}
	want, wide, _ := train(within(0))
	got, narrow, taken := train(within(wide.Memory - 1))
	if got != want {
		t.Error("the curve differs")
	}
	if !narrow.Again || narrow.Memory != wide.Least || narrow.Least != wide.Least || narrow.Work <= wide.Work {
		t.Errorf("estimated at %+v, %+v where there is room", narrow, wide)
	}
	if ratio := float64(narrow.Memory) / float64(taken); ratio < 0.97 || ratio > 1.1 {
		t.Errorf("takes %d bytes, estimated at %d", taken, narrow.Memory)
	}
	if _, fits, _ := train(within(wide.Memory)); fits != wide {
		t.Errorf("estimated at %+v, which fits, and was %+v", fits, wide)
	}
}
