package trainer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"sweep/trainer"
	"sweep/trainer/builtin"
)

// isHeldOut is the rule of holdout, written a second time: of a hash of the row its
// first eight bytes, as a fraction of all that they can be.
func isHeldOut(t *testing.T, line []byte, holdout float64) bool {
	t.Helper()
	var row struct{ Prompt, Completion string }
	if err := json.Unmarshal(line, &row); err != nil {
		t.Fatal(err)
	}
	var said []byte
	for _, part := range []string{"prompt", row.Prompt, row.Completion} {
		said = append(binary.LittleEndian.AppendUint64(said, uint64(len(part))), part...)
	}
	hash := sha256.Sum256(said)
	return float64(binary.LittleEndian.Uint64(hash[:]))/(1<<64) < holdout
}

// splitFiles writes the first n rows of builtin:menus that are not held out to one
// file, and those that are to another.
func splitFiles(t *testing.T, n int, holdout float64) (train, eval string) {
	t.Helper()
	menus, err := builtin.Data("menus")
	if err != nil {
		t.Fatal(err)
	}
	var trained, held []byte
	for line := range bytes.Lines(menus) {
		if isHeldOut(t, line, holdout) {
			held = append(held, line...)
		} else if n > 0 {
			trained = append(trained, line...)
			n--
		}
	}
	train, eval = filepath.Join(t.TempDir(), "train.jsonl"), filepath.Join(t.TempDir(), "eval.jsonl")
	for path, text := range map[string][]byte{train: trained, eval: held} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return train, eval
}

func TestSoManyRowsAreAFileOfThemToTheBit(t *testing.T) {
	tr := trainer.New(trainer.Options{})
	p := builtinParams()
	p.Rows, p.Batch, p.Steps = 100, 8, 15 // more than an epoch
	got := train(t, tr, p)

	p.Rows = 0
	if all := train(t, tr, p); all.CurveHash == got.CurveHash {
		t.Error("all rows give the curve of the first 100")
	} else if all.FirstLoss != got.FirstLoss {
		t.Errorf("they begin at %v and %v: the held-out rows differ", all.FirstLoss, got.FirstLoss)
	}

	p.Data, p.DataEval = splitFiles(t, 100, p.Holdout)
	if want := train(t, tr, p); got.CurveHash != want.CurveHash || !bytes.Equal(got.Adapter, want.Adapter) {
		t.Errorf("rows = 100 ends at %v, a file of those rows at %v, want the same bits", got.EvalLoss, want.EvalLoss)
	}
	p.Rows = 100
	if named := train(t, tr, p); named.CurveHash != got.CurveHash {
		t.Error("rows = 100 of a file of 100 rows is another run than the file")
	}
	p.Rows = 101
	if _, err := tr.Inspect(p); err == nil {
		t.Error("101 of 100 rows were taken")
	}
}

func TestTheNumberOfRowsIsPartOfARunsIdentity(t *testing.T) {
	tr := trainer.New(trainer.Options{})
	p := builtinParams()
	key := func() string {
		in, err := tr.Inspect(p)
		if err != nil {
			t.Fatal(err)
		}
		return p.Key(in)
	}
	seen := map[string]int{}
	for _, p.Rows = range []int{0, 100, 1000} {
		seen[key()]++
	}
	if len(seen) != 3 {
		t.Errorf("three numbers of rows have %d keys", len(seen))
	}
}
