// Package findings holds what the experiments found of the best learning rate, as
// part of the program: the settings of alpha, r and steps that were tuned, each with
// its best lr, the interval and the number of seeds. tuned.json is made from the
// grids in experiments/full and the runs.csv beside each, by
//
//	go generate ./experiments/findings
//
// and the package's test fails where it is not what they give. A grid whose runs are
// not committed yet is left out until they are.
package findings
