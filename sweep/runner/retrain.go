package runner

import (
	"context"
	"slices"
	"sync"

	"sweep/sweep"
)

// Trained is a run that was trained and not recorded.
type Trained struct {
	sweep.Run
	sweep.Outcome
	Points []sweep.Point
	Err    error // why there is no outcome
}

// Retrain trains runs on so many goroutines, without recording them, and returns them
// in the order given. It calls ended, unless that is nil, as each run ends, one call at
// a time. When ctx ends, the runs that are left have its error.
func Retrain(ctx context.Context, t sweep.Trainer, runs []sweep.Run, workers int, ended func(Trained)) []Trained {
	all := make([]Trained, len(runs))
	queue := make(chan int, len(runs))
	for i := range runs {
		queue <- i
	}
	close(queue)
	var reporting sync.Mutex
	var pool sync.WaitGroup
	for range min(max(workers, 1), len(runs)) {
		pool.Go(func() {
			for i := range queue {
				all[i] = retrain(ctx, t, runs[i])
				reporting.Lock()
				if ended != nil {
					ended(all[i])
				}
				reporting.Unlock()
			}
		})
	}
	pool.Wait()
	return all
}

func retrain(ctx context.Context, t sweep.Trainer, run sweep.Run) Trained {
	trained := Trained{Run: run, Err: ctx.Err()}
	if trained.Err != nil {
		return trained
	}
	var kept transcript
	trained.Outcome, trained.Err = t.Train(ctx, run, &kept)
	trained.Points = kept.points
	return trained
}

// transcript is the journal of a run that nobody records: it keeps the curve alone.
type transcript struct {
	sweep.Observer
	points []sweep.Point
}

// Observe takes the next point.
func (t *transcript) Observe(p sweep.Point) error {
	t.points = append(t.points, p)
	return nil
}

// Rewrite replaces the points from a step on.
func (t *transcript) Rewrite(from int, points []sweep.Point) error {
	t.points = slices.DeleteFunc(t.points, func(p sweep.Point) bool { return p.Step >= from })
	t.points = append(t.points, points...)
	return nil
}
