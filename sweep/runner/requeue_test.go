package runner_test

import (
	"context"
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
