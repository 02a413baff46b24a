package data_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sweep/trainer/data"
)

// byteEncoder gives each byte its own token; it fails on a '!'.
type byteEncoder struct{}

// chatEncoder is byteEncoder with the tokens of ChatML.
type chatEncoder struct{ byteEncoder }

const chatStart, chatEnd = 254, 255

func (e chatEncoder) Encode(text string) ([]int32, error) {
	text = strings.NewReplacer("<|im_start|>", string([]byte{chatStart}), "<|im_end|>", string([]byte{chatEnd})).Replace(text)
	return e.byteEncoder.Encode(text)
}

func (byteEncoder) Encode(text string) ([]int32, error) {
	if strings.Contains(text, "!") {
		return nil, errors.New("no token for '!'")
	}
	ids := make([]int32, len(text))
	for i := range ids {
		ids[i] = int32(text[i])
	}
	return ids, nil
}

func TestAConversationIsChatMLAndCountsWhatTheAssistantSays(t *testing.T) {
	const row = `{"messages": [
		{"role": "system", "content": "Be brief."}, {"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "2"},
		{"role": "user", "content": "And?"}, {"role": "assistant", "content": ""}, {"role": "user", "content": "Bye"}]}`
	rows, err := data.Parse(strings.NewReader(strings.ReplaceAll(row, "\n\t\t", "")), "rows.jsonl", nil)
	if err != nil {
		t.Fatal(err)
	}
	// BOS and EOS are of the other forms.
	examples, err := rows.Encode(chatEncoder{}, data.Options{Seq: 999, Before: []int32{1}, After: []int32{2}, Vocab: 256})
	if err != nil {
		t.Fatal(err)
	}
	var read, counted strings.Builder
	for i, id := range examples.Examples[0].Tokens {
		read.WriteByte(byte(id))
		if target := examples.Examples[0].Targets[i]; target >= 0 {
			counted.WriteByte(byte(target))
		}
	}
	const text = "\xfesystem\nBe brief.\xff\n\xfeuser\n1+1?\xff\n\xfeassistant\n2\xff\n\xfeuser\nAnd?\xff\n\xfeassistant\n"
	if read.String() != text { // the last <|im_end|> is only predicted
		t.Errorf("reads\n%q\nwant\n%q", read.String(), text)
	}
	if want := "2\xff\xff"; counted.String() != want {
		t.Errorf("counts %q, want %q", counted.String(), want)
	}
}

