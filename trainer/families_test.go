package trainer

import (
	"slices"
	"testing"

	"sweep/trainer/architecture"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
)

func TestEveryFamilyIsAmongTheShapes(t *testing.T) {
	for _, a := range architecture.All() {
		found := false
		for _, c := range shapes {
			found = found || c.Architecture == a.Name
		}
		if !found {
			t.Errorf("no gradient of %s is held to float64", a.Name)
		}
	}
}

// An estimate lays a run out without its weights at hand.
func TestWhatIsCountedIsWhatIsTaken(t *testing.T) {
	for name, c := range shapes {
		for _, method := range []string{"lora", "full"} {
			p := tinyParams(method)
			p.Targets = c.Of().Projections()
			p.Inherit()
			checkpoint := writeModel(t, c)
			bytes := func(count bool) int {
				m := &memory{countOnly: count}
				var w weights = newTrained(checkpoint)
				if method == "lora" && count {
					w = &frozen{config: c}
				} else if method == "lora" {
					w, _ = readFrozen(&memory{}, checkpoint, dtypes[p.DType])
				}
				if _, err := layOut(m, kernel.Best(), c, w, p); err != nil {
					t.Fatal(err)
				}
				return m.bytes
			}
			if counted, taken := bytes(true), bytes(false); counted != taken || counted == 0 {
				t.Errorf("%s, %s: %d bytes are counted, %d taken", name, method, counted, taken)
			}
		}
	}
}

// In LongRoPE rows of more tokens turn otherwise, in training with them all rows of the
// batch. What a row is judged by does not depend on the rows beside it.
func TestARowIsEvaluatedByItsOwnLength(t *testing.T) {
	c := shapes["phi3, longrope"]
	s := newTestSession(t, writeModel(t, c), kernel.Best(), tinyParams("full"))
	rows := raggedBatch(c)
	loss := func(training bool, rows ...data.Example) []float32 {
		s.pass.load(data.Concat(rows), training)
		if _, _, err := s.model.evaluate(t.Context(), s.pass); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(s.model.head.losses[:len(s.model.head.at)])
	}
	long, short := rows[0], rows[2]
	alone := slices.Concat(loss(false, long), loss(false, short))
	if beside := loss(false, long, short); !slices.Equal(beside, alone) {
		t.Errorf("losses are %v beside another row, %v alone", beside, alone)
	}
	if beside := loss(true, long, short); slices.Equal(beside, alone) {
		t.Error("in training a short row turns by its own length, not by that of the longest")
	}
}
