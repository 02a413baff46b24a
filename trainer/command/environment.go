package command

import (
	"fmt"
	"strings"

	"sweep/trainer/gpu"
)

// environment says where the run was trained: what the program left in environment.txt,
// and how it ended where that is not what the grid says.
func (a *attempt) environment() string {
	lines := a.folder.environment()
	if steps := a.run.Params.Steps; a.last != steps {
		lines = append(lines, fmt.Sprintf("ended = at step %d of %d", a.last, steps))
	}
	if on := gpu.Describe(a.grant.Devices); on != "" {
		lines = append(lines, "gpu = "+on)
	}
	lines = append(lines, "metrics = "+a.metrics.Source())
	for _, note := range a.metrics.Notes() {
		lines = append(lines, "note = "+note)
	}
	return strings.Join(lines, "\n")
}
