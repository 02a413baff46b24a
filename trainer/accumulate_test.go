package trainer

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"sweep/sweep"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
)

// trainOn trains on rows and returns the session after its last step.
func trainOn(t *testing.T, p sweep.Params, rows *examples) *session {
	t.Helper()
	c := writeModel(t, shapes[groupedQueries])
	p.Inherit()
	var w weights = newTrained(c)
	if p.Method == "lora" {
		f, err := readFrozen(&memory{}, c, dtypes[p.DType])
		if err != nil {
			t.Fatal(err)
		}
		w = f
	}
	s, err := newSession(&memory{}, kernel.Best(), c.Config, w, rows, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.run(t.Context(), sweep.Observer(func(sweep.Point) error { return nil })); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAccumulatedPassesAreTheLargerBatch holds a step of several passes to one of all
// their rows, which count for different numbers of tokens: equal but for the rounding of
// the sums over tokens.
func TestAccumulatedPassesAreTheLargerBatch(t *testing.T) {
	c := shapes[groupedQueries]
	rows := slices.Concat(raggedBatch(c), raggedBatch(c)[1:], raggedBatch(c)[:2]) // 7
	for name, change := range map[string]func(*sweep.Params){
		"LoRA":         func(*sweep.Params) {},
		"full":         func(p *sweep.Params) { p.Method = "full" },
		"dropout":      func(p *sweep.Params) { p.Dropout = 0.5 },
		"clipped":      func(p *sweep.Params) { p.Clip = 1e-3 },
		"sgd":          func(p *sweep.Params) { p.Optimizer, p.Momentum = "sgd", 0.9 },
		"shuffled":     func(p *sweep.Params) { p.Shuffle = true },
		"no held-outs": func(p *sweep.Params) { p.Holdout = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			p := tinyParams("lora")
			p.Dropout, p.Eps = 0, 1e-3 // so that no sign decides a step of Adam
			change(&p)
			of := func(batch, accumulate int) *session {
				p.Batch, p.Accumulate = batch, accumulate
				e := &examples{train: rows}
				if p.Holdout > 0 {
					e.eval = rows
				}
				return trainOn(t, p, e)
			}
			whole := of(6, 1)
			for _, parts := range []*session{of(3, 2), of(1, 6)} {
				if len(parts.points) != len(whole.points) || parts.tokens != whole.tokens {
					t.Fatalf("%d points of %d tokens, want %d of %d", len(parts.points), parts.tokens, len(whole.points), whole.tokens)
				}
				for i, point := range parts.points {
					want := whole.points[i]
					if point.Step > 0 {
						near(t, "loss", point.Loss, want.Loss, 1e-5, 0)
						near(t, "gradient norm", point.GradNorm, want.GradNorm, 1e-4, 0)
					}
					if point.Evaluated {
						near(t, "evaluation loss", point.EvalLoss, want.EvalLoss, 1e-5, 0)
					}
				}
			}
		})
	}
}

// TestAPassOfManyTakesTheMemoryOfItsRows holds accumulation to what it is for.
func TestAPassOfManyTakesTheMemoryOfItsRows(t *testing.T) {
	tr, p := New(Options{}), sweep.Defaults()
	memory := func(batch, accumulate int) float64 {
		p.Batch, p.Accumulate = batch, accumulate
		e, err := tr.Estimate(p)
		if err != nil {
			t.Fatal(err)
		}
		return float64(e.Memory)
	}
	one, parts, whole := memory(2, 1), memory(2, 8), memory(16, 1)
	if parts > 1.2*one || parts > 0.4*whole {
		t.Errorf("2 rows take %.3g bytes, 8 passes of them %.3g, and 16 rows %.3g", one, parts, whole)
	}
}

// TestPackedRowsTrainAsTheSameRowsUnpacked lays the rows of each sequence out as a batch
// of its own, and holds the curve to it to the bit.
func TestPackedRowsTrainAsTheSameRowsUnpacked(t *testing.T) {
	c := shapes[groupedQueries]
	var rows []data.Example // of 21, 2 and 8 tokens, so that two sequences of 31 hold three rows each
	for range 2 {
		rows = append(rows, raggedBatch(c)...)
	}
	p := tinyParams("lora")
	p.Seq, p.Batch, p.Holdout = 31, 1, 0
	packed := &examples{train: rows, packed: data.Pack(rows, p.Seq)}
	var laid []data.Example
	for _, sequence := range packed.packed {
		if len(sequence) != 3 {
			t.Fatalf("the rows are packed as %v", packed.packed)
		}
		for _, i := range sequence {
			laid = append(laid, rows[i])
		}
	}
	got := trainOn(t, p, packed)
	p.Batch = 3
	want := trainOn(t, p, &examples{train: laid})
	if sweep.HashCurve(got.points) != sweep.HashCurve(want.points) {
		t.Errorf("packed:\n%v\nunpacked:\n%v", got.points, want.points)
	}
}

func TestTheSummaryOfPackedRowsCountsSequences(t *testing.T) {
	p := sweep.Defaults()
	dir := filepath.Join("testdata", "peft", "packed")
	p.Model, p.Data, p.Holdout, p.Packing, p.Seq, p.Batch, p.Accumulate, p.Steps = dir, filepath.Join(dir, "rows.jsonl"), 0, true, 48, 2, 3, 4
	var golden struct{ Sequences [][]int }
	readGolden(t, filepath.Join("peft", "packed", "golden.json"), &golden)
	tr := New(Options{})
	s, err := tr.Rows(p)
	if err != nil {
		t.Fatal(err)
	}
	n := len(golden.Sequences)
	if s.Sequences != n || s.Units() != n || s.Train != 23 || math.Abs(s.Epochs(p)-24/float64(n)) > 1e-12 {
		t.Errorf("%+v of %d sequences, %v epochs", s, n, s.Epochs(p))
	}
	if s.Filled < 0.7 || s.Filled > 1 {
		t.Errorf("the sequences are filled to %v", s.Filled)
	}
}
