package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"sweep/sweep"
)

// gathering is what waits to be stored of the curves of runs. What comes while a transaction
// is under way goes into the next one together: what a transaction takes of the server is
// mostly the same for one run and for several.
type gathering struct {
	mu      sync.Mutex
	waiting []*observation
	busy    bool // somebody stores what waits
}

// observation is points of an attempt.
type observation struct {
	key     string
	attempt int
	points  []sweep.Point
	refused error      // why they were not stored, where others were
	stored  chan error // gets one
}

// most is how many curves a transaction adds to at most, so that none holds many runs for long.
const most = 64

// add reports whether the caller is to have what waits stored.
func (g *gathering) add(o *observation) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, o)
	free := !g.busy
	g.busy = true
	return free
}

// take is what waits, none where the caller is to store no more.
func (g *gathering) take() []*observation {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), most)
	taken := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	g.busy = n > 0
	return taken
}

// gather adds points to the attempt's curve, together with those of others that wait.
func (s *Store) gather(ctx context.Context, key string, attempt int, points []sweep.Point) error {
	if err := ctx.Err(); err != nil {
		return s.failed(addTo(key), err)
	}
	o := &observation{key: key, attempt: attempt, points: points, stored: make(chan error, 1)}
	if s.gathered.add(o) {
		go s.storeGathered()
	}
	select {
	case err := <-o.stored:
		return err
	case <-ctx.Done():
		return s.failed(addTo(key), ctx.Err())
	}
}

func addTo(key string) string { return "add to the curve of run " + sweep.ShortKey(key) }

// storeGathered stores what waits until nothing does.
func (s *Store) storeGathered() {
	for some := s.gathered.take(); len(some) > 0; some = s.gathered.take() {
		err := s.storeTogether(some)
		if len(some) > 1 && strings.HasPrefix(code(err), integrity) {
			for _, one := range some {
				one.stored <- s.storeAlone(one)
			}
			continue
		}
		for _, one := range some {
			if err == nil {
				one.stored <- one.refused
			} else {
				one.stored <- err
			}
		}
	}
}

// storeAlone stores points of which some curve may have a step already.
func (s *Store) storeAlone(o *observation) error {
	if err := s.storeTogether([]*observation{o}); err != nil {
		return err
	}
	return o.refused
}

// storeTogether stores points in one transaction, but for those of attempts that no longer
// have their run, whose refusal it notes.
func (s *Store) storeTogether(some []*observation) error {
	ctx := context.Background()
	op := addTo(some[0].key)
	if len(some) > 1 {
		op = fmt.Sprintf("add to the curves of %d runs", len(some))
	}
	var keys []string
	for _, o := range some {
		keys = append(keys, o.key)
	}
	var found map[string]standing
	return s.writeAfter(ctx, op, func(batch *pgx.Batch) {
		batch.Queue(currentRuns, keys).Query(func(rows pgx.Rows) error {
			found = map[string]standing{}
			var key string
			var at standing
			_, err := pgx.ForEachRow(rows, []any{&key, &at.id, &at.attempt, &at.state}, func() error {
				found[key] = at
				return nil
			})
			return err
		})
	}, func(tx pgx.Tx) error {
		var rows pointRows
		var held []int64
		for _, o := range some {
			at, known := found[o.key]
			if o.refused = s.failed(addTo(o.key), at.refuses(o, known)); o.refused == nil {
				rows.add(at.id, o.points)
				held = append(held, at.id)
			}
		}
		batch := &pgx.Batch{}
		rows.queue(batch)
		batch.Queue(renewLeases, held)
		return tx.SendBatch(ctx, batch).Close()
	})
}

// standing is where a run stands.
type standing struct {
	id      int64
	attempt int
	state   sweep.State
}

// refuses says why points of an attempt are not stored.
func (at standing) refuses(o *observation, known bool) error {
	switch {
	case !known:
		return &sweep.NotFoundError{Kind: "run", Name: o.key}
	case at.attempt != o.attempt || at.state != sweep.StateRunning:
		return &sweep.StaleError{Key: o.key, Attempt: o.attempt, Current: at.attempt, State: at.state}
	}
	return nil
}
