package builtin

// pretrainingDomains are the data-to-text domains of the corpus.
func pretrainingDomains() []domain {
	return []domain{trains(), people(), weather(), books(), matches(), ships(), houses(), trees(), songs(), animals(), talks()}
}

func trains() domain {
	return domain{
		required: []slot{named("from"), named("to")},
		optional: []slot{
			number("platform", 1, 20),
			number("leaves", 1, 23),
			coded("kind", "S", "slow train", "X", "express", "N", "night train"),
			named("change"),
			number("seats", 10, 99),
		},
		fewest: 1,
		phrasings: []string{
			"The {<kind> }from <from> to <to>{ goes at <leaves>}{ from platform <platform>}{, change at <change>}{, with <seats> free seats}.",
			"{At <leaves> }<from> to <to>{ by <kind>}{ via <change>}{, track <platform>}{, <seats> seats}.",
			"Travel to <to> from <from>{ through <change>}{ with the <kind>}{ at <leaves> o'clock}{; platform <platform>}{; <seats> seats left}.",
		},
	}
}

func people() domain {
	return domain{
		required: []slot{named("name"), named("home")},
		optional: []slot{
			number("age", 18, 90),
			coded("job", "T", "teacher", "D", "doctor", "S", "sailor", "P", "painter", "F", "farmer"),
			named("friend"),
			copied("likes", "chess", "music", "rain", "horses", "maps", "poems"),
			number("children", 2, 9),
		},
		fewest: 1,
		phrasings: []string{
			"<name>{, <age>,} lives in <home>{ as a <job>}{ and likes <likes>}{, with <children> children}{, near <friend>}.",
			"The {<age> year old }{<job> }<name> of <home>{ knows <friend>}{, has <children> children}{ and loves <likes>}.",
			"From <home> comes <name>{, friend of <friend>}{, a <job>}{ of <age> years}{ who enjoys <likes>}{ and raised <children> children}.",
		},
	}
}

func weather() domain {
	return domain{
		required: []slot{named("place")},
		optional: []slot{
			coded("sky", "0", "clear", "1", "cloudy", "2", "dark", "3", "foggy"),
			number("high", 5, 35),
			number("low", 1, 9),
			coded("wind", "N", "north", "E", "east", "S", "south", "W", "west"),
			copied("when", "today", "tonight", "tomorrow"),
			number("rain", 10, 90),
		},
		fewest: 1,
		phrasings: []string{
			"It is {<sky> }{<when> }in <place>{, <high> degrees at most}{ and <low> at least}{, wind from the <wind>}{, rain <rain> percent}.",
			"<place>{ <when>}:{ <sky> skies,}{ up to <high>,}{ down to <low>,}{ a <wind> wind,}{ <rain> percent rain,} says the radio.",
			"{A <wind> wind blows }over <place>{ <when>}{ under a <sky> sky}{; between <low>}{ to <high> degrees}{; <rain> percent chance of rain}.",
		},
	}
}

func books() domain {
	return domain{
		required: []slot{named("title"), named("author")},
		optional: []slot{
			number("year", 1850, 2020),
			number("pages", 90, 900),
			coded("genre", "N", "novel", "H", "history", "P", "book of poems", "T", "thriller"),
			named("hero"),
			coded("stars", "1", "bad", "2", "weak", "3", "good", "4", "great"),
		},
		fewest: 1,
		phrasings: []string{
			"<title> is a {<stars> }{<genre> }by <author>{ from <year>}{ about <hero>}{, <pages> pages long}.",
			"{In <year> }<author> wrote <title>{, a <genre>}{ in <pages> pages}{ with <hero>}{; critics call it <stars>}.",
			"Read <title>{, the <stars> story of <hero>}{, <pages> pages}, by <author>{, a <genre>}{ (<year>)}.",
		},
	}
}

func matches() domain {
	return domain{
		required: []slot{named("winner"), named("loser")},
		optional: []slot{
			number("goals", 3, 9),
			copied("sport", "football", "hockey", "tennis", "rugby"),
			named("stadium"),
			coded("month", "1", "January", "2", "February", "3", "March", "4", "April", "5", "May", "6", "June"),
			named("star"),
		},
		fewest: 1,
		phrasings: []string{
			"<winner> beat <loser>{ by <goals>}{ in <sport>}{ at <stadium>}{ in <month>}{, thanks to <star>}.",
			"{In <month> }<loser> lost {a <sport> match }to <winner>{ of <star>}{ by <goals> points}{ before the crowd of <stadium>}.",
			"{<star> and }<winner> won against <loser>{, <goals> ahead}{, in the <month> <sport> cup}{, played in <stadium>}.",
		},
	}
}

