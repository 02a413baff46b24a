//go:build peft

package trainer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sweep/sweep"
	"sweep/trainer/adapter"
	"sweep/trainer/data"
)

// TestTheMatrixOfFamiliesTrainsAsLivePEFT trains each case of the matrix here and with
// PEFT and transformers, from the same folders. The environment variable SWEEP_PYTHON
// names a Python with torch, transformers and peft (testdata/families/train.py):
//
//	SWEEP_PYTHON=venv/bin/python go test -tags peft -run LivePEFT ./trainer
func TestTheMatrixOfFamiliesTrainsAsLivePEFT(t *testing.T) {
	root, cases := t.TempDir(), matrixCases()
	var params []sweep.Params
	for i, m := range cases {
		dir := m.dir(root, i)
		p := m.folder(t, dir)
		params = append(params, p)
		about, err := json.Marshal(map[string]any{"params": p, "shards": m.shards})
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "case.json"), about, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	trainPython(t, root)
	results := map[string]matrixResult{}
	for i, m := range cases {
		t.Run(m.name, func(t *testing.T) { results[m.name] = m.compareLive(t, m.dir(root, i), params[i]) })
	}
	trainPython(t, root, "exported")
	for i, m := range cases {
		if m.params.Method == "lora" {
			t.Run(m.name+", exported", func(t *testing.T) { m.compareExported(t, m.dir(root, i)) })
		}
	}
	if *update && !t.Failed() {
		writeGoldens(t, results)
	}
}

// trainPython runs testdata/families/train.py.
func trainPython(t *testing.T, arguments ...string) {
	t.Helper()
	python := os.Getenv("SWEEP_PYTHON")
	if python == "" {
		t.Fatal("SWEEP_PYTHON is not set: name a Python with torch, transformers and peft")
	}
	arguments = append([]string{filepath.Join("testdata", "families", "train.py")}, arguments...)
	if out, err := exec.Command(python, arguments...).CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

func (m matrixCase) dir(root string, i int) string {
	return filepath.Join(root, fmt.Sprintf("%03d", i))
}

// compareLive holds the run to what PEFT left in dir, which it returns.
func (m matrixCase) compareLive(t *testing.T, dir string, p sweep.Params) matrixResult {
	var want matrixResult
	text, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	if m.shards != "" {
		p.Model = filepath.Join(dir, "sharded")
		m.copyTokenizer(t, dir)
	}
	s, got := m.train(t, p)
	got.agree(t, want)
	if p.Method == "full" {
		return want
	}
	trained, err := adapter.Read(filepath.Join(dir, "trained"), m.config)
	if err != nil {
		t.Fatal(err)
	}
	m.export(t, s, dir)
	for module, own := range s.model.adapter().Factors {
		nearAll(t, module+" A", own.A, trained.Factors[module].A)
		nearAll(t, module+" B", own.B, trained.Factors[module].B)
	}
	return want
}

// exportedLosses are those of the rows of the first batch, each alone.
type exportedLosses struct {
	Own     []float64 `json:"own"`
	Adapter []float64 `json:"adapter"`
	Merged  []float64 `json:"merged"`
}

// export writes the run's adapter and the model with it merged, and the losses of both here.
func (m matrixCase) export(t *testing.T, s *session, dir string) {
	t.Helper()
	tr := New(Options{})
	base, err := tr.base(filepath.Join(dir, "model"))
	if err != nil {
		t.Fatal(err)
	}
	p := m.params
	p.Model = filepath.Join(dir, "model")
	r := sweep.Result{Run: sweep.Run{Params: p, Inputs: sweep.Inputs{Model: base.hash}}, Outcome: sweep.Outcome{State: sweep.StateDone}}
	if r.Adapter, err = adapter.Encode(s.model.adapter()); err != nil {
		t.Fatal(err)
	}
	if err := WriteAdapter(Export{Dir: filepath.Join(dir, "exported"), Result: r, Base: p.Model}); err != nil {
		t.Fatal(err)
	}
	merge := Merge{Export: Export{Dir: filepath.Join(dir, "merged"), Result: r, Base: p.Model}, DType: "float32"}
	if _, err := tr.WriteMerged(t.Context(), merge); err != nil {
		t.Fatal(err)
	}
	var losses exportedLosses
	for _, row := range s.rows.train[:p.Batch] {
		s.pass.load(data.Concat([]data.Example{row}), false)
		sum, counted, err := s.model.evaluate(t.Context(), s.pass)
		if err != nil {
			t.Fatal(err)
		}
		losses.Own = append(losses.Own, sum/float64(counted))
	}
	text, err := json.Marshal(losses)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "own.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// compareExported holds what PEFT and transformers make of an exported run to what it was
// here.
func (m matrixCase) compareExported(t *testing.T, dir string) {
	var own, theirs exportedLosses
	for name, into := range map[string]*exportedLosses{"own.json": &own, "exported.json": &theirs} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range own.Own {
		near(t, fmt.Sprintf("row %d: PEFT's loss", i), theirs.Adapter[i], want, 1e-5, 1e-6)
		near(t, fmt.Sprintf("row %d: transformers' loss", i), theirs.Merged[i], want, 1e-5, 1e-6)
	}
}

func (m matrixCase) copyTokenizer(t *testing.T, dir string) {
	text, err := os.ReadFile(filepath.Join(dir, "model", "tokenizer.json"))
	if os.IsNotExist(err) {
		return
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "sharded", "tokenizer.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// nearAll holds each element to within a thousandth of the largest.
func nearAll(t *testing.T, what string, got, want []float32) {
	t.Helper()
	largest := 0.0
	for _, x := range want {
		largest = max(largest, math.Abs(float64(x)))
	}
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-3*largest {
			t.Errorf("%s: element %d is %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

// writeGoldens keeps what TestFamiliesTrainAsPEFTDid compares with.
func writeGoldens(t *testing.T, results map[string]matrixResult) {
	golden := map[string]matrixResult{}
	for _, m := range matrixCases() {
		if m.golden() {
			golden[m.name] = results[m.name]
		}
	}
	text, err := json.Marshal(golden)
	if err == nil {
		text = bytes.ReplaceAll(text, []byte("},\""), []byte("},\n\""))
		err = os.WriteFile(filepath.Join("testdata", "families", "golden.json"), append(text, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
