package builtin

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"sweep/trainer/random"
)

// A domain is one kind of data-to-text row: slots of a meaning representation
// and the sentences that word it.
type domain struct {
	required  []slot // in every row
	optional  []slot // some of them in a row
	fewest    int    // optional slots a row has at least
	phrasings []string
}

// A slot draws a value and how a sentence words it.
type slot struct {
	key  string
	draw func(s *random.Stream) (value, wording string)
}

// example is a prompt such as "name[Tavo] side[Rimil]" with the slots in
// random order, and the sentence to write for it.
type example struct {
	Prompt     string `json:"prompt"`
	Completion string `json:"completion"`
}

func (d domain) example(s *random.Stream) example {
	m := d.meaning(s)
	return example{Prompt: strings.Join(m.facts, " ") + "\n", Completion: m.sentence}
}

// reversed is an example the other way round: the sentence to read, and the slots to
// write for it, in the order that the domain has them in.
func (d domain) reversed(s *random.Stream) example {
	m := d.meaning(s)
	slices.SortFunc(m.facts, func(a, b string) int { return cmp.Compare(d.place(a), d.place(b)) })
	return example{Prompt: m.sentence + "\n", Completion: strings.Join(m.facts, " ")}
}

// meaning is what one row says, in both its forms.
type meaning struct {
	facts    []string // such as "name[Tavo]", in random order
	sentence string
}

func (d domain) meaning(s *random.Stream) meaning {
	slots := append([]slot{}, d.required...)
	some := d.fewest + s.Below(len(d.optional)-d.fewest+1)
	for _, i := range s.Permutation(len(d.optional))[:some] {
		slots = append(slots, d.optional[i])
	}
	facts := make([]string, len(slots))
	wordings := map[string]string{}
	for i, place := range s.Permutation(len(slots)) {
		value, wording := slots[i].draw(s)
		facts[place] = slots[i].key + "[" + value + "]"
		wordings[slots[i].key] = wording
	}
	sentence := fill(pick(d.phrasings, s), func(key string) string { return wordings[key] })
	return meaning{facts, strings.ToUpper(sentence[:1]) + sentence[1:]}
}

// place is where the slot of a fact stands among all slots of the domain.
func (d domain) place(fact string) int {
	key, _, _ := strings.Cut(fact, "[")
	return slices.IndexFunc(slices.Concat(d.required, d.optional), func(s slot) bool { return s.key == key })
}

// named is a slot whose value is a name, to be copied.
func named(key string) slot {
	return slot{key, func(s *random.Stream) (string, string) {
		n := name(s)
		return n, n
	}}
}

// copied is a slot whose value is one of a list, to be copied.
func copied(key string, values ...string) slot {
	return slot{key, func(s *random.Stream) (string, string) {
		v := pick(values, s)
		return v, v
	}}
}

// number is a slot whose value is a whole number in [low, high], to be copied.
func number(key string, low, high int) slot {
	return slot{key, func(s *random.Stream) (string, string) {
		n := numeral(s, low, high)
		return n, n
	}}
}

// coded is a slot whose value stands for other words, given in pairs.
func coded(key string, pairs ...string) slot {
	return slot{key, func(s *random.Stream) (string, string) {
		i := 2 * s.Below(len(pairs)/2)
		return pairs[i], pairs[i+1]
	}}
}

// jsonLines is the rows as JSON lines.
func jsonLines[T any](rows []T) ([]byte, error) {
	var b []byte
	for _, row := range rows {
		line, err := json.Marshal(row)
		if err != nil {
			return nil, err
		}
		b = append(append(b, line...), '\n')
	}
	return b, nil
}
