package sweep

import (
	"fmt"
)

// Estimate is how much memory and work a run will take.
type Estimate struct {
	Memory int64   // bytes while it trains, without what the runs of a model share
	Least  int64   // bytes that it could do with, computing its activations again for the backward pass
	Again  bool    // it computes its activations again
	Shared int64   // bytes that the runs of its model share
	Tokens float64 // to train on
	Work   float64 // floating-point operations
}

// An Estimator estimates what a run takes, without training it.
type Estimator interface {
	Estimate(Params) (Estimate, error)
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
