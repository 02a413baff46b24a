package tokenizer

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sweep/trainer/tensorfile"
)

// Settings is what a tokenizer_config.json says of a tokenizer beside the file
// that describes it.
type Settings struct {
	addBOS, addEOS *bool // nil: the tokenizer's own post-processor holds
	legacy         *bool // of SentencePiece: a dummy prefix goes before each text between control tokens
	class          string
	roles          map[string]string
	special        []string // further special tokens
	added          map[int32]addedToken
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
		Class  *string             `json:"tokenizer_class"`
		Added  map[int32]addedJSON `json:"added_tokens_decoder"`
	}
	if err := tensorfile.DecodeJSON(data, "a tokenizer's configuration", &j, &all); err != nil {
		return Settings{}, err
	}
	s := Settings{addBOS: j.AddBOS, addEOS: j.AddEOS, legacy: j.Legacy, roles: map[string]string{}, added: map[int32]addedToken{}}
	if j.Class != nil {
		s.class = strings.TrimSuffix(*j.Class, "Fast")
	}
	for _, role := range roles() {
		tokens, err := tokensIn(all[role])
		if err != nil || len(tokens) > 1 {
			return Settings{}, fmt.Errorf("%s is %.80s, but must be a token or null", role, all[role])
		}
		for _, token := range tokens {
			s.roles[role] = token
		}
	}
	for _, key := range []string{"additional_special_tokens", "extra_special_tokens"} {
		tokens, err := tokensIn(all[key])
		if err != nil {
			return Settings{}, fmt.Errorf("%s is %.80s, but must be a list of tokens", key, all[key])
		}
		s.special = append(s.special, tokens...)
	}
	for id, a := range j.Added {
		a.ID = id
		s.added[id] = a.token()
	}
	return s, nil
}

// tokensIn reads the tokens of a key: a text, an object with its content, a list
// or a table of such, or null.
func tokensIn(raw json.RawMessage) ([]string, error) {
	var text *string
	var object struct {
		Content *string `json:"content"`
	}
	var list []json.RawMessage
	var table map[string]json.RawMessage
	switch {
	case len(raw) == 0:
		return nil, nil
	case json.Unmarshal(raw, &text) == nil && text == nil:
		return nil, nil
	case json.Unmarshal(raw, &text) == nil:
		return []string{*text}, nil
	case json.Unmarshal(raw, &object) == nil && object.Content != nil:
		return []string{*object.Content}, nil
	case json.Unmarshal(raw, &list) == nil:
	case json.Unmarshal(raw, &table) == nil:
		for _, key := range slices.Sorted(maps.Keys(table)) {
			list = append(list, table[key])
		}
	default:
		return nil, fmt.Errorf("it is %.40s", raw)
	}
	var tokens []string
	for _, one := range list {
		inner, err := tokensIn(one)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, inner...)
	}
	return tokens, nil
}

// Apply makes the tokenizer what a tokenizer_config.json says, as transformers 5
// does: its added tokens, with their flags, and its special tokens are found in a
// text. What its add_bos_token and add_eos_token say goes around a text, unless the
// tokenizer is a tokenizer.json, whose post-processor holds. Apply reports whether
// anything changed but the names of roles.
func (t *Tokenizer) Apply(s Settings) (changed bool, err error) {
	t.roles = s.roles
	if t.prepends && s.class == "LlamaTokenizer" {
		t.contradictions = append(t.contradictions, "tokenizer_class is LlamaTokenizer, which in transformers 5 puts no dummy prefix before a text that begins with a space; tokenizer.json does, and holds, as in transformers 4")
	}
	added, err := t.addedWith(s)
	if err != nil {
		return false, err
	}
	if !slices.Equal(added, t.added) {
		changed = true
		if err := t.setTokens(t.ids, added); err != nil {
			return false, err
		}
	}
	if s.addBOS == nil && s.addEOS == nil {
		return changed, nil
	}
	var around Template
	if around.Before, err = t.around(s, s.addBOS, "bos_token"); err != nil {
		return false, err
	}
	if around.After, err = t.around(s, s.addEOS, "eos_token"); err != nil {
		return false, err
	}
	switch {
	case around.equal(t.template):
		return changed, nil
	case t.hasProcessor:
		t.contradictions = append(t.contradictions, fmt.Sprintf("tokenizer_config.json, by add_bos_token and add_eos_token, puts tokens %v before a text and %v after it, but tokenizer.json %v and %v; the latter hold, as in transformers 5",
			around.Before, around.After, t.template.Before, t.template.After))
		return changed, nil
	}
	t.template = around
	return true, nil
}

// around is the token of a role as what goes around a text, if it is to.
func (t *Tokenizer) around(s Settings, add *bool, role string) ([]int32, error) {
	token := s.roles[role]
	if add == nil || !*add || token == "" {
		return nil, nil
	}
	id, ok := t.ids[token]
	if !ok {
		return nil, fmt.Errorf("add_%s is true, but %q is no token of the tokenizer", role, token)
	}
	return []int32{id}, nil
}

// addedWith returns the added tokens with those of a tokenizer_config.json. What
// has no flags there is special.
func (t *Tokenizer) addedWith(s Settings) ([]addedToken, error) {
	added := slices.Clone(t.added)
	place := make(map[string]int, len(added))
	for i, a := range added {
		place[a.content] = i
	}
	for _, id := range slices.Sorted(maps.Keys(s.added)) {
		a := s.added[id]
		known, ok := t.ids[a.content]
		if other, taken := t.Token(id); ok && known != id || !ok && taken {
			return nil, fmt.Errorf("added_tokens_decoder gives %q id %d, but the tokenizer has %q there; they do not belong together", a.content, id, other)
		}
		if i, ok := place[a.content]; ok {
			added[i] = a
			continue
		}
		place[a.content] = len(added)
		added = append(added, a)
	}
	further := slices.Clone(s.special)
	for _, role := range roles() {
		further = append(further, s.roles[role])
	}
	for _, token := range further {
		id, known := t.ids[token]
		if _, ok := place[token]; ok || !known {
			continue // one that the model has no embedding for is never met
		}
		place[token] = len(added)
		added = append(added, addedToken{content: token, id: id, special: true})
	}
	return added, nil
}

// Role returns the token that a tokenizer_config.json or a GGUF file names for a
// role, such as "bos_token", "" if none does.
func (t *Tokenizer) Role(role string) string { return t.roles[role] }
