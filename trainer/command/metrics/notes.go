package metrics

import (
	"slices"
	"strconv"
	"strings"
)

// remark is something that a person should know of how a run's metrics were read. %d is
// how often it happened.
type remark string

const (
	longLines remark = "lines of more than 16 MiB are left out of the metrics (%d)"
	manyNames remark = "numbers are left out of the metrics (%d), as the program logs under more than 1000 names, or under one of more than 200 bytes"
	noStep    remark = "lines without a step are left out of the metrics (%d); log the step with them, or say what it is called by metrics.names"
	badStep   remark = "lines are left out of the metrics whose step is no whole number of at least 0 (%d)"
	badLine   remark = "lines of $SWEEP_METRICS are left out, as they are no JSON objects (%d)"
	cutLine   remark = "a last line of $SWEEP_METRICS is left out, as it is cut off (%d)"
	fromZero  remark = "the program counts steps from 0, as it logs a loss at step 0: here they are one more, so that the first is 1"
)

// notes are the remarks on a run.
type notes struct {
	order  []remark
	counts map[remark]int
}

func newNotes() *notes { return &notes{counts: map[remark]int{}} }

// count notes that something happened again.
func (n *notes) count(r remark) {
	if !slices.Contains(n.order, r) {
		n.order = append(n.order, r)
	}
	n.counts[r]++
}

// texts returns the remarks for a person.
func (n *notes) texts() []string {
	var texts []string
	for _, r := range n.order {
		texts = append(texts, strings.ReplaceAll(string(r), "%d", strconv.Itoa(n.counts[r])))
	}
	return texts
}
