// Package report says what to use by sweeps, what is not known of that, how the best
// learning rate moves and what the claims come to, in this order: as data, and as a
// page in Markdown or HTML. Brief says the first of it in a few lines.
//
//	r, err := report.New(report.Input{Sweeps: sweeps, Margins: analysis.DefaultMargins()})
//	err = r.DrawInside(ctx, curves) // for a page with figures
//	err = r.HTML(w)
//
// A Report holds words in the order in which they are read; its templates put
// nothing to them but headings. What the words rest on is found by package
// analysis, what the figures show is drawn by package plots.
//
// The package knows neither stores nor command lines: results are given to it, and
// so are the commands that it shows, as text.
package report
