package sweep

import "math"

// Matches counts the held-out rows whose completion a model gives itself: from the row's
// prompt, by greedy decoding, token for token and to its end, such as EOS. The completion
// of a conversation is its last answer. Rows without a prompt do not count. The zero value
// is no count at all.
type Matches struct {
	Right int // rows
	Of    int // rows with a prompt
}

// Known reports whether anything was counted.
func (m Matches) Known() bool { return m.Of > 0 }

// Share is the share of the rows that are right, NaN if nothing was counted.
func (m Matches) Share() float64 {
	if !m.Known() {
		return math.NaN()
	}
	return float64(m.Right) / float64(m.Of)
}

// RowMatch says whether a model gives the completion of a held-out row itself.
type RowMatch uint8

// What a RowMatch may be.
const (
	NotJudged RowMatch = iota // the row has no prompt, or nobody asked
	MatchWrong
	MatchRight
)

// A Metric is what runs are compared by: one of those below, or the name of a measure,
// whose last value counts.
type Metric string

// The metrics that are no measures.
const (
	MetricLoss  Metric = ""      // the evaluation loss or, where nothing is held out, the training loss
	MetricMatch Metric = "match" // the share of held-out rows that are not completed as they are
)

// CountMatches counts rows.
func CountMatches(rows []RowLoss) (m Matches) {
	for _, r := range rows {
		if r.Match != NotJudged {
			m.Of++
		}
		if r.Match == MatchRight {
			m.Right++
		}
	}
	return m
}
