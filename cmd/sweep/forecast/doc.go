// Package forecast says what a plan would do and take before it is run: which
// runs are new, done or stale, how long the rest trains, and in how much memory.
//
//	f, err := forecast.Of(ctx, plan, past, trainer, forecast.Options{Workers: 4})
//	f.Count(runner.StatusNew)
//	f.Makespan(f.ToTrain(false)) // seconds
//
// The speed is that of runs trained before, or of a moment's trial. Once the
// corners of a grid are trained, they are the past that tells of the rest
// (WhereDiverged, MemoryTogether).
//
// A Forecast is data; what it is worded like is decided by those who show it. The
// package knows neither stores nor command lines.
package forecast
