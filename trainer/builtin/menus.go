package builtin

import (
	"sweep/trainer/random"
)

// menusRows is how many rows builtin:menus has.
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

func menusExamples() []example {
	d := menus()
	rows := make([]example, menusRows)
	for i := range rows {
		rows[i] = d.example(random.New(0, "menus", i))
	}
	return rows
}
