// Package humanize writes counts, large numbers and lengths of time as people
// read them.
//
//	humanize.Count(1200, "run") // "1,200 runs"
//	humanize.Duration(90)       // "1m30s"
//
// It knows English and nothing of sweeps.
package humanize
