package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sweep/store/postgres"
	"sweep/store/record"
	"sweep/store/sqlite"
	"sweep/sweep"
)

// Every store that Open returns gives and takes whole records.
var (
	_ record.Keeper = (*sqlite.Store)(nil)
	_ record.Keeper = (*postgres.Store)(nil)
)

// Copied is what a copy came to.
type Copied struct {
	Sweeps, Runs int      // copied
	There        int      // runs and sweeps that were there already, and are the same
	Training     []string // names of runs that are not copied, as they are being trained
	Elsewhere    int      // runs that were trained in both stores, to the same curve: each keeps its own
	Notes        []string // names of runs that have another note in each store, which stay
}

// ConflictError refuses to copy over what differs.
type ConflictError struct {
	Sweeps []string // names
	Runs   []string // names, with the start of their keys
}

func (e *ConflictError) Error() string {
	var parts []string
	for _, part := range []struct {
		what  string
		names []string
	}{{"sweep", e.Sweeps}, {"run", e.Runs}} {
		const most = 8
		if n := len(part.names); n > most {
			parts = append(parts, fmt.Sprintf("%ss %s and %d more", part.what, strings.Join(part.names[:most], ", "), n-most))
		} else if n > 0 {
			parts = append(parts, fmt.Sprintf("%s%s %s", part.what, strings.Repeat("s", min(n-1, 1)), strings.Join(part.names, ", ")))
		}
	}
	return "the other store has another " + strings.Join(parts, ", and another ") + "; nothing was copied"
}

// copying is what to copy, and how.
type copying struct {
	sweep    string // "" for all
	training bool   // copy runs that are being trained, too
	tell     func(runs, of int)
}

// Copy copies a sweep with its runs, or for "" the whole store, as it is at one instant, to
// another store, which may be of another backend. Each record is there whole or not at all,
// and has the digest of the original; what is there already and is the same stays. So a copy
// that was interrupted goes on where it was. Where the other store has something else the error
// is a ConflictError, and nothing was copied. A run of which the other store has no result
// gets the one that is copied. Tell is called with how many runs were copied, of how many.
func Copy(ctx context.Context, from, to sweep.Store, sweepName string, tell func(runs, of int)) (Copied, error) {
	return copyAll(ctx, keeper(from), keeper(to), copying{sweep: sweepName, tell: tell})
}

// keeper is a store that Open returned.
func keeper(s sweep.Store) record.Keeper { return s.(record.Keeper) }

func copyAll(ctx context.Context, from, to record.Keeper, c copying) (done Copied, err error) {
	err = from.Snapshot(ctx, func(source record.Reader) error {
		var p plan
		if p, err = c.plan(ctx, source, to); err != nil {
			return err
		}
		done = p.done
		return c.carry(ctx, source, to, p, &done)
	})
	return done, err
}

// plan is what is to be copied.
type plan struct {
	runs, sweeps []string // keys and names
	done         Copied   // what is said of the rest
}

// plan compares the two stores.
func (c copying) plan(ctx context.Context, source record.Reader, to record.Keeper) (plan, error) {
	var p plan
	digests, err := source.Digests(ctx)
	if err != nil {
		return p, err
	}
	heads, err := source.Heads(ctx)
	if err != nil {
		return p, err
	}
	chosen, keys, err := c.choose(ctx, source, digests, heads)
	if err != nil {
		return p, err
	}
	var conflict ConflictError
	err = to.Snapshot(ctx, func(target record.Reader) error {
		there, err := target.Digests(ctx)
		if err != nil {
			return err
		}
		for _, name := range chosen {
			switch digest, ok := there[name]; {
			case !ok:
				p.sweeps = append(p.sweeps, name)
			case digest == digests[name]:
				p.done.There++
			default:
				conflict.Sweeps = append(conflict.Sweeps, name)
			}
		}
		known, err := target.Heads(ctx)
		for _, key := range keys {
			c.compare(key, heads[key], known, &p, &conflict)
		}
		return err
	})
	if err == nil && len(conflict.Sweeps)+len(conflict.Runs) > 0 {
		err = &conflict
	}
	return p, err
}

// choose returns the names of the sweeps and the keys of the runs that are asked for: with a
// sweep's runs those that they are copies of.
func (c copying) choose(ctx context.Context, source record.Reader, digests map[string]string, heads map[string]record.Head) (names, keys []string, err error) {
	if c.sweep == "" {
		return slices.Sorted(maps.Keys(digests)), slices.Sorted(maps.Keys(heads)), nil
	}
	sw, err := source.Sweep(ctx, c.sweep)
	if err != nil {
		return nil, nil, err
	}
	chosen := map[string]bool{}
	for _, cell := range sw.Cells {
		for key := cell.Key; key != "" && !chosen[key]; key = heads[key].CopyOf {
			if _, begun := heads[key]; begun {
				chosen[key] = true
			}
		}
	}
	return []string{c.sweep}, slices.Sorted(maps.Keys(chosen)), nil
}

// compare decides what becomes of a run.
func (c copying) compare(key string, head record.Head, known map[string]record.Head, p *plan, conflict *ConflictError) {
	there, ok := known[key]
	final := head.State.Final()
	switch {
	case head.State == sweep.StateRunning && !c.training:
		p.done.Training = append(p.done.Training, head.Name)
	case !ok, final && record.Yields(there.State):
		p.runs = append(p.runs, key)
	case same(head, there):
		p.done.There++
	case final && there.State == head.State && there.CurveHash == head.CurveHash && there.CurveHash != "":
		p.done.Elsewhere++
	default:
		conflict.Runs = append(conflict.Runs, fmt.Sprintf("%s (key %s)", head.Name, sweep.ShortKey(key)))
		return
	}
	if ok && !head.Note.Empty() && (head.Note.Text != there.Note.Text || !slices.Equal(head.Note.Tags, there.Note.Tags)) {
		p.done.Notes = append(p.done.Notes, head.Name)
	}
}

// same reports whether two stores have the same of a run. Runs without an outcome are the
// same if as many attempts were made: each attempt leaves what its checkpoint holds.
func same(a, b record.Head) bool {
	return a.State == b.State && a.Attempt == b.Attempt && a.Digest == b.Digest
}

// carry copies what was planned: the runs before the sweeps, so that a sweep which is there
// has all of them.
func (c copying) carry(ctx context.Context, source record.Reader, to record.Keeper, p plan, done *Copied) error {
	for i, key := range p.runs {
		run, err := source.Run(ctx, key)
		if err != nil {
			return err
		}
		if err := to.LoadRun(ctx, run); err != nil {
			return err
		}
		done.Runs++
		if c.tell != nil {
			c.tell(i+1, len(p.runs))
		}
	}
	for _, name := range p.sweeps {
		sw, err := source.Sweep(ctx, name)
		if err != nil {
			return err
		}
		if err := to.LoadSweep(ctx, sw); err != nil {
			return err
		}
		done.Sweeps++
	}
	return nil
}
