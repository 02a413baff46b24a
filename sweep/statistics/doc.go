// Package statistics turns losses into estimates with their intervals: the best
// place of a valley, how it moves, what keeping it costs, whether two settings
// are the same within a margin, and what is left of differences after tuning.
//
// Everything here is a pure function of numbers: it knows no parameters, no
// runs and no claims, and the same numbers give the same estimates to the bit.
// What its numbers mean, and what may be averaged over, is for package analysis
// to say.
//
// A valley is losses by x and seed. Its best x is an estimate only where the
// grid encloses it; else it is a bound, and says so. The interval assumes of the
// valley that near its bottom it rises as a power on either side, each its own (Profile):
//
//	best := statistics.NewValley(cells).Best
//	fmt.Println(best.At, best.Low, best.High, best.Place)
//
// Seeds are paired wherever settings are compared: what seeds share cancels, and a
// seed that one of two settings lacks counts for nothing. Losses are compared by
// their logarithms.
//
// An estimator is chosen by how often its intervals hold a truth that is known,
// over valleys of many shapes; the command coverage, and the README.md beside it,
// have the figures. An interval over seeds says how another seed would do on the same
// held-out rows. Where the losses of single rows are known, OverRows widens it to what
// another seed would do on other rows: those of losses, of their ratios and trends, and of
// costs. Best x are over seeds alone: most of what a row does is alike at every x, and only
// on a plateau, where rows differ much, would other rows move the best one further.
//
// It has a file for each estimator, some 27.
package statistics
