package tokenizer

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"sweep/trainer/tensorfile/filetest"
)

// message is a field of a message of protobuf: a message or text, a number, or a
// switch.
func message(number protowire.Number, value any) []byte {
	switch value := value.(type) {
	case string:
		return protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), value)
	case int:
		return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), uint64(value))
	default:
		panic("no such value")
	}
}

func join(fields ...[]byte) string {
	var all strings.Builder
	for _, f := range fields {
		all.Write(f)
	}
	return all.String()
}

func TestSentencePieceModelsThatCannotBeReadAreRefused(t *testing.T) {
	piece := message(1, join(message(1, "a")))
	for name, c := range map[string]struct {
		model string
		want  string
	}{
		"no pieces":           {join(message(1, "")), `""`},
		"half a field":        {join(piece)[:2], "SentencePiece"},
		"a piece twice":       {join(piece, piece), `"a" stands for both 0 and 1`},
		"a model of words":    {join(piece, message(2, join(message(3, 3)))), "model_type is 3"},
		"spaces that end":     {join(piece, message(2, join(message(24, 1)))), "treat_whitespace_as_suffix"},
		"a way back":          {join(piece, message(5, join(message(2, "x")))), "denormalizer_spec"},
		"half a charsmap":     {join(piece, message(3, join(message(2, "xy")))), "precompiled_charsmap"},
		"a charsmap cut":      {join(piece, message(3, join(message(2, "\x40\x00\x00\x00abcd")))), "precompiled_charsmap"},
		"unknown beyond":      {join(piece, message(2, join(message(40, 7)))), "piece is 7"},
		"a long piece":        {join(message(1, join(message(1, strings.Repeat("a", 300)))), message(2, join(message(3, 2)))), "300 bytes"},
		"a piece of no text":  {join(message(1, join(message(1, "\xff")))), "UTF-8"},
		"a long likely piece": {join(message(1, join(message(1, strings.Repeat("a", 300))))), "300 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseModel([]byte(c.model), Settings{})
			filetest.Refused(t, err, c.want)
		})
	}
}

func TestFilesOfRanksThatCannotBeReadAreRefused(t *testing.T) {
	settings, err := ParseSettings(readFile(t, "ranks.config.json"))
	if err != nil {
		t.Fatal(err)
	}
	for data, want := range map[string]string{
		"YQ== 0\nYg== 2": "line 2",
		"YQ== 0\nYg==":   "line 2",
		"YQ= 0":          "line 1",
		"YQ== 0\nYQ== 1": "token 1",
		"\tYQ== 1":       "line 1",
	} {
		_, err := ParseModel([]byte(data), settings)
		filetest.Refused(t, err, want)
	}
	_, err = ParseModel([]byte("YQ== 0"), Settings{})
	filetest.Refused(t, err, "added_tokens_decoder")
}

func TestTekkenFilesThatCannotBeReadAreRefused(t *testing.T) {
	const vocab = `"vocab": [{"rank": 0, "token_bytes": "YQ=="}]`
	for data, want := range map[string]string{
		`{`: "JSON",
		`{"config": {"pattern": "("}, ` + vocab + `}`:                                                                             "does not close a group",
		`{"config": {"pattern": "a", "default_num_special_tokens": 3}, ` + vocab + `}`:                                            "20 special tokens",
		`{"config": {"pattern": "a", "default_vocab_size": 30}, ` + vocab + `}`:                                                   "leaves 10 tokens",
		`{"config": {"pattern": "a", "default_vocab_size": 3}, ` + vocab + `}`:                                                    "leaves -17 tokens",
		`{"config": {"pattern": "a"}, "special_tokens": [{"rank": 1, "token_str": "<s>"}], ` + vocab + `}`:                        "rank 1",
		`{"config": {"pattern": "a"}, "vocab": [{"rank": 1, "token_bytes": "YQ=="}]}`:                                             "rank 1 at place 0",
		`{"config": {"pattern": "a"}, "vocab": [{"rank": 0, "token_bytes": "YQ=="}, {"rank": 1, "token_bytes": "YQ=="}]}`:         "token 1",
		`{"config": {"pattern": "a", "default_vocab_size": 1000000021, "default_num_special_tokens": 1000000020}, ` + vocab + `}`: "default_num_special_tokens",
	} {
		_, err := ParseTekken([]byte(data))
		filetest.Refused(t, err, want)
	}
}
