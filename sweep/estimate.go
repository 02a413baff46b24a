package sweep

import (
	"cmp"
	"fmt"
	"slices"
)

// Estimate is what a run will take.
type Estimate struct {
	Memory int64   // bytes while it trains, beside what the runs of a model share
	Shared int64   // bytes that the runs of its model share
	Tokens float64 // to train on
	Work   float64 // floating-point operations
}

// An Estimator foretells what a run takes, without training it.
type Estimator interface {
	Estimate(Params) (Estimate, error)
}

// MemoryError refuses a run that takes more memory than all may take together.
type MemoryError struct {
	Run           Run
	Needs, Limits int64 // bytes
}

func (e *MemoryError) Error() string {
	return fmt.Sprintf("run %s takes about %s of memory in training, and there is %s for all runs; lower batch or seq, or raise --memory",
		e.Run.Name, FormatBytes(e.Needs), FormatBytes(e.Limits))
}

// FormatBytes writes a number of bytes as people do, such as "1.5 GB".
func FormatBytes(n int64) string {
	x, units := float64(n), []string{"B", "kB", "MB", "GB", "TB"}
	for len(units) > 1 && x >= 999.5 {
		x, units = x/1000, units[1:]
	}
	if x < 9.95 && units[0] != "B" {
		return fmt.Sprintf("%.1f %s", x, units[0])
	}
	return fmt.Sprintf("%.0f %s", x, units[0])
}

// arrange puts the longest jobs first, so that none is left to a single worker
// at the end, and notes what memory each takes.
func (r *Runner) arrange(jobs []job) error {
	if r.Estimator == nil {
		return nil
	}
	for i := range jobs {
		j := &jobs[i]
		run := j.family.open[0].Run // a family's runs are of one shape
		e, err := r.Estimator.Estimate(run.Params)
		if err != nil {
			return fmt.Errorf("estimate run %s: %w", run.Name, err)
		}
		if j.bytes, j.work = e.Memory, e.Work; r.Memory > 0 && j.bytes > r.Memory {
			return &MemoryError{run, j.bytes, r.Memory}
		}
	}
	slices.SortStableFunc(jobs, func(a, b job) int { return cmp.Compare(b.work, a.work) })
	return nil
}
