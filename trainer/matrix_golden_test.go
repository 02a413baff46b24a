package trainer

import (
	"testing"

	"sweep/trainer/architecture"
)

// TestFamiliesTrainAsPEFTDid holds a run of each shape to what PEFT and transformers
// came to from the same folders (testdata/families/train.py); matrix_peft_test.go holds
// all of the matrix to live ones.
func TestFamiliesTrainAsPEFTDid(t *testing.T) {
	var golden map[string]matrixResult
	readGolden(t, "families/golden.json", &golden)
	for _, m := range matrixCases() {
		if !m.golden() {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			_, got := m.train(t, m.folder(t, t.TempDir()))
			got.agree(t, golden[m.name])
		})
	}
}

func TestTheMatrixHasEveryFamilyInTwoShapesAndWhole(t *testing.T) {
	lora, full := map[string]int{}, map[string]int{}
	for _, m := range matrixCases() {
		if m.params.Method == "full" {
			full[m.config.Architecture]++
		} else {
			lora[m.config.Architecture]++
		}
	}
	for _, a := range architecture.All() {
		if lora[a.Name] < 2 || full[a.Name] < 1 {
			t.Errorf("%s has %d runs of adapters and %d of all weights", a.Name, lora[a.Name], full[a.Name])
		}
	}
}
