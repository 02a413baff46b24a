package data_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/trainer/data"
)

// mixed has rows of 4, 9, 9 and 0 tokens, the third without one that counts among its
// first 8.
const mixed = `{"text": "abcd"}
{"text": "abcdefghi"}
{"prompt": "abcdefgh", "completion": "i"}
{"text": ""}
`

func TestLongRowsAreCutOrLeftOutAndCounted(t *testing.T) {
	for _, c := range []struct {
		long  data.Long
		sizes []int
		want  data.Summary
		notes []string
	}{
		{data.Cut, []int{4, 8}, data.Summary{Cut: 1, Silent: 2, Tokens: 22, Lost: 10}, []string{
			"rows.jsonl:3: skipped, as no token counts among the first 8 of the row's 9 (seq is 8); raise seq, shorten the prompt or lengthen the completion; likewise line 4",
		}},
		{data.Skip, []int{4}, data.Summary{Long: 2, Silent: 1, Tokens: 22, Lost: 18}, []string{
			`rows.jsonl:2: skipped, as the row has 9 tokens, and seq is 8; raise seq, or set long = "cut"; likewise line 3`,
			"rows.jsonl:4: skipped, as no token counts among the first 0 of the row's 0 (seq is 8); raise seq, shorten the prompt or lengthen the completion",
		}},
	} {
		t.Run(string(c.long), func(t *testing.T) {
			got, err := parse(t, mixed).Encode(byteEncoder{}, data.Options{Seq: 8, Long: c.long, Vocab: 256})
			if err != nil {
				t.Fatal(err)
			}
			var sizes []int
			for _, e := range got.Examples {
				sizes = append(sizes, e.Size)
			}
			if diff := cmp.Diff([]any{c.sizes, c.want, c.notes}, []any{sizes, got.Summary, got.Notes}); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if median, longest := data.Lengths(got); median != 9 || longest != 9 {
				t.Errorf("%d tokens at the median and %d at most, want 9 and 9", median, longest)
			}
		})
	}
	_, err := parse(t, mixed).Encode(byteEncoder{}, data.Options{Seq: 8, Long: data.Refuse, Vocab: 256})
	if err == nil || !strings.Contains(err.Error(), "rows.jsonl:2: the row has 9 tokens, and seq is 8; raise seq") || !strings.Contains(err.Error(), "rows.jsonl:4: ") {
		t.Errorf("error is %v", err)
	}
}

func TestARowOfATokenThatTheModelLacksIsAnErrorHoweverLongRowsAreTreated(t *testing.T) {
	for _, long := range []data.Long{data.Cut, data.Skip, data.Refuse} {
		_, err := parse(t, mixed+`{"input_ids": [1, 500], "labels": [1, 2]}`).Encode(byteEncoder{}, data.Options{Seq: 99, Long: long, Vocab: 256})
		if err == nil || !strings.Contains(err.Error(), "rows.jsonl:5: token 1 of the row is 500") {
			t.Errorf("%s: error is %v", long, err)
		}
	}
}

func TestSoManyExamplesAreMadeAsAreAskedFor(t *testing.T) {
	rows := parse(t, mixed+`{"text": "efgh"}`+"\n"+`{"text": "!"}`) // of which the last cannot be encoded
	o := data.Options{Seq: 8, Long: data.Skip, First: 2, Vocab: 256}
	got, err := rows.Encode(byteEncoder{}, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Examples) != 2 || got.Examples[0].Place.Number != 1 || got.Examples[1].Place.Number != 5 {
		t.Errorf("examples are %+v, want lines 1 and 5", got.Examples)
	}
	o.First = 3
	_, err = parse(t, mixed+`{"text": "efgh"}`).Encode(byteEncoder{}, o)
	if want := "rows = 3: rows.jsonl has 2 rows to train on, besides 3 that are skipped; choose rows <= 2, or 0 for all of them"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

func TestAFileOfWhichNoRowFitsIsRefused(t *testing.T) {
	_, err := parse(t, `{"text": "abcdefghi"}`).Encode(byteEncoder{}, data.Options{Seq: 8, Long: data.Skip, Vocab: 256})
	if err == nil || !strings.HasPrefix(err.Error(), "none of the 1 rows can be used:\nrows.jsonl:1: skipped, as the row has 9 tokens") {
		t.Errorf("error is %v", err)
	}
}

func TestDuplicatesOverlapAndEmptyCompletionsAreCounted(t *testing.T) {
	encode := func(content string) *data.Encoded {
		t.Helper()
		e, err := parse(t, content).Encode(chatEncoder{}, data.Options{Seq: 99, After: []int32{0}, Vocab: 256})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	train := encode(`{"prompt": "a", "completion": "b"}
{"completion": "b", "prompt": "a"}
{"prompt": "a", "completion": " \n"}
{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": ""}]}
{"messages": [{"role": "assistant", "content": ""}, {"role": "assistant", "content": "b"}]}
{"text": ""}
{"prompt": "a", "completion": "b"}`)
	eval := encode(`{"prompt": "a", "completion": "b"}
{"prompt": "a", "completion": "c"}
{"prompt": "a", "completion": "b"}`)
	if n := train.Duplicates(); n != 2 {
		t.Errorf("%d duplicates, want 2", n)
	}
	if n := train.Summary.Empty; n != 2 { // a text of nothing is no example
		t.Errorf("%d empty completions, want 2", n)
	}
	if n := eval.Overlap(train); n != 2 {
		t.Errorf("an overlap of %d rows, want 2", n)
	}
	if n := train.Overlap(eval); n != 3 {
		t.Errorf("an overlap of %d rows the other way, want 3", n)
	}
}
