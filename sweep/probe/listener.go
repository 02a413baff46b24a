package probe

import (
	"context"
	"sync"
	"time"

	"sweep/sweep"
)

// listener is a Trainer that takes down the curves, and when their points came.
type listener struct {
	sweep.Trainer
	lock  sync.Mutex
	heard map[string]*curve // by the keys of runs
}

func (l *listener) of(key string) *curve {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.heard[key] == nil {
		l.heard[key] = &curve{points: map[int]sweep.Point{}, heard: map[int]time.Time{}}
	}
	return l.heard[key]
}

// Train trains a run, whose journal keeps its last points.
func (l *listener) Train(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	c := l.of(run.Key)
	c.began = time.Now()
	defer func() { c.took = time.Since(c.began) }()
	return l.Trainer.Train(ctx, run, &earJournal{journal, c})
}

// earJournal hands points on to a curve.
type earJournal struct {
	sweep.Journal
	*curve
}

// Observe takes a point.
func (j *earJournal) Observe(p sweep.Point) error {
	j.take(p)
	return j.Journal.Observe(p)
}

// Rewrite takes points in place of those from a step on.
func (j *earJournal) Rewrite(from int, points []sweep.Point) error {
	for step := range j.points {
		if step >= from {
			delete(j.points, step)
		}
	}
	for _, p := range points {
		j.take(p)
	}
	return j.Journal.Rewrite(from, points)
}

func (j *earJournal) take(p sweep.Point) {
	j.points[p.Step] = p
	if _, known := j.heard[p.Step]; !known {
		j.heard[p.Step] = time.Now()
	}
}