func TestEncodeAlignsTokensWithTheOnesToPredict(t *testing.T) {
	const bos, eos = 1, 2
	for _, c := range []struct {
		name, row string
		options   data.Options
		want      data.Example
	}{
		{
			"a text counts from its second token", `{"text": "abc"}`,
			data.Options{Seq: 9, Vocab: 256},
			data.Example{Tokens: []int32{'a', 'b'}, Targets: []int32{'b', 'c'}, Size: 3},
		},
		{
			"BOS is read and EOS is predicted", `{"text": "ab"}`,
			data.Options{Seq: 9, Before: []int32{bos}, After: []int32{eos}, Vocab: 256},
			data.Example{Tokens: []int32{bos, 'a', 'b'}, Targets: []int32{'a', 'b', eos}, Size: 4},
		},
		{
			"a prompt bears no loss", `{"prompt": "abc", "completion": "de"}`,
			data.Options{Seq: 9, Before: []int32{bos}, After: []int32{eos}, Vocab: 256},
			data.Example{Tokens: []int32{bos, 'a', 'b', 'c', 'd', 'e'}, Targets: []int32{-1, -1, -1, 'd', 'e', eos}, Size: 7, Prompt: 4},
		},
		{
			"BOS and EOS that a text writes out stand once", "{\"text\": \"\\u0001ab\\u0002\"}",
			data.Options{Seq: 9, Before: []int32{bos}, After: []int32{eos}, Vocab: 256},
			data.Example{Tokens: []int32{bos, 'a', 'b'}, Targets: []int32{'a', 'b', eos}, Size: 4, Source: data.FramedText},
		},
		{
			"those of a prompt and a completion, too", "{\"prompt\": \"\\u0001a\", \"completion\": \"b\\u0002\"}",
			data.Options{Seq: 9, Before: []int32{bos}, After: []int32{eos}, Vocab: 256},
			data.Example{Tokens: []int32{bos, 'a', 'b'}, Targets: []int32{-1, 'b', eos}, Size: 4, Prompt: 2, Source: data.FramedText},
		},
		{
			"an EOS that ends a prompt is not the completion's", "{\"prompt\": \"a\\u0002\", \"completion\": \"\"}",
			data.Options{Seq: 9, After: []int32{eos}, Vocab: 256},
			data.Example{Tokens: []int32{'a', eos}, Targets: []int32{-1, eos}, Size: 3, Prompt: 2},
		},
		{
			"one token is not both the BOS and the EOS of a text", "{\"text\": \"\\u0001\"}",
			data.Options{Seq: 9, Before: []int32{bos}, After: []int32{bos}, Vocab: 256},
			data.Example{Tokens: []int32{bos}, Targets: []int32{bos}, Size: 2, Source: data.FramedText},
		},
		{
			"what goes before may be several tokens, and bears no loss where it stands already", "{\"text\": \"\\u0001\\u0003ab\"}",
			data.Options{Seq: 9, Before: []int32{bos, 3}, Vocab: 256},
			data.Example{Tokens: []int32{bos, 3, 'a'}, Targets: []int32{-1, 'a', 'b'}, Size: 4, Source: data.FramedText},
		},
		{
			"an empty completion is its EOS", `{"prompt": "a", "completion": ""}`,
			data.Options{Seq: 9, After: []int32{eos}, Vocab: 256},
			data.Example{Tokens: []int32{'a'}, Targets: []int32{eos}, Size: 2, Prompt: 1},
		},
		{
			"a row is cut before it is shifted", `{"prompt": "ab", "completion": "cdef"}`,
			data.Options{Seq: 4, After: []int32{eos}, Vocab: 256},
			data.Example{Tokens: []int32{'a', 'b', 'c'}, Targets: []int32{-1, 'c', 'd'}, Size: 4, Prompt: 2},
		},
		{
			"labels are shifted as in transformers", `{"input_ids": [5, 6, 7, 8], "labels": [5, -100, 7, 8]}`,
			data.Options{Seq: 9, Before: []int32{bos}, After: []int32{eos}, Vocab: 256},
			data.Example{Tokens: []int32{5, 6, 7}, Targets: []int32{-1, 7, 8}, Size: 4, Prompt: 2},
		},
		{
			"tokens behind the last counted target are dropped", `{"input_ids": [5, 6, 7, 8, 9], "labels": [-100, 6, 7, -100, -100]}`,
			data.Options{Seq: 9, Vocab: 256},
			data.Example{Tokens: []int32{5, 6}, Targets: []int32{6, 7}, Size: 5, Prompt: 1},
		},
		{
			"a BOS alone is no prompt", `{"input_ids": [1, 6, 7], "labels": [-100, 6, 7]}`,
			data.Options{Seq: 9, Before: []int32{bos}, Vocab: 256},
			data.Example{Tokens: []int32{bos, 6}, Targets: []int32{6, 7}, Size: 3},
		},
		{
			"of several stretches that count, the last is to complete", `{"input_ids": [5, 6, 7, 8, 9, 4], "labels": [-100, 6, -100, 8, 9, -100]}`,
			data.Options{Seq: 9, Vocab: 256},
			data.Example{Tokens: []int32{5, 6, 7, 8}, Targets: []int32{6, -1, 8, 9}, Size: 6, Prompt: 3},
		},
		{
			"a label may differ from its token", `{"input_ids": [5, 6], "labels": [-100, 0]}`,
			data.Options{Seq: 9, Vocab: 256},
			data.Example{Tokens: []int32{5}, Targets: []int32{0}, Size: 2},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parse(t, c.row).Encode(byteEncoder{}, c.options)
			if err != nil {
				t.Fatal(err)
			}
			if c.want.Source == data.Tokens && !strings.Contains(c.row, "input_ids") {
				c.want.Source = data.Text
			}
			c.want.Place = data.Place{Number: 1}
			if diff := cmp.Diff([]data.Example{c.want}, got.Examples); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRowsThatCannotBeTrainedOnAreRefused(t *testing.T) {
	for _, c := range []struct{ name, row, want string }{
		{"a long row", `{"prompt": "abcdefgh", "completion": "i"}`, "rows.jsonl:2: the row has 9 tokens, and seq is 8"},
		{"a text of one token", `{"text": "a"}`, "rows.jsonl:2: no token counts among the first 1"},
		{"no token", `{"text": ""}`, "rows.jsonl:2: no token counts among the first 0"},
		{"a label on the first token only", `{"input_ids": [5, 6], "labels": [5, -100]}`, "rows.jsonl:2: no token counts"},
		{"a token outside the vocabulary", `{"input_ids": [5, 128], "labels": [5, 6]}`, "rows.jsonl:2: token 1 of the row is 128, outside the model's vocabulary of 128"},
		{"a negative token", `{"input_ids": [-100, 6], "labels": [5, 6]}`, "rows.jsonl:2: token 0 of the row is -100"},
		{"a label outside the vocabulary", `{"input_ids": [5, 6], "labels": [5, -1]}`, "rows.jsonl:2: label 1 of the row is -1"},
		{"a text the tokenizer refuses", `{"prompt": "ab", "completion": "c!"}`, "rows.jsonl:2: tokenising the text: no token for '!'"},
		{"a prompt the tokenizer refuses", `{"prompt": "!", "completion": "c"}`, "rows.jsonl:2: tokenising the prompt: no token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := parse(t, `{"text": "fine"}`+"\n"+c.row)
			_, err := rows.Encode(byteEncoder{}, data.Options{Seq: 8, Long: data.Refuse, Vocab: 128})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v\nwant one with  %s", err, c.want)
			}
		})
	}
}

func TestConversationsThatChatMLCannotRenderAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, content, want string
		encoder             data.Encoder
	}{
		{"a tokenizer without its tokens", "hi", "the model has no chat template, and its tokenizer no token <|im_start|>", byteEncoder{}},
		{"a message that ends in its midst", `hi<|im_end|>\n<|im_start|>assistant\nbye`, "message 1 holds <|im_start|>", chatEncoder{}},
		{"a message that holds the end", `hi<|im_end|>`, "message 1 holds <|im_end|>", chatEncoder{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := parse(t, `{"messages": [{"role": "user", "content": "`+c.content+`"}, {"role": "assistant", "content": "hello"}]}`)
			_, err := rows.Encode(c.encoder, data.Options{Seq: 99, Vocab: 256})
			if err == nil || !strings.Contains(err.Error(), "rows.jsonl:1: "+c.want) {
				t.Errorf("error is %v\nwant one with  %s", err, c.want)
			}
		})
	}
}

