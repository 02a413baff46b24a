package trainer

import (
	"slices"
	"testing"

	"sweep/sweep"
	"sweep/trainer/architecture"
)

// TestAGridMayNameEveryProjection holds the words that grids may use to what
// the architectures have.
func TestAGridMayNameEveryProjection(t *testing.T) {
	if words, have := sweep.Projections(), architecture.Projections(); !slices.Equal(words, have) {
		t.Errorf("grids may name %q, the architectures have %q", words, have)
	}
}
