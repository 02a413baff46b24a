package builtin

import (
	"strings"

	"sweep/trainer/random"
)

// corpusRows is how many rows the pretraining corpus has, about 7 MB of text.
const corpusRows = 60_000

// text is a row of plain text.
type text struct {
	Text string `json:"text"`
}

// Corpus is what builtin:tiny was pretrained on, as JSON lines: three fifths
// data-to-text rows of many domains, none of them menus, a fifth names to be
// repeated or looked up, which teaches copying soonest, the rest sentences,
// letters, lists and sums. Row i depends on i alone.
func Corpus() ([]byte, error) {
	domains, plain := pretrainingDomains(), prose()
	rows := make([]any, corpusRows)
	for i := range rows {
		s := random.New(0, "corpus", i)
		switch kind := s.Below(10); {
		case kind < 6:
			rows[i] = domains[s.Below(len(domains))].example(s)
		case kind < 8:
			rows[i] = copying(s)
		case kind < 9 || s.Below(4) > 0:
			rows[i] = text{plain.write("row", s)}
		default:
			rows[i] = text{sum(s)}
		}
	}
	return jsonLines(rows)
}

// copying is a row that repeats names, or looks one up by another.
func copying(s *random.Stream) any {
	names := make([]string, 2+s.Below(4))
	for i := range names {
		names[i] = name(s)
	}
	list := strings.Join(names, pick([]string{" ", ", ", "; ", "\n"}, s))
	if s.Below(2) == 0 {
		return example{Prompt: list + pick([]string{"\n", "\nAgain: ", " -> "}, s), Completion: list}
	}
	i := s.Below(len(names) - 1)
	return example{Prompt: list + "\nAfter " + names[i] + ": ", Completion: names[i+1]}
}
