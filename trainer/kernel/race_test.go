//go:build race

package kernel_test

// underRace says that the race detector looks on, for which sync.Pool drops some of what it is given.
const underRace = true
