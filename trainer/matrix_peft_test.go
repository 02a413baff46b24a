//go:build peft

package trainer

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sweep/sweep"
	"sweep/trainer/adapter"
)

var update = flag.Bool("update", false, "write testdata/families/golden.json from what PEFT comes to")

// TestTheMatrixOfFamiliesTrainsAsLivePEFT trains each case of the matrix here and with
// PEFT and transformers, from the same folders. The environment variable SWEEP_PYTHON
// names a Python with torch, transformers and peft (testdata/families/train.py):
//
//	SWEEP_PYTHON=venv/bin/python go test -tags peft -run LivePEFT ./trainer
func TestTheMatrixOfFamiliesTrainsAsLivePEFT(t *testing.T) {
	python := os.Getenv("SWEEP_PYTHON")
	if python == "" {
		t.Fatal("SWEEP_PYTHON is not set: name a Python with torch, transformers and peft")
	}
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
	command := exec.Command(python, filepath.Join("testdata", "families", "train.py"), root)
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	results := map[string]matrixResult{}
	for i, m := range cases {
		t.Run(m.name, func(t *testing.T) { results[m.name] = m.compareLive(t, m.dir(root, i), params[i]) })
	}
	if *update && !t.Failed() {
		writeGoldens(t, results)
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
	for module, own := range s.model.adapter().Factors {
		nearAll(t, module+" A", own.A, trained.Factors[module].A)
		nearAll(t, module+" B", own.B, trained.Factors[module].B)
	}
	return want
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
