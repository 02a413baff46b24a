// Package serve has the pages of a store, for a browser: what a sweep comes to, its valleys
// filling in while it trains, its curves, its runs.
//
//	pages := serve.New(serve.Options{Open: open, Complete: complete, See: see, Run: run})
//	defer pages.Close()
//	err := http.Serve(listener, pages.Handler())
//
// The package reads the store by sweep.Store alone, and is told by Options what only the
// program knows: how a store is opened, what a grid says, and which commands to show.
//
// # How a page stays up to date
//
// A watch follows a sweep for as long as somebody looks. It reads the sweep once, and from
// then on the runs whose Mark has changed, and their curves from the step on that it has:
// nothing is read twice. A look every second, or more seldom where a look takes longer than
// a hundredth of that, is all that it costs a sweep that trains.
//
// What a page shows is made of parts, each with the version in which it last changed. A
// stream sends a page the parts that are newer than its cursor, so that one that was away is
// sent what it missed. Streams take what changed at their own pace: one that is slow, or
// stands still, keeps nobody waiting.
//
// # What is answered
//
// All of it is read with GET, and is JSON unless it says otherwise. Numbers that JSON has
// not are the texts "NaN", "Infinity" and "-Infinity"; null is what there is not.
//
//	/                       the sweeps of the store; HTML
//	/sweep/NAME             the page of a sweep; HTML, with the board in it as far as that is
//	                        known within a moment, or with all of it: ?whole
//	/sweep/NAME/board       all parts: ?by=AXIS&metric=NAME, &rows=1 for those of runs, too,
//	                        &soon=1 for those that are known within a moment
//	/sweep/NAME/events      the parts as they change; server-sent events, each with a cursor
//	                        as its id. Takes what board takes, and ?since=CURSOR
//	/sweep/NAME/curves      curves: ?quantity=loss&by=AXIS (or arm)&x=tokens&where=CONDITION, or
//	                        &keys=KEY,KEY; &from=&to=&columns= for what is seen of them,
//	                        &log=1 by a logarithmic axis, &single=1 for those of each run,
//	                        &rough=1 of many runs as much as can be drawn at once,
//	                        &soon=1 for those that are read within a moment,
//	                        &since=CURSOR for what is new of them
//	/sweep/NAME/match       places of the runs for which a condition holds: ?where=CONDITION
//	/sweep/NAME/run         a run: ?run=NAME or the start of a key
//	/sweep/NAME/compare     what two runs differ in: ?a=RUN&b=RUN
//	/sweep/NAME/heat        the lowest mean over seeds for two axes: ?x=AXIS&y=AXIS&metric=
//	/sweep/NAME/note        POST: a note on the sweep, or on a run, where pages may write
//	/assets/HASH/FILE       scripts and styles
//
// The parts of a board are "sweep", "progress", "columns", "answer", "layout", and a
// "line/N" for each valley and a "run/N" for each row of the table, by its place in the
// plan; the types named ...Part say what is in each. Curves are a JSON header and float32s:
// see curvesHeader. Bands are worked out over all runs, at each step; what is sent of them,
// and of single runs, are the lowest and the highest value of each column of pixels, so that
// no spike is lost.
//
// Write writes the same pages as files: what a page would ask for lies beside it in a
// script, since browsers let files load neither modules nor data.
//
// # Who may see it
//
// guard asks for a token where other machines reach the server, and for a known name in
// Host, and refuses what other sites ask. Pages run and load nothing but what is in assets.
//
// The scripts in assets are modules without dependencies, typed by JSDoc. app.js is where
// they start; state.js keeps what is shown in the fragment of the address; source.js gets
// data; chart.js draws. What is shown of the store passes through shown, which makes
// control characters and those that turn a text around visible, and into pages as text
// alone.
package serve
