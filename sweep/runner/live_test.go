package runner_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sweep/sweep"
	"sweep/sweep/runner"
)

// timed is curve with a speed, which is the number of steps so far.
func timed(pause time.Duration) trainFunc {
	train := curve(pause)
	return func(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
		return train(ctx, run, speaking{journal})
	}
}

type speaking struct{ sweep.Journal }

func (s speaking) Observe(p sweep.Point) error {
	err := s.Journal.Observe(p)
	s.Speed(float64(p.Step))
	return err
}

func TestARunIsSeenWhileItTrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		p := smallPlan(t, 1, 100)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			r := runner.Runner{Trainer: timed(100 * time.Millisecond), Recorder: m, Lease: time.Minute, CheckpointEvery: time.Hour}
			if _, err := r.Run(ctx, p); err != nil {
				t.Error(err)
			}
		}()
		key := p.Runs[0].Key
		time.Sleep(5050 * time.Millisecond)
		m.mu.Lock()
		steps, speeds, calls := len(m.points[key]), slices.Clone(m.speeds[key]), m.calls["Observe"]+m.calls["Speed"]
		m.mu.Unlock()
		if steps < 45 || steps > 50 {
			t.Errorf("after 5 s of 10 steps a second others see %d steps", steps)
		}
		if len(speeds) < 2 || len(speeds) > 3 || !slices.IsSorted(speeds) {
			t.Errorf("the speeds noted in 5 s are %v", speeds)
		}
		if calls > 14 {
			t.Errorf("the recorder was called %d times in 5 s", calls)
		}
		stop()
		<-ended
		if n := len(m.points[key]); n < 50 || m.outcomes[key].State != sweep.StatePending {
			t.Errorf("after Ctrl-C there are %d steps, %s", n, m.outcomes[key].State)
		}
	})
}
