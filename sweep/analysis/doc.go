// Package analysis turns finished runs into findings: which axes a sweep
// varies, the loss of each setting averaged over its seeds, the best learning
// rate of each group with its interval, how that best value moves, and what all
// of it says of the claims made for alpha.
//
// Everything here is a pure function of its arguments: the same results give
// the same findings to the bit. The package knows neither where results are
// stored nor how findings are drawn. It decides which runs are compared and what
// a number says of a claim; the numbers themselves, and their intervals, come
// from package statistics.
//
// The one way in is Compare for end-of-run losses, and Trace for whole curves:
//
//	c, err := analysis.Compare(results, "alpha")
//	for _, slice := range c.Slices { // one for each remaining combination
//		for _, valley := range slice.ByLR { // one for each alpha
//			fmt.Println(valley.By, valley.Best.At, valley.Best.Place)
//		}
//	}
//
// From a comparison's slices follow slopes, regrets, the decomposition of the
// losses' variance, what tuning leaves of it, and the border of divergence; from
// results as a whole follow rules for alpha side by side, the curves in other
// coordinates, and in the end what to use and what is not known of that, how the
// best learning rate moves, the verdicts on the claims about LoRA's alpha and the
// advice that a person may act on:
//
//	study := analysis.NewStudy(results)
//	answers, err := study.Answers(analysis.DefaultMargins())
//	laws := study.Laws()
//	findings, err := study.Verdicts(analysis.DefaultMargins())
//	advice, err := study.Advise(analysis.DefaultMargins())
//
// Results do not say what the adapters were trained with that runs start from: what
// claims need of it, StartingFrom tells the study.
//
// An answer is a setting that was trained, priced by seeds that did not choose it,
// under one budget of steps, batch and targets.
//
// How the best lr of a recipe moves with alpha, r and steps at once is a law, which
// tells what to multiply lr by when these change; and Propose lists the runs that
// would tell more of a best lr:
//
//	recipes, err := analysis.Recipes(analysis.Source{Sweep: name, Results: results})
//	move, err := analysis.NewLRLaw(recipes[0]).Move(from, to)
//
// A verdict states what it rests on. It is refused, with the values to add to
// the grid, where a best value lies on the edge of what was tried, where there is
// one seed, or where an axis is too short for a trend.
//
// Only seeds are ever averaged over, unless GroupBy is told to, and then it
// says so. Axes that neither the caller nor the x axis names split the results
// into slices instead.
//
// Each claim has a file of its own, which registers it, and one place in the list
// of claims.go; so has each quantity that a grid may predict, in predict.go. With a
// file for each part of an answer and of a law these are some 50 files: all of them
// read the same groups of runs, which nothing outside needs to see.
package analysis