func ships() domain {
	return domain{
		required: []slot{named("ship"), named("port")},
		optional: []slot{
			named("captain"),
			number("crew", 5, 80),
			coded("cargo", "w", "wool", "i", "iron", "g", "glass", "p", "paper", "t", "timber"),
			number("days", 3, 40),
			coded("sea", "c", "calm", "r", "rough", "s", "stormy"),
		},
		fewest: 1,
		phrasings: []string{
			"The <ship>{ under <captain>}{ with <crew> men} sails to <port>{ carrying <cargo>}{ in <days> days}{ over a <sea> sea}.",
			"{Captain <captain> brings }the <ship> from <port>{, laden with <cargo>}{, crew <crew>}{, after <days> days}{ of <sea> water}.",
			"<port> awaits the <ship>{ and its <cargo>}{; <captain> commands}{ <crew> sailors}{; <days> days}{ on <sea> seas}.",
		},
	}
}

func houses() domain {
	return domain{
		required: []slot{named("street"), named("owner")},
		optional: []slot{
			number("rooms", 2, 12),
			coded("colour", "r", "red", "b", "blue", "w", "white", "y", "yellow"),
			number("built", 1700, 1999),
			named("town"),
			coded("state", "n", "new", "o", "worn", "u", "empty", "l", "lively"),
		},
		fewest: 1,
		phrasings: []string{
			"<owner> owns a {<state> }{<colour> }house in <street>{, <town>}{, with <rooms> rooms}{, built in <built>}.",
			"The house of <owner> stands in <street>{ of <town>}{ since <built>}{ and is <colour>}{, <state>}{, <rooms> rooms}.",
			"{<rooms> rooms, }<street>{ in <town>}{, from <built>}{, painted <colour>}: ask <owner>{ for this <state> home}.",
		},
	}
}

func trees() domain {
	return domain{
		required: []slot{named("tree"), named("park")},
		optional: []slot{
			number("height", 5, 60),
			number("age", 20, 800),
			copied("bloom", "spring", "summer", "autumn"),
			coded("leaf", "o", "oval", "h", "heart shaped", "n", "needle like"),
			named("planter"),
		},
		fewest: 1,
		phrasings: []string{
			"The <tree> tree{ of <planter>} grows in <park>{, <height> metres tall}{, <age> years old}{, flowering in <bloom>}{, its leaves <leaf>}.",
			"{<planter> planted }a {<height> metre }<tree>{ with <leaf> leaves} at <park>{ <age> years ago}{; see it in <bloom>}.",
			"See <park>{ in <bloom>} for the <tree>{ with its <leaf> leaves}{, set by <planter>}{, age <age>}{, height <height>}.",
		},
	}
}

func songs() domain {
	return domain{
		required: []slot{named("song"), named("singer")},
		optional: []slot{
			named("band"),
			number("minutes", 2, 9),
			coded("mood", "1", "sad", "2", "calm", "3", "merry", "4", "wild"),
			number("year", 1950, 2020),
			named("album"),
		},
		fewest: 1,
		phrasings: []string{
			"<singer> sings <song>{ with <band>}{, a <mood> song}{ of <minutes> minutes}{ on <album>}{ (<year>)}.",
			"Play <song>{ from <album>} by <singer>{ and <band>}{: <minutes> minutes}{ of <mood> music}{ made in <year>}.",
			"Have you heard {the <mood> }<song>{ by <band>}{ from <year>}? <singer> recorded it{ for <album>}{ in <minutes> minutes}.",
			"{<band>: }<singer>, <song>{, <album>}{, <year>}{, <minutes> min}{, <mood>}.",
		},
	}
}

func animals() domain {
	return domain{
		required: []slot{named("pet"), named("keeper")},
		optional: []slot{
			coded("kind", "d", "dog", "c", "cat", "h", "horse", "g", "goat", "o", "owl"),
			number("weight", 1, 90),
			coded("coat", "b", "black", "w", "white", "s", "spotted", "g", "grey"),
			copied("eats", "hay", "mice", "grass", "seeds", "bread"),
			named("stable"),
		},
		fewest: 1,
		phrasings: []string{
			"<keeper> keeps the {<coat> }{<kind> }<pet>{ of <weight> kilos}{ at <stable>}{ and feeds it <eats>}.",
			"With <keeper> lives <pet>{, a <kind>}{ with a <coat> coat}{, fond of <eats>}{, <weight> kilos heavy}{, born in <stable>}.",
			"{Bring <eats> for }<pet>{, the <kind>}{ from <stable>}{ (<coat>)}{ (<weight> kg)}, says <keeper>.",
		},
	}
}

func talks() domain {
	return domain{
		required: []slot{named("speaker"), named("topic")},
		optional: []slot{
			number("room", 100, 400),
			number("hour", 8, 19),
			named("school"),
			coded("level", "e", "beginners", "m", "students", "x", "experts"),
			number("guests", 12, 90),
		},
		fewest: 1,
		phrasings: []string{
			"{At <hour> }<speaker>{ of <school>} speaks about <topic>{ in room <room>}{ to <level>}{ before <guests> guests}.",
			"Hear <speaker>{ from <school>} explain <topic>{ for <level>}{: room <room>}{, <hour> o'clock}{, <guests> places}.",
			"<topic> will be taught{ in <room>}{ at <hour>} by <speaker>{, <school>}{; <level> only}{; <guests> people come}.",
		},
	}
}
