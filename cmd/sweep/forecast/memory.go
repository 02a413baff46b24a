package forecast

import (
	"fmt"
	"slices"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// ModelsError refuses a plan whose models alone take more memory than there is.
type ModelsError struct{ Take, Limit int64 } // bytes

func (e *ModelsError) Error() string {
	return fmt.Sprintf("the models of the grid take about %s of memory, and there is %s", sweep.FormatBytes(e.Take), sweep.FormatBytes(e.Limit))
}

// MemoryForRuns is what is left of a limit for runs in training once the models
// of a plan are read, in bytes; 0 is no limit. It is a ModelsError if nothing is
// left.
func MemoryForRuns(plan *grid.Plan, e sweep.Estimator, limit int64) (int64, error) {
	if limit == 0 {
		return 0, nil
	}
	take, err := memoryOfModels(plan, e)
	if err != nil {
		return 0, err
	}
	if take >= limit {
		return 0, &ModelsError{Take: take, Limit: limit}
	}
	return limit - take, nil
}

// memoryOfModels is how many bytes the models of a plan take, each once in every dtype that
// it is read in.
func memoryOfModels(plan *grid.Plan, e sweep.Estimator) (take int64, err error) {
	type weights struct{ model, dtype string }
	models := map[weights]bool{}
	for i := range plan.Runs {
		run := &plan.Runs[i]
		key := weights{run.Params.Model, run.Params.DType}
		if run.ByCommand() || models[key] {
			continue
		}
		models[key] = true
		estimate, err := e.Estimate(run.Params)
		if err != nil {
			return 0, err
		}
		take += estimate.Shared
	}
	return take, nil
}

// AtOnce is how many of the largest runs fit into memory.
func (f *Forecast) AtOnce() int {
	if f.Memory == 0 || f.Largest == 0 {
		return f.Workers
	}
	return int(f.Memory / f.Largest)
}

// MemoryTogether is how many bytes the largest of some runs of the plan take
// together, as many as are trained at once.
func (f *Forecast) MemoryTogether(runs []sweep.Result) int64 {
	var all []int64
	for _, r := range runs {
		all = append(all, f.Estimates[r.Key].Memory)
	}
	slices.Sort(all)
	together := int64(0)
	for _, bytes := range all[max(0, len(all)-f.Workers):] {
		together += bytes
	}
	return together
}
