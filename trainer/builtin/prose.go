package builtin

import (
	"fmt"
	"strconv"

	"sweep/trainer/random"
)

// prose is the grammar of the corpus's plain rows.
func prose() grammar {
	return grammar{
		"row":      {"<sentence> <sentence>", "<sentence> <sentence> <sentence>", "<letter>", "<list>", "<record>"},
		"sentence": {"<clause>.", "<clause>, and <lower>.", "<When> <lower>, <lower>.", "\"<clause>,\" said <name>.", "<clause> because <lower>.", "<Where> <lower>.", "<question>"},
		"clause":   {"The <thing> <verbs>", "<name> <verbs>", "A <adjective> <noun> <verbs>", "The <adjective> <noun> <verbs> <where>", "<name> and <name> <verb> <where>", "There is a <thing> <where>", "It is <adjective> <where>"},
		"lower":    {"the <thing> <verbs>", "<name> <verbs>", "they <verb> <where>", "a <thing> <verbs>", "it was <adjective>", "we <verb> the <thing>", "nobody knows the <thing>"},
		"question": {"Who saw the <thing>?", "Does <name> <verb> the <thing>?", "Where is the <adjective> <noun> of <name>?", "Why was it so <adjective>?"},
		"When":     {"When", "Before", "After", "While", "If", "As soon as"},
		"Where":    {"Behind the <noun>", "In <name>", "Near the <thing>", "On the way to <name>", "Under a <adjective> <noun>"},
		"where":    {"behind the <noun>", "in <name>", "near the <thing>", "on the <noun>", "with <name>", "for <number> days", "at the <noun> of <name>", "every <time>"},
		"time":     {"morning", "evening", "winter", "summer", "night", "week", "year"},
		"thing":    {"<noun>", "<adjective> <noun>", "<noun> of <name>", "old <noun>"},
		"noun":     {"river", "house", "window", "garden", "letter", "road", "king", "bird", "forest", "clock", "bridge", "child", "mountain", "door", "sailor", "lamp", "story", "tower", "field", "queen", "stone", "wheel", "dog", "voice", "harbour", "jacket", "village", "engine", "picture", "question"},
		"adjective": {
			"old", "quiet", "bright", "heavy", "green", "small", "broken", "young", "famous", "strange", "wooden", "empty", "happy", "long", "yellow", "gentle", "proud", "narrow", "foreign", "cheerful", "hot", "mild", "cheap", "dear", "very <adjective>",
		},
		"verbs": {"sleeps", "walks to the <noun>", "remembers <name>", "waits for the <noun>", "opens the <noun>", "was found by <name>", "sings quietly", "looks at the <thing>", "keeps the <noun> of <name>", "has <number> friends", "wanted to go home", "could not find the <noun>", "serves the <noun>", "cooks for <name>"},
		"verb":  {"love", "remember", "watch", "follow", "leave", "paint", "find", "keep", "visit", "know", "order"},
		"letter": {
			"Dear <name>,\nthank you for the <thing>. <sentence>\nYours, <name>", "To <name> of <name>:\n<sentence> <sentence>\n<name>",
		},
		"list":   {"<noun>, <noun>, <noun> and <noun>", "1. <noun>\n2. <noun>\n3. <adjective> <noun>\n4. <noun>", "- <thing>\n- <thing>\n- <thing>", "<name>; <name>; <name>; <name>", "one, two, three, four, five, six, seven, eight, nine, ten", "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday", "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z"},
		"record": {"Name: <name>\nPlace: <name>\nAge: <number>\nSeen: <thing>", "{\"id\": <number>, \"name\": \"<name>\", \"tag\": \"<adjective>\"}", "<name> <number>-<number> <name>", "[<number>, <number>, <number>, <number>]", "<name> = <number>; <name> = <number>;"},
		"number": {"<digit>", "<digit><digit>", "<digit><digit><digit>"},
		"digit":  {"1", "2", "3", "4", "5", "6", "7", "8", "9"},
	}
}

// sum is one line of arithmetic on small numbers.
func sum(s *random.Stream) string {
	a, b := 1+s.Below(20), 1+s.Below(20)
	switch s.Below(3) {
	case 0:
		return fmt.Sprintf("%d + %d = %d", a, b, a+b)
	case 1:
		return fmt.Sprintf("%d - %d = %d", a+b, a, b)
	default:
		return fmt.Sprintf("%d, %d, %d, %d, %d", a, a+b, a+2*b, a+3*b, a+4*b)
	}
}

// numeral is a whole number in [low, high], written out in digits.
func numeral(s *random.Stream, low, high int) string {
	return strconv.Itoa(low + s.Below(high-low+1))
}
