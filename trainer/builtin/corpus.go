package builtin

import "sweep/trainer/random"

// corpusRows is how many rows the pretraining corpus has, about 7 MB of text.
const corpusRows = 60_000

// text is a row of plain text.
type text struct {
	Text string `json:"text"`
}

// Corpus is what builtin:tiny was pretrained on, as JSON lines: three fifths
// data-to-text rows of many domains, none of them menus, the rest sentences,
// letters, lists and sums. Row i depends on i alone.
func Corpus() ([]byte, error) {
	domains, plain := pretrainingDomains(), prose()
	rows := make([]any, corpusRows)
	for i := range rows {
		s := random.New(0, "corpus", i)
		switch kind := s.Below(10); {
		case kind < 6:
			rows[i] = domains[s.Below(len(domains))].example(s)
		case kind < 9:
			rows[i] = text{plain.write("row", s)}
		default:
			rows[i] = text{sum(s)}
		}
	}
	return jsonLines(rows)
}
