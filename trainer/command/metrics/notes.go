package metrics

import (
	"strconv"
	"strings"
)

// remark is something that a person should know of how a run's metrics were read. %d is
// how often it happened.
type remark string

const (
	longLines  remark = "lines of more than 16 MiB are left out of the metrics (%d)"
	manyNames  remark = "numbers are left out of the metrics (%d), as the program logs under more than 1000 names, or under one of more than 200 bytes"
	noStep     remark = "lines without a step are left out of the metrics (%d); log the step with them, or say what it is called by metrics.names"
	badStep    remark = "lines are left out of the metrics whose step is no whole number of at least 0 (%d)"
	badLine    remark = "lines of $SWEEP_METRICS are left out, as they are no JSON objects (%d)"
	cutLine    remark = "a last line of $SWEEP_METRICS is left out, as it is cut off (%d)"
	noBar      remark = "lines with a loss are left out (%d), as they have no step and there is no progress bar of tqdm that shows it; trainer_state.json has the steps of what the Trainer prints"
	fromBar    remark = "the steps of what was printed are those of the progress bar; what the Trainer prints is rounded to four digits, trainer_state.json and the callback of 'sweep help command' have all"
	otherSteps remark = "the program's progress bar has another number of steps than the grid"
	badMatch   remark = "what metrics.pattern finds is no number, and left out (%d)"
	cutState   remark = "the newest trainer_state.json is cut off; the one before counts"
	badEvents  remark = "event files of TensorBoard are damaged; what comes before counts (%d)"
	manyFiles  remark = "the run's folder has more than 50,000 files; trainer_state.json and event files are looked for among the first of them"
	fromZero   remark = "the program counts steps from 0, as it logs a loss at step 0: here they are one more, so that the first is 1"
)

// notes are the remarks on a run.
type notes struct {
	order  []remark
	counts map[remark]int
}

func newNotes() *notes { return &notes{counts: map[remark]int{}} }

// count notes that something happened again.
func (n *notes) count(r remark) { n.add(r, 1) }

// add notes that something happened some times more.
func (n *notes) add(r remark, times int) {
	if times > 0 && n.counts[r] == 0 {
		n.order = append(n.order, r)
	}
	n.counts[r] += times
}

// texts returns the remarks for a person.
func (n *notes) texts() []string {
	var texts []string
	for _, r := range n.order {
		texts = append(texts, strings.ReplaceAll(string(r), "%d", strconv.Itoa(n.counts[r])))
	}
	return texts
}
