package tokenizer

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"sweep/trainer/tensorfile"
)

// Settings is what a tokenizer_config.json says of a tokenizer beside the file
// that describes it.
type Settings struct {
	AddBOS, AddEOS *bool // nil: the tokenizer's own post-processor holds
	Legacy         *bool // of a SentencePiece tokenizer: a dummy prefix goes before each text between control tokens

	tokens map[string]string // of each role, such as "bos_token"
	added  map[int32]addedToken
}

// roles are the keys of a tokenizer_config.json that name a special token.
func roles() []string {
	return []string{"bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token"}
}

// ParseSettings reads a tokenizer_config.json.
func ParseSettings(data []byte) (Settings, error) {
	var all map[string]json.RawMessage
	var j struct {
		AddBOS *bool               `json:"add_bos_token"`
		AddEOS *bool               `json:"add_eos_token"`
		Legacy *bool               `json:"legacy"`
		Added  map[int32]addedJSON `json:"added_tokens_decoder"`
	}
	if err := tensorfile.DecodeJSON(data, "a tokenizer's configuration", &j, &all); err != nil {
		return Settings{}, err
	}
	s := Settings{AddBOS: j.AddBOS, AddEOS: j.AddEOS, Legacy: j.Legacy, tokens: map[string]string{}, added: map[int32]addedToken{}}
	for _, role := range roles() {
		token, err := tokenText(all[role])
		if err != nil {
			return Settings{}, fmt.Errorf("%s is %.80s, but must be a token or null", role, all[role])
		}
		if token != "" {
			s.tokens[role] = token
		}
	}
	for id, a := range j.Added {
		a.ID = id
		s.added[id] = a.token()
	}
	return s, nil
}

// tokenText reads a token written as a text, or as an object with its content;
// "" of none.
func tokenText(raw json.RawMessage) (string, error) {
	if len(raw) == 0 {
		return "", nil
	}
	var text *string
	if json.Unmarshal(raw, &text) == nil {
		if text == nil {
			return "", nil
		}
		return *text, nil
	}
	var object struct {
		Content string `json:"content"`
	}
	err := json.Unmarshal(raw, &object)
	return object.Content, err
}

// Token returns the token of a role, such as "bos_token", "" if there is none.
func (s Settings) Token(role string) string { return s.tokens[role] }

// Apply makes the tokenizer what a tokenizer_config.json says, as transformers 5
// does: its added tokens are those of the tokenizer, with its flags, and where it
// says add_bos_token or add_eos_token, that decides what goes around a text.
func (t *Tokenizer) Apply(s Settings) error {
	if err := t.applyAdded(s); err != nil {
		return err
	}
	if s.AddBOS == nil && s.AddEOS == nil {
		return nil
	}
	var around Template
	for _, c := range []struct {
		add  *bool
		role string
		to   *[]int32
	}{{s.AddBOS, "bos_token", &around.Before}, {s.AddEOS, "eos_token", &around.After}} {
		token := s.tokens[c.role]
		if c.add == nil || !*c.add || token == "" {
			continue
		}
		id, ok := t.ID(token)
		if !ok {
			return fmt.Errorf("add_%s is true, but %s %q is no token of the tokenizer", c.role, c.role, token)
		}
		*c.to = []int32{id}
	}
	if !around.equal(t.template) {
		t.contradictions = append(t.contradictions, fmt.Sprintf("the tokenizer puts tokens %v before a text and %v after it, tokenizer_config.json %v and %v; the latter hold, as in transformers 5",
			t.template.Before, t.template.After, around.Before, around.After))
	}
	t.template = around
	return nil
}

// applyAdded adds the tokens of a tokenizer_config.json.
func (t *Tokenizer) applyAdded(s Settings) error {
	added := slices.Clone(t.added)
	for _, id := range slices.Sorted(maps.Keys(s.added)) {
		a := s.added[id]
		known, ok := t.ID(a.content)
		if ok && known != id || !ok && int(id) < t.Size() && t.tokens[id] != "" {
			return fmt.Errorf("added_tokens_decoder gives %q id %d, which the tokenizer has otherwise; tokenizer and tokenizer_config.json do not belong together", a.content, id)
		}
		if i := slices.IndexFunc(added, func(other addedToken) bool { return other.content == a.content }); i >= 0 {
			added[i] = a
		} else {
			added = append(added, a)
		}
	}
	vocabulary := maps.Clone(t.ids)
	return t.setTokens(vocabulary, added)
}
