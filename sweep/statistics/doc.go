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
// grid encloses it; else it is a bound, and says so:
//
//	valleys := []statistics.Valley{statistics.NewValley(cells)}
//	statistics.Enclose(valleys) // all that share seeds at once: what seeds share cancels
//	best := valleys[0].Best
//	fmt.Println(best.At, best.Low, best.High, best.Place)
//
// Losses are averaged as they are and compared by their logarithms. Seeds are
// paired wherever settings are compared, and the seeds are what is resampled.
package statistics
