package builtin_test

import (
	"regexp"
	"strings"
	"testing"
)

// readings are the phrasings of menus, as one who reads a sentence takes them apart.
// A group is named for its slot.
var readings = compile(
	`^(?:On (?P<day>DAY) )?(?P<name>NAME)(?: in (?P<area>NAME))? serves (?:(?P<heat>HEAT) )?(?P<dish>NAME)(?: with (?P<side>NAME))?(?:, (?P<cost>COST))?\.$`,
	`^Order (?:the (?P<cost>COST) )?(?P<dish>NAME)(?:, (?P<heat>HEAT),)?(?: and (?P<side>NAME))? at (?P<name>NAME)(?: of (?P<area>NAME))?(?: on (?P<day>DAY))?\.$`,
	`^(?P<dish>NAME)(?: and (?P<side>NAME))?(?:, (?P<heat>HEAT),)? is what (?P<name>NAME) cooks(?: on (?P<day>DAY))?(?: for (?P<area>NAME))?(?: at a (?P<cost>COST) rate)?\.$`,
	`^(?:In (?P<area>NAME), )?(?P<name>NAME) has (?:(?P<heat>HEAT) )?(?P<dish>NAME)(?: beside (?P<side>NAME))?(?: every (?P<day>DAY))?(?:; it is (?P<cost>COST))?\.$`,
)

func compile(forms ...string) (compiled []*regexp.Regexp) {
	words := strings.NewReplacer(
		"NAME", "[A-Z][a-z]+", "HEAT", "mild|spiced|hot|fiery", "COST", "cheap|fair|dear|ruinous",
		"DAY", "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday")
	for _, form := range forms {
		compiled = append(compiled, regexp.MustCompile(words.Replace(form)))
	}
	return compiled
}

// codes are the values that stand for other words.
var codes = map[string]string{
	"mild": "0", "spiced": "1", "hot": "2", "fiery": "3", "cheap": "a", "fair": "b", "dear": "c", "ruinous": "d",
	"Monday": "1", "Tuesday": "2", "Wednesday": "3", "Thursday": "4", "Friday": "5", "Saturday": "6", "Sunday": "7",
}

// slotsOf reads a sentence, as builtin:slots asks for it.
func slotsOf(t *testing.T, sentence string) string {
	t.Helper()
	var found []string
	for _, form := range readings {
		groups := form.FindStringSubmatch(sentence)
		if groups == nil {
			continue
		}
		var facts []string
		for _, key := range []string{"name", "dish", "area", "side", "heat", "cost", "day"} {
			value := groups[form.SubexpIndex(key)]
			if code, ok := codes[value]; ok {
				value = code
			}
			if value != "" {
				facts = append(facts, key+"["+value+"]")
			}
		}
		found = append(found, strings.Join(facts, " "))
	}
	if len(found) != 1 {
		t.Fatalf("%q can be read as %q", sentence, found)
	}
	return found[0]
}

func TestASentenceOfSlotsTellsItsSlotsAndTheirOrder(t *testing.T) {
	rows := decode(t, builtInRows(t, "slots"))
	if len(rows) < 4000 {
		t.Errorf("there are %d rows", len(rows))
	}
	for _, r := range rows {
		if want := slotsOf(t, strings.TrimSuffix(r.Prompt, "\n")); r.Completion != want {
			t.Errorf("%q is answered by\n%s, want\n%s", r.Prompt, r.Completion, want)
		}
	}
}

func TestNoMenuOfSlotsIsAmongMenus(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range decode(t, menus(t)) {
		seen[slotsOf(t, r.Completion)] = true
	}
	for _, r := range decode(t, builtInRows(t, "slots")) {
		if seen[r.Completion] {
			t.Errorf("%q occurs twice", r.Completion)
		}
		seen[r.Completion] = true
	}
}
