package trainer

import (
	"os"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	"sweep/sweep"
	"sweep/trainer/kernel"
)

// TestLlama3OfEightBillionWeightsTrainsIn4Bits takes LoRA steps at the shape of Llama 3 8B, in
// int4, and evaluates before and after, in 8 GiB. Its weights are drawn as they are read. It
// takes some minutes, and is skipped unless SWEEP_LLAMA3_8B is set.
func TestLlama3OfEightBillionWeightsTrainsIn4Bits(t *testing.T) {
	if os.Getenv("SWEEP_LLAMA3_8B") == "" {
		t.Skip("skipped: it takes minutes and 8 GiB; set SWEEP_LLAMA3_8B to run it")
	}
	began := time.Now()
	m, err := openDrawn("llama3-8b")
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, m)
	w, err := newBase(m).frozen("int4")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("read in %v", time.Since(began).Round(time.Second))
	p := sweep.Defaults()
	p.DType, p.Batch, p.Seq, p.LR, p.Targets = "int4", 1, 64, 1e-3, []string{"q_proj", "v_proj"}
	p.Inherit()
	crew := kernel.NewCrew(runtime.NumCPU())
	s, err := newSession(&memory{}, kernel.Best(), m.Config, w, randomRows(p, m.Config.Vocab), nil, p)
	if err != nil {
		t.Fatal(err)
	}
	leave, err := crew.Join(s.pass.k)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	before, err := s.evaluate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	const steps = 3
	for step := range steps {
		if err := s.step(t.Context(), step+1); err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(began)
	after, err := s.evaluate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !(after.loss < before.loss) || after.overflowed {
		t.Errorf("steps on the rows take their loss from %v to %v", before.loss, after.loss)
	}
	peak := peakMemory(t)
	t.Logf("%v a token in training; the loss goes from %.4f to %.4f; %.2f GiB at the most", took/time.Duration(s.tokens), before.loss, after.loss, float64(peak)/(1<<30))
	if peak > 8<<30 {
		t.Errorf("it took %d bytes, more than 8 GiB", peak)
	}
}

// peakMemory is the most bytes that this process had resident.
func peakMemory(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("no VmHWM in %s", status)
	}
	kB, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kB << 10
}
