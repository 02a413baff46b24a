package kernel_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"sweep/trainer/kernel"
)

func TestBlocksOfGGUFFilesDecodeToTheBitsOfGGUFPy(t *testing.T) {
	var golden map[string]struct {
		Elements int
		Bytes    int
		Blocks   []struct {
			What  string
			Bytes []byte
			Sum   string // the first 16 digits of the SHA-256
		}
	}
	data, err := os.ReadFile(filepath.Join("..", "tensorfile", "testdata", "blocks.json"))
	if err == nil {
		err = json.Unmarshal(data, &golden)
	}
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, f := range kernel.Formats() {
		want, ok := golden[f.String()]
		if !ok {
			continue
		}
		found++
		eachLevel(t, func(t *testing.T, k *kernel.Set) {
			for _, b := range want.Blocks {
				x := make([]float32, want.Elements)
				k.Row(kernel.NewMatrix(f, b.Bytes, 1, want.Elements), 0, x)
				if got := sumOf(x); got != b.Sum {
					t.Errorf("%s, a block of %s, %x, decodes to %v", f, b.What, b.Bytes, x)
				}
			}
		})
	}
	if found != 8 {
		t.Errorf("%d formats are those of gguf-py, want 8", found)
	}
}

func sumOf(x []float32) string {
	h := sha256.New()
	for _, v := range x {
		h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// What quantising normal numbers costs, as the root of the mean square of what is missed
// in units of that of the numbers.
func TestQuantisingMissesNoMoreThanItsBitsMust(t *testing.T) {
	const rows, columns = 64, 576
	source := rand.New(newDraws(3).source)
	x := make([]float32, rows*columns)
	for i := range x {
		x[i] = float32(source.NormFloat64())
	}
	for f, most := range map[kernel.Format]float64{kernel.BFloat16: 0.0018, kernel.Q8_0: 0.0065, kernel.Q4_0: 0.088, kernel.NF4: 0.092} {
		w, missed, all := encoded(f, x, rows, columns), 0.0, 0.0
		row := make([]float32, columns)
		for i := range rows {
			kernel.Best().Row(w, i, row)
			for j, v := range row {
				missed += math.Pow(float64(v-x[i*columns+j]), 2)
				all += math.Pow(float64(x[i*columns+j]), 2)
			}
		}
		share := math.Sqrt(missed / all)
		t.Log(f, fmt.Sprintf("%.5f, %.3f bits an element", share, 8*float64(f.Bytes(rows, columns))/rows/columns))
		if share > most || share < most/2 {
			t.Errorf("%s misses %.5f, want at most %v", f, share, most)
		}
	}
}

func TestQuantisingWhatAFormatHasGivesItBack(t *testing.T) {
	for _, f := range []kernel.Format{kernel.BFloat16, kernel.Q8_0, kernel.Q4_0, kernel.NF4} {
		const columns = 130
		d := newDraws(4)
		first := encoded(f, d.floats(columns, 1), 1, columns)
		once, twice := make([]float32, columns), make([]float32, columns)
		kernel.Best().Row(first, 0, once)
		kernel.Best().Row(encoded(f, once, 1, columns), 0, twice)
		if !sameBits(once, twice) {
			t.Errorf("%s: %v became %v", f, once, twice)
		}
	}
}
