package tokenizer

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"sweep/trainer/tensorfile"
)

// ParseModel reads a tokenizer.model, which is a model of SentencePiece or, as
// Llama 3 has, a file of tiktoken. The settings, which are still to be applied, are
// those of the tokenizer_config.json beside it.
func ParseModel(data []byte, s Settings) (*Tokenizer, error) {
	if bytes.HasPrefix(data, []byte("\n")) { // the tag of SentencePiece's first piece
		return parseSentencePiece(data, s)
	}
	return parseTiktoken(data, s)
}

// parseTiktoken reads a file of tiktoken: a line for each token, its bytes in base
// 64 and its rank. The special tokens stand in tokenizer_config.json.
func parseTiktoken(data []byte, s Settings) (*Tokenizer, error) {
	if len(s.added) == 0 {
		return nil, errors.New("it is a tiktoken file, whose special tokens are read from added_tokens_decoder of tokenizer_config.json, which is not there")
	}
	var tokens []string
	for i, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		encoded, rank, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		token, err := base64.StdEncoding.DecodeString(string(encoded))
		if n, errRank := strconv.Atoi(string(rank)); err != nil || errRank != nil || n != i {
			return nil, fmt.Errorf("line %d is %.40q, but a token in base 64 and rank %d are expected", i+1, line, i)
		}
		tokens = append(tokens, string(token))
	}
	return fromRanks(tokens, 0, llama3Pattern, nil)
}

// tekken is a tekken.json of Mistral.
type tekken struct {
	Config struct {
		Pattern string `json:"pattern"`
		Size    *int   `json:"default_vocab_size"`
		Special *int   `json:"default_num_special_tokens"`
	} `json:"config"`
	Vocabulary []struct {
		Rank  int    `json:"rank"`
		Bytes []byte `json:"token_bytes"`
	} `json:"vocab"`
	Special []tekkenSpecial `json:"special_tokens"`
}

type tekkenSpecial struct {
	Rank int    `json:"rank"`
	Text string `json:"token_str"`
}

// firstTekken are the special tokens of files that list none.
func firstTekken() []string {
	return []string{
		"<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]",
		"[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]",
	}
}

// ParseTekken reads a tekken.json. Its special tokens have the first ids; those
// written out in a text become their ids, as in transformers. BOS goes before a
// text, as in mistral-common.
func ParseTekken(data []byte) (*Tokenizer, error) {
	var j tekken
	if err := tensorfile.DecodeJSON(data, "a tekken tokenizer", &j); err != nil {
		return nil, err
	}
	special, err := j.special()
	if err != nil {
		return nil, err
	}
	tokens, err := j.tokens(len(special))
	if err != nil {
		return nil, err
	}
	var added []addedToken
	for id, text := range special {
		added = append(added, addedToken{content: text, id: int32(id), special: true})
	}
	t, err := fromRanks(tokens, len(special), j.Config.Pattern, added)
	if err != nil {
		return nil, err
	}
	if id, ok := t.ID("<s>"); ok {
		t.template.Before = []int32{id}
	}
	return t, nil
}

// special returns the special tokens by id.
func (j *tekken) special() ([]string, error) {
	texts := firstTekken()
	if j.Special != nil {
		texts = nil
		slices.SortFunc(j.Special, func(a, b tekkenSpecial) int { return cmp.Compare(a.Rank, b.Rank) })
		for rank, s := range j.Special {
			if s.Rank != rank {
				return nil, fmt.Errorf("special_tokens have rank %d, but %d is expected: each once, from 0 on", s.Rank, rank)
			}
			texts = append(texts, s.Text)
		}
	}
	if j.Config.Special == nil {
		return texts, nil
	}
	if n := *j.Config.Special; n < len(texts) || n > maxTokens {
		return nil, fmt.Errorf("default_num_special_tokens is %d, but there are %d special tokens", n, len(texts))
	}
	for id := len(texts); id < *j.Config.Special; id++ {
		texts = append(texts, fmt.Sprintf("<SPECIAL_%d>", id))
	}
	return texts, nil
}

// tokens returns the other tokens by rank, without those that the model does not
// use.
func (j *tekken) tokens(special int) ([]string, error) {
	used := len(j.Vocabulary)
	if j.Config.Size != nil {
		used = *j.Config.Size - special
	}
	if used < 0 || used > len(j.Vocabulary) {
		return nil, fmt.Errorf("default_vocab_size leaves %d tokens beside %d special ones, but vocab has %d", used, special, len(j.Vocabulary))
	}
	var tokens []string
	for rank, token := range j.Vocabulary[:used] {
		if token.Rank != rank {
			return nil, fmt.Errorf("vocab has rank %d at place %d, but ranks in order are expected", token.Rank, rank)
		}
		tokens = append(tokens, string(token.Bytes))
	}
	return tokens, nil
}

// fromRanks makes a tokenizer of tokens whose ranks are those of the merges that
// make them, and whose ids begin at first.
func fromRanks(tokens []string, first int, pattern string, added []addedToken) (*Tokenizer, error) {
	find, err := expression("the tokenizer", pattern, maxMatchTime)
	if err != nil {
		return nil, err
	}
	ranks := make(map[string]int, len(tokens))
	ids := make(map[string]int32, len(tokens))
	total := 0
	for rank, token := range tokens {
		total += len(token)
		if _, again := ranks[token]; again || token == "" || len(token) > maxPiece || total > maxPieces {
			return nil, fmt.Errorf("token %d is empty, the same as another, or has %d of %d bytes, where at most %d of %d are allowed", rank, len(token), total, maxPiece, maxPieces)
		}
		ranks[token] = rank
		ids[letters(token)] = int32(first + rank)
	}
	b := &bpe{byteLevel: true, unknown: -1, ignoreMerges: true}
	t := &Tokenizer{normalize: asItIs, stages: []preTokenizer{splitBy(find, isolated)}, decode: bytesOfLetters, byteLevel: true, model: b}
	if err := t.setTokens(ids, added); err != nil {
		return nil, err
	}
	return t, b.build(ids, rankedMerges(tokens, ranks))
}

// rankedMerges are the pairs of tokens that join to one, in the order of what
// they make.
func rankedMerges(tokens []string, ranks map[string]int) []mergeRule {
	var merges []mergeRule
	for _, token := range tokens {
		from := len(merges)
		for i := 1; i < len(token); i++ {
			_, left := ranks[token[:i]]
			_, right := ranks[token[i:]]
			if left && right {
				merges = append(merges, mergeRule{token[:i], token[i:]})
			}
		}
		slices.SortStableFunc(merges[from:], func(a, b mergeRule) int {
			return cmp.Or(cmp.Compare(ranks[a.left], ranks[b.left]), cmp.Compare(ranks[a.right], ranks[b.right]))
		})
	}
	for i, m := range merges {
		merges[i] = mergeRule{letters(m.left), letters(m.right)}
	}
	return merges
}
