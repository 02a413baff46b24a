// Package analysis turns finished runs into findings: which axes a sweep
// varies, the loss of each setting averaged over its seeds, the best learning
// rate of each group with its interval, and how that best value moves.
//
// Everything here is a pure function of its arguments: the same results give
// the same findings to the bit. The package knows neither where results are
// stored nor how findings are drawn.
//
// The one way in is Compare for end-of-run losses, and Trace for whole curves:
//
//	c, err := analysis.Compare(results, "alpha")
//	for _, slice := range c.Slices { // one for each remaining combination
//		for _, valley := range slice.Valleys { // one for each alpha
//			fmt.Println(valley.By, valley.Best.At, valley.Best.Place)
//		}
//	}
//
// Only seeds are ever averaged over. Axes that neither the caller nor the x
// axis names split the results into slices instead.
package analysis
