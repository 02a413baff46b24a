package analysis

import (
	"regexp"
	"strings"
)

// lossWord is the word loss where it is a word of its own, and no part of a name.
var lossWord = regexp.MustCompile(`(^|[\s(])(a )?([Ll])oss(es)?($|[\s,;:.)])`)

// Worded is a text about losses as one about the quantity.
func (q Quantity) Worded(text string) string {
	if q.isLoss() {
		return text
	}
	return lossWord.ReplaceAllStringFunc(text, func(found string) string {
		parts := lossWord.FindStringSubmatch(found)
		before, article, letter, plural, after := parts[1], parts[2], parts[3], parts[4], parts[5]
		if name, _ := q.measure(); name != "" {
			return before + q.named(letter, article+plural) + after
		}
		word := string(q)
		if letter == "L" {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		if article != "" && strings.ContainsAny(word[:1], "aeiou") {
			article = "an "
		}
		if plural != "" {
			word += "s"
		}
		return before + article + word + after
	})
}

// worded is the finding in the words of the quantity that it rests on. What holds to the
// bit is about losses whatever else is compared.
func (f Finding) worded(q Quantity) Finding {
	f.Claim.Statement, f.Claim.Test = q.Worded(f.Claim.Statement), q.Worded(f.Claim.Test)
	if f.Identity {
		return f
	}
	f.Measure, f.Control.Name = q.Worded(f.Measure), q.Worded(f.Control.Name)
	for i := range f.Reasons {
		f.Reasons[i].Detail = q.Worded(f.Reasons[i].Detail)
	}
	return f
}
