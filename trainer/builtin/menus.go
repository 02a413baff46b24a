package builtin

import (
	"sweep/trainer/random"
)

// menusRows is how many rows builtin:menus has, and builtin:slots.
const menusRows = 4000

// menus is the domain to fine-tune on: 4 to 7 of 7 slots. Names must be
// copied; heat, cost and day have words of their own, which must be learnt.
func menus() domain {
	return domain{
		required: []slot{named("name"), named("dish")},
		optional: []slot{
			named("area"),
			named("side"),
			coded("heat", "0", "mild", "1", "spiced", "2", "hot", "3", "fiery"),
			coded("cost", "a", "cheap", "b", "fair", "c", "dear", "d", "ruinous"),
			coded("day", "1", "Monday", "2", "Tuesday", "3", "Wednesday", "4", "Thursday", "5", "Friday", "6", "Saturday", "7", "Sunday"),
		},
		fewest: 2,
		phrasings: []string{
			"{On <day> }<name>{ in <area>} serves {<heat> }<dish>{ with <side>}{, <cost>}.",
			"Order {the <cost> }<dish>{, <heat>,}{ and <side>} at <name>{ of <area>}{ on <day>}.",
			"<dish>{ and <side>}{, <heat>,} is what <name> cooks{ on <day>}{ for <area>}{ at a <cost> rate}.",
			"{In <area>, }<name> has {<heat> }<dish>{ beside <side>}{ every <day>}{; it is <cost>}.",
		},
	}
}

// menusExamples are the rows of builtin:menus: slots in, a sentence out.
func menusExamples() []example {
	return examples("menus", menus().example)
}

// slotsExamples are the rows of builtin:slots: a sentence in, its slots out. They
// are other menus than those of builtin:menus.
func slotsExamples() []example {
	return examples("slots", menus().reversed)
}

// examples draws the rows of one of the two, each from a stream of its own.
func examples(name string, draw func(*random.Stream) example) []example {
	rows := make([]example, menusRows)
	for i := range rows {
		rows[i] = draw(random.New(0, name, i))
	}
	return rows
}
