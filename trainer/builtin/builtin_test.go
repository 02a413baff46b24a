package builtin_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"sweep/trainer/builtin"
	"sweep/trainer/data"
)

type row struct{ Text, Prompt, Completion string }

func decode(t *testing.T, lines []byte) []row {
	t.Helper()
	var rows []row
	for line := range bytes.Lines(lines) {
		var r row
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		rows = append(rows, r)
	}
	return rows
}

func menus(t *testing.T) []byte { return builtInRows(t, "menus") }

func builtInRows(t *testing.T, name string) []byte {
	t.Helper()
	lines, err := builtin.Data(name)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func corpus(t *testing.T) []byte {
	t.Helper()
	lines, err := builtin.Corpus()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// facts splits "name[Tavo] side[Rimil]\n" into its slots.
func facts(t *testing.T, prompt string) map[string]string {
	t.Helper()
	values := map[string]string{}
	for _, fact := range strings.Split(strings.TrimSuffix(prompt, "\n"), " ") {
		key, value, found := strings.Cut(strings.TrimSuffix(fact, "]"), "[")
		if _, twice := values[key]; !found || twice {
			t.Fatalf("prompt %q is no list of distinct key[value] slots", prompt)
		}
		values[key] = value
	}
	return values
}

func TestGeneratedTextIsTheSameEverywhere(t *testing.T) {
	for name, c := range map[string]struct {
		lines []byte
		want  string
	}{
		"menus":  {menus(t), "2449de41fa2f6a778321ead329507cc12a7dd5dcebb7b13ba25a1c5524188c9c"},
		"slots":  {builtInRows(t, "slots"), "a641dbff76eade016fbcc1c1a9ffdb68fc9dd85515a1237c4b198d284e41b6fd"},
		"corpus": {corpus(t), "cf8023a440c8c0325d6bcf0d213c52c83aadd4c6db6c44b65bdada2866f828ba"},
	} {
		sum := sha256.Sum256(c.lines)
		if got := hex.EncodeToString(sum[:]); got != c.want {
			t.Errorf("%s has the hash\n%s, want\n%s: the model was pretrained beside other text; run go generate and pin the new hashes", name, got, c.want)
		}
	}
}

func TestMenusAreThousandsOfDistinctMeanings(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range decode(t, menus(t)) {
		if seen[r.Prompt] {
			t.Errorf("%q occurs twice", r.Prompt)
		}
		seen[r.Prompt] = true
		if n := len(facts(t, r.Prompt)); n < 4 || n > 7 {
			t.Errorf("%q has %d slots, want 4 to 7", r.Prompt, n)
		}
	}
	if len(seen) < 4000 {
		t.Errorf("there are %d rows", len(seen))
	}
}

func TestASentenceSaysAllAndOnlyWhatItsMenuMeans(t *testing.T) {
	worded := map[string]map[string]string{
		"heat": {"0": "mild", "1": "spiced", "2": "hot", "3": "fiery"},
		"cost": {"a": "cheap", "b": "fair", "c": "dear", "d": "ruinous"},
		"day":  {"1": "Monday", "2": "Tuesday", "3": "Wednesday", "4": "Thursday", "5": "Friday", "6": "Saturday", "7": "Sunday"},
	}
	for _, r := range decode(t, menus(t)) {
		values := facts(t, r.Prompt)
		for key, value := range values {
			if words := worded[key]; words != nil {
				value = words[value]
			}
			if value == "" || !strings.Contains(r.Completion, value) {
				t.Errorf("%q leaves %s out: %q", r.Prompt, key, r.Completion)
			}
		}
		for key, words := range worded {
			for _, word := range words {
				if _, meant := values[key]; !meant && strings.Contains(r.Completion, " "+word) {
					t.Errorf("%q says %q unasked: %q", r.Prompt, word, r.Completion)
				}
			}
		}
	}
}

func TestSentencesAreWhole(t *testing.T) {
	for _, r := range append(decode(t, menus(t)), decode(t, corpus(t))...) {
		s := r.Completion
		if s == "" {
			s = r.Text
		}
		if s == "" || strings.ContainsAny(s, "<>") || strings.Contains(s, "  ") || strings.TrimSpace(s) != s {
			t.Errorf("%q is not whole", s)
		}
		if r.Completion != "" && (s[0] < 'A' || s[0] > 'Z') && (s[0] < '0' || s[0] > '9') {
			t.Errorf("%q begins small", s)
		}
	}
}

func TestMenusAndSlotsFitInSeq160(t *testing.T) {
	for _, r := range append(decode(t, menus(t)), decode(t, builtInRows(t, "slots"))...) {
		if size := len(r.Prompt+r.Completion) + 1; size > 160 { // a token a byte, and EOS
			t.Errorf("%q takes %d tokens", r.Prompt+r.Completion, size)
		}
	}
}

func TestTheCorpusHasNoMenus(t *testing.T) {
	for _, r := range decode(t, corpus(t)) {
		for _, word := range []string{"dish[", "heat[", "cost[", "area[", "side[", "fiery", "ruinous", "Order "} {
			if strings.Contains(r.Prompt+r.Completion+r.Text, word) {
				t.Errorf("%q is about menus", r.Prompt+r.Completion+r.Text)
			}
		}
	}
}

func TestBuiltInRowsParse(t *testing.T) {
	for name, lines := range map[string][]byte{"menus": menus(t), "slots": builtInRows(t, "slots"), "corpus": corpus(t)} {
		if _, err := data.Parse(bytes.NewReader(lines), "builtin:"+name, nil); err != nil {
			t.Error(err)
		}
	}
}

func TestAnUnknownSetIsRefusedByName(t *testing.T) {
	_, err := builtin.Data("menu")
	if err == nil || !strings.Contains(err.Error(), `"menu"; there are builtin:menus and builtin:slots`) {
		t.Errorf("error is %v", err)
	}
}
