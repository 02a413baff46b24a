package runner_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sweep/sweep"
	"sweep/sweep/runner"
)

func TestARunThatAsksToGoOnLaterIsLeftAloneForAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMemory(), smallPlan(t, 2, 3)
		began := time.Now()
		var starts []string
		asking := trainFunc(func(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
			starts = append(starts, fmt.Sprintf("%s after %v", run.Name, time.Since(began)))
			if run.Params.Seed == 0 && len(starts) < 4 {
				return sweep.Outcome{}, fmt.Errorf("exit code 75: %w", sweep.ErrRequeue)
			}
			return curve(time.Second)(ctx, run, journal)
		})
		var told []string
		s := run(t, runner.Runner{Trainer: asking, Recorder: m, Progress: func(e runner.Event) {
			if e.Kind == runner.EventRequeued {
				told = append(told, e.Run.Name+": "+e.Err.Error())
			}
		}}, p)
		want := []string{"s0 after 0s", "s1 after 0s", "s0 after 1m0s", "s0 after 2m0s"}
		if !slices.Equal(starts, want) || s.Done != 2 || s.Failed != 0 {
			t.Errorf("began %v, want %v; %+v", starts, want, s)
		}
		if want := "s0: exit code 75: it is to go on later"; !slices.Equal(told, []string{want, want}) {
			t.Errorf("told %q", told)
		}
	})
}

func TestARunThatTakesLongToStopStaysItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMemory(), smallPlan(t, 1, 3)
		slow := trainFunc(func(ctx context.Context, _ sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
			<-ctx.Done()
			time.Sleep(10 * time.Minute) // until its checkpoint is written
			if _, _, err := m.Begin(t.Context(), p.Runs[0], sweep.Claim{Owner: "two", Lease: time.Minute}); err == nil {
				t.Error("another took the run meanwhile")
			}
			err := journal.Observe(sweep.Point{Step: 1, Loss: 1})
			journal.Save(func() []byte { return []byte("state") })
			return sweep.Outcome{}, errors.Join(ctx.Err(), err)
		})
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, stop)
		s, err := (&runner.Runner{Owner: "one", Lease: time.Minute, Trainer: slow, Recorder: m}).Run(ctx, p)
		key := p.Runs[0].Key
		if err != nil || !s.Interrupted || m.attempts[key] != 1 || len(m.points[key]) != 1 || len(m.kept[key].State) == 0 {
			t.Errorf("%+v, %v: %d attempts, and %d points", s, err, m.attempts[key], len(m.points[key]))
		}
	})
}

func TestWhatARunLogsAnewReplacesItsCurveWhereItIsTrainedAgain(t *testing.T) {
	p := smallPlan(t, 1, 3)
	late := trainFunc(func(_ context.Context, _ sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
		err := errors.Join(
			journal.Observe(sweep.Point{Step: 1, Loss: 1}), journal.Observe(sweep.Point{Step: 3, Loss: 3}),
			journal.Rewrite(2, []sweep.Point{{Step: 2, Loss: 2}, {Step: 3, Loss: 3.5}}))
		return sweep.Outcome{State: sweep.StateDone}, err
	})
	got := runner.Retrain(t.Context(), late, p.Runs, 1, nil)[0]
	if want := []sweep.Point{{Step: 1, Loss: 1}, {Step: 2, Loss: 2}, {Step: 3, Loss: 3.5}}; sweep.HashCurve(got.Points) != sweep.HashCurve(want) || got.Err != nil {
		t.Errorf("got %+v, %v", got.Points, got.Err)
	}
}
