package data_test

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"sweep/trainer/data"
)

func ofLengths(lengths []int) []data.Example {
	examples := make([]data.Example, len(lengths))
	for i, n := range lengths {
		examples[i].Size = n
	}
	return examples
}

// TestRowsArePackedAsTRLPacksThem compares with testdata/pack.json, which pack.py made.
func TestRowsArePackedAsTRLPacksThem(t *testing.T) {
	text, err := os.ReadFile(golden("pack.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Seq       int
		Lengths   []int
		Sequences [][]int
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if got := data.Pack(ofLengths(c.Lengths), c.Seq); !reflect.DeepEqual(got, c.Sequences) {
			t.Errorf("seq %d, lengths %v: got\n%v\nwant\n%v", c.Seq, c.Lengths, got, c.Sequences)
		}
	}
}

func TestEveryRowIsInOneSequenceThatHoldsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seq := rapid.IntRange(1, 200).Draw(t, "seq")
		lengths := rapid.SliceOf(rapid.IntRange(1, seq)).Draw(t, "lengths")
		seen := make([]int, len(lengths))
		for _, sequence := range data.Pack(ofLengths(lengths), seq) {
			tokens := 0
			for _, i := range sequence {
				seen[i]++
				tokens += lengths[i]
			}
			if tokens > seq || tokens == 0 {
				t.Fatalf("a sequence of %d tokens, with seq %d", tokens, seq)
			}
		}
		for i, n := range seen {
			if n != 1 {
				t.Fatalf("row %d is there %d times", i, n)
			}
		}
	})
}
