package probe

import (
	"context"
	"sync"
	"time"

	"sweep/sweep"
)

// listener is a Trainer that takes down when the points of curves came.
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

// Train trains a run, and takes down how long that took.
func (l *listener) Train(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	c := l.of(run.Key)
	c.began = time.Now()
	defer func() { c.took = time.Since(c.began) }()
	return l.Trainer.Train(ctx, run, &earJournal{journal, c})
}

// earJournal takes down when points came.
type earJournal struct {
	sweep.Journal
	*curve
}

// Observe takes a point.
func (j *earJournal) Observe(p sweep.Point) error {
	j.hear(p)
	return j.Journal.Observe(p)
}

// Rewrite takes points in place of those from a step on.
func (j *earJournal) Rewrite(from int, points []sweep.Point) error {
	for _, p := range points {
		j.hear(p)
	}
	return j.Journal.Rewrite(from, points)
}

func (j *earJournal) hear(p sweep.Point) {
	if _, known := j.heard[p.Step]; !known {
		j.heard[p.Step] = time.Now()
	}
}
