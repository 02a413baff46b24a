package fleet_test

import (
	"context"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"

	"sweep/store/postgres"
	"sweep/store/postgres/fleet"
	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// TestNothingOfAWorkerGoesOnAfterItEnded runs before the tests that are parallel, as it counts
// goroutines.
func TestNothingOfAWorkerGoesOnAfterItEnded(t *testing.T) {
	server := postgrestest.Start(t)
	stop := make(chan struct{})
	store, err := postgres.Open(server.Address("postgres"), sweep.Patience{For: time.Hour, Stop: stop})
	ok(t, err)
	s := site{store, fleet.New(store), server.Address("postgres")}
	all := units("a", 4, 100_000)
	s.queue(t, "a", fleet.Needs{}, all...)
	atRest := runtime.NumGoroutine()
	ends := func(what string) {
		t.Helper()
		for deadline := time.Now().Add(2 * time.Minute); runtime.NumGoroutine() > atRest; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
				t.Fatalf("%s %d goroutines are at work, before %d", what, runtime.NumGoroutine(), atRest)
			}
		}
	}
	work := func() (end context.CancelFunc, ended chan error) {
		ctx, end := context.WithCancel(t.Context())
		ended = make(chan error, 1)
		w := s.worker("1", 2, newTrainer(10*time.Millisecond))
		w.IdleExit = 0
		go func() { ended <- s.Work(ctx, w) }()
		eventually(t, "training", func() bool { return s.states(t, all)[sweep.StateRunning] == 2 })
		return end, ended
	}
	end, ended := work()
	end()
	ok(t, <-ended)
	ends("after its end")

	end, ended = work()
	server.Crash()
	time.Sleep(2 * time.Second)
	close(stop)
	end()
	began := time.Now()
	if err := <-ended; err == nil {
		t.Error("a worker whose server is gone ends without an error")
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("a worker whose server is gone takes %v to end", took)
	}
	t.Logf("it ended after %v", time.Since(began))
	ends("after its end without a server")
	ok(t, store.Close())
}
