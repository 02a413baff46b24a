package fleet

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// About says who a worker is, and what it has.
type About struct {
	Host     string   `json:"host"`
	PID      int      `json:"pid"`
	Version  string   `json:"version"`
	Revision string   `json:"revision,omitempty"`
	CPU      string   `json:"cpu"`
	GPUs     string   `json:"gpus,omitempty"`
	Slots    int      `json:"slots"`
	Labels   []string `json:"labels,omitempty"`
	Only     string   `json:"only,omitempty"`
}

// Worker is a process that trains units. All fields but Log and IdleExit must be set.
type Worker struct {
	ID       string // another for each process
	About    About
	Slots    int           // units that it trains at once, at the most
	Lease    time.Duration // how long after a sign of life others may not take its units
	IdleExit time.Duration // end once there was nothing to do for so long; 0 is never

	// Suits says how many units of a queue the worker can train at once, 0 for no limit but
	// Slots. Its error is why it can train none.
	Suits func(ctx context.Context, q Queue) (slots int, err error)
	// Train trains a unit until it is settled or ctx ends.
	Train func(ctx context.Context, q Queue, u Unit) Trained

	Log *slog.Logger
}

// Trained is how a worker left a unit.
type Trained struct {
	Settled bool          // there is nothing left to do
	Trouble string        // no worker is to try it again, and why
	Later   time.Duration // how long nobody is to try it, where it is not settled
	Err     error         // why the worker can go on with nothing: the store is gone
}

// state is what a worker tells of itself.
type state struct {
	mu      sync.Mutex
	units   map[int64]bool
	refused map[string]string
	ended   time.Time // when a unit ended last

	keeps atomic.Bool // it is to do the upkeep
}

func (s *state) begin(unit int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.units[unit] = true
}

func (s *state) end(unit int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.units, unit)
	s.ended = time.Now()
}

// idleSince is since when the worker has nothing to do, where it was last seen to have something
// at t.
func (s *state) idleSince(t time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended.After(t) {
		return s.ended
	}
	return t
}

// refuse notes why the worker does not work a queue, or with "" that it does, and reports
// whether that is news.
func (s *state) refuse(queue, why string) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	news = s.refused[queue] != why
	if why == "" {
		delete(s.refused, queue)
	} else {
		s.refused[queue] = why
	}
	return news
}

// refuses reports whether the worker does not work a queue.
func (s *state) refuses(queue string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, refused := s.refused[queue]
	return refused
}

// forget forgets the refusals of queues that are not named.
func (s *state) forget(queues []outlook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.refused, func(name, _ string) bool {
		return !slices.ContainsFunc(queues, func(o outlook) bool { return o.name == name })
	})
}

func (s *state) snapshot() (units []int64, refused []byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	refused, err = json.Marshal(s.refused)
	return slices.AppendSeq([]int64{}, maps.Keys(s.units)), refused, err
}

// signal stores a sign of life, with what the worker does. It is a statement of its own,
// which may be stored twice, as all workers do so all the time.
func (f *Fleet) signal(ctx context.Context, w *Worker, s *state, ended string) error {
	units, refused, err := s.snapshot()
	if err != nil {
		return err
	}
	about, err := json.Marshal(w.About)
	if err != nil {
		return err
	}
	return f.store.Await(ctx, "give a sign of life", func() error {
		var others, before int
		err := f.store.Pool().QueryRow(ctx, `
			WITH signed AS (
				INSERT INTO fleet_worker (id, about, lease, units, refused, ended, keeps) VALUES ($1, $2, $3, $4, $5, $6, $7)
				ON CONFLICT (id) DO UPDATE SET heard = clock_timestamp(), units = excluded.units, refused = excluded.refused, ended = excluded.ended, keeps = excluded.keeps)
			SELECT count(*), count(*) FILTER (WHERE id < $1) FROM fleet_worker
			WHERE keeps AND id <> $1 AND ended = '' AND heard > clock_timestamp() - make_interval(secs => lease)`,
			w.ID, about, w.Lease.Seconds(), units, refused, ended, s.keeps.Load()).Scan(&others, &before)
		if err == nil {
			s.keeps.Store(before < keepers && (s.keeps.Load() || others < keepers))
		}
		return err
	})
}
