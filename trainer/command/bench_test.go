//go:build unix

package command

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"sweep/sweep"
)

// BenchmarkRunsThatEndAtOnce trains runs by a program that logs one line and ends, and
// reports what a run takes beyond the program itself, started plainly in turns.
func BenchmarkRunsThatEndAtOnce(b *testing.B) {
	p := sweep.Defaults()
	p.Steps = 1
	const script = `echo '{"step": 1, "loss": 1}' >> "$SWEEP_METRICS"`
	p.Command = &sweep.Command{Run: []string{"sh", "-c", `echo '{{"step": 1, "loss": 1}}' >> "$SWEEP_METRICS"`}, Dir: b.TempDir()}
	trainer := New(Options{Runs: b.TempDir()})
	var plain, whole time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		c := exec.Command("sh", "-c", script)
		c.Env = append(os.Environ(), "SWEEP_METRICS="+filepath.Join(p.Command.Dir, "metrics"))
		if err := c.Run(); err != nil {
			b.Fatal(err)
		}
		plain += time.Since(began)
		began = time.Now()
		if _, err := trainer.Train(b.Context(), sweep.Run{Key: fmt.Sprintf("%016x", i), Name: "r", Params: p}, &notebook{}); err != nil {
			b.Fatal(err)
		}
		whole += time.Since(began)
	}
	b.ReportMetric(1000*plain.Seconds()/float64(b.N), "ms-plain/run")
	b.ReportMetric(1000*(whole-plain).Seconds()/float64(b.N), "ms-more/run")
}