func TestLaterRowsKeepTheirLineAfterASplit(t *testing.T) {
	rows := parse(t, numbered(400)+`{"text": "!"}`)
	train, eval, err := rows.Split(0.5)
	if err != nil {
		t.Fatal(err)
	}
	options := data.Options{Seq: 20, Vocab: 256}
	_, trainErr := train.Encode(byteEncoder{}, options)
	_, evalErr := eval.Encode(byteEncoder{}, options)
	err = errors.Join(trainErr, evalErr)
	if err == nil || !strings.HasPrefix(err.Error(), "rows.jsonl:401: ") {
		t.Errorf("error is %v", err)
	}
}

func TestAnExampleHoldsAllThatCountsAndEndsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prompt := rapid.StringMatching(`[a-z]{0,20}`).Draw(t, "prompt")
		completion := rapid.StringMatching(`[a-z]{1,20}`).Draw(t, "completion")
		seq := rapid.IntRange(len(prompt)+2, 60).Draw(t, "seq")
		rows, err := data.Parse(strings.NewReader(`{"prompt": "`+prompt+`", "completion": "`+completion+`"}`), "rows.jsonl", nil)
		if err != nil {
			t.Fatal(err)
		}
		examples, err := rows.Encode(byteEncoder{}, data.Options{Seq: seq, Before: []int32{0}, After: []int32{0}, Vocab: 256})
		if err != nil {
			t.Fatal(err)
		}
		batch := data.Concat(examples.Examples)
		whole := 1 + len(prompt) + len(completion) + 1
		if want := min(whole, seq) - 1 - len(prompt); batch.Counted != want {
			t.Errorf("%d tokens count, want %d", batch.Counted, want)
		}
		if last := batch.Targets[len(batch.Targets)-1]; last < 0 {
			t.Error("the last target does not count")
		}
	})
}

func TestConcatLaysExamplesEndToEnd(t *testing.T) {
	got := data.Concat([]data.Example{
		{Tokens: []int32{1, 2}, Targets: []int32{-1, 3}, Size: 4, Prompt: 2},
		{Tokens: []int32{7}, Targets: []int32{0}, Size: 2},
	})
	want := data.Batch{Tokens: []int32{1, 2, 7}, Targets: []int32{-1, 3, 0}, Lengths: []int{2, 1}, Sizes: []int{4, 2}, Prompts: []int{2, 0}, Counted: 2, Size: 6}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
