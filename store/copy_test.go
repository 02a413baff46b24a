package store_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sweep/store"
	"sweep/store/postgres/postgrestest"
	"sweep/store/record"
	"sweep/sweep"
)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// opened is the store of a name, closed at the end of the test.
func opened(t *testing.T, name string) sweep.Store {
	t.Helper()
	st, err := store.Open(name, sweep.DefaultPatience())
	ok(t, err)
	t.Cleanup(func() { ok(t, st.Close()) })
	return st
}

// backends are new, empty stores, by the names of their backends.
func backends(t *testing.T) map[string]sweep.Store {
	t.Helper()
	return map[string]sweep.Store{
		"SQLite":     opened(t, filepath.Join(t.TempDir(), "x.db")),
		"PostgreSQL": opened(t, postgrestest.Store(t)),
	}
}

// begin begins a run, and returns the attempt.
func begin(t *testing.T, st sweep.Store, key string, lease time.Duration) int {
	t.Helper()
	run := sweep.Run{Key: key, Name: "r8-" + key, Params: sweep.Defaults(), Inputs: sweep.Inputs{Model: "m", Data: "d", Numerics: 2}, Rows: &sweep.RowSummary{Train: 7, Lost: 0.1}}
	attempt, _, err := st.Begin(t.Context(), run, sweep.Claim{Owner: "host/1", Lease: lease, Retry: true, Provenance: sweep.Provenance{Version: "v1", Foreign: "a = \"<b>\""}})
	ok(t, err)
	return attempt
}

var odd = []float64{0, math.Copysign(0, -1), 0.1, 1e300, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN(), math.Float64frombits(0xfff8_0000_0000_0001), 1.0 / 3, 5}

// finish trains a run to its end, with odd numbers everywhere.
func finish(t *testing.T, st sweep.Store, key string, o sweep.Outcome) {
	t.Helper()
	attempt := begin(t, st, key, time.Hour)
	var points []sweep.Point
	for i, x := range odd {
		y := odd[(i+3)%len(odd)]
		points = append(points, sweep.Point{
			Step: i, Loss: x, GradNorm: y, EvalLoss: odd[(i+5)%len(odd)], Evaluated: i%2 == 0, Match: sweep.Matches{Right: i, Of: i % 3 * 9},
			Measures: sweep.Measures{{Name: "acc\x00uracy", Value: y}, {Name: "Ähre", Value: x}},
		})
	}
	points = append(points, sweep.Point{Step: 99, Loss: math.NaN(), GradNorm: math.NaN(), WithoutLoss: true, WithoutNorm: true})
	ok(t, st.Observe(t.Context(), key, attempt, points, []byte("state")))
	o.Steps, o.Loss, o.EvalLoss, o.FirstLoss, o.TokensPerSecond, o.Seconds = 99, odd[len(key)], math.NaN(), odd[1], odd[7], 0.25
	o.CurveHash = sweep.HashCurve(points)
	ok(t, st.Finish(t.Context(), key, attempt, o))
}

// fill stores a sweep and a half of runs of every kind.
func fill(t *testing.T, st sweep.Store) {
	t.Helper()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.UTC)
	save := func(name string, at time.Time, predictions []string, keys ...string) {
		t.Helper()
		sw := sweep.SavedSweep{Name: name, Question: "Why \"" + name + "\"?\n", TOML: "name = 'x'\n# é\n", File: name + ".toml", Keys: keys, Saved: at, Predictions: predictions}
		for i, key := range keys {
			sw.Names = append(sw.Names, fmt.Sprintf("arm/%s-%d", key, i))
		}
		ok(t, st.SaveSweep(t.Context(), sw))
	}
	save("other", at, []string{"z"}, "done")
	save("all", at.Add(time.Hour), []string{"p", "a"}, "done", "gone")
	var rows []sweep.RowLoss
	for i, x := range odd {
		rows = append(rows, sweep.RowLoss{Nats: x, Tokens: i, Match: sweep.RowMatch(i % 3)})
	}
	finish(t, st, "done", sweep.Outcome{State: sweep.StateDone, Evaluated: true, Adapter: []byte{0, 255, 1}, RowLosses: rows, Environment: "a = b", Measures: sweep.Measures{{Name: "acc", Value: 0.5}}})
	finish(t, st, "diverged", sweep.Outcome{State: sweep.StateDiverged})
	finish(t, st, "failed", sweep.Outcome{State: sweep.StateFailed, Error: "no\x00memory \xff é"})
	finish(t, st, "pruned", sweep.Outcome{State: sweep.StatePruned})
	finish(t, st, "original", sweep.Outcome{State: sweep.StateDone})
	finish(t, st, "copy", sweep.Outcome{State: sweep.StateDone, CopyOf: "original"})
	attempt := begin(t, st, "given", time.Hour)
	ok(t, st.Observe(t.Context(), "given", attempt, []sweep.Point{{Step: 1, Loss: 2}}, []byte("state of one")))
	ok(t, st.Observe(t.Context(), "given", attempt, []sweep.Point{{Step: 2, Loss: 2}}, nil))
	ok(t, st.Finish(t.Context(), "given", attempt, sweep.Outcome{State: sweep.StatePending}))
	attempt = begin(t, st, "lapsed", 0)
	ok(t, st.Observe(t.Context(), "lapsed", attempt, []sweep.Point{{Step: 1, Loss: 2}}, []byte("state of one")))
	ok(t, st.Observe(t.Context(), "lapsed", attempt, []sweep.Point{{Step: 2, Loss: 2}}, nil))
	ok(t, st.Speed(t.Context(), "lapsed", attempt, 77))
	ok(t, st.Finish(t.Context(), "lone", begin(t, st, "lone", time.Hour), sweep.Outcome{State: sweep.StateDone}))
	save("all", at.Add(2*time.Hour), []string{"q"}, "done", "diverged", "failed", "pruned", "copy", "given", "lapsed", "never", "done")
	for _, of := range []sweep.Subject{{Sweep: "all"}, {Key: "done"}} {
		ok(t, st.EditNote(t.Context(), of, func(sweep.Note) sweep.Note { return sweep.Note{Text: "it's\nodd", Tags: []string{"x", "y z"}} }))
	}
}

// whole is all that a store keeps, as its records.
type whole struct {
	Runs   map[string]record.Run
	Sweeps map[string]record.Sweep
	States map[string]map[sweep.State]int
	Hist   map[string]sweep.History
}

func read(t *testing.T, st sweep.Store) whole {
	t.Helper()
	w := whole{Runs: map[string]record.Run{}, Sweeps: map[string]record.Sweep{}, Hist: map[string]sweep.History{}}
	ok(t, st.Check(t.Context()))
	ok(t, st.(record.Keeper).Snapshot(t.Context(), func(r record.Reader) error {
		heads, err := r.Heads(t.Context())
		ok(t, err)
		for key := range heads {
			w.Runs[key], err = r.Run(t.Context(), key)
			ok(t, err)
		}
		names, err := r.Digests(t.Context())
		ok(t, err)
		for name := range names {
			w.Sweeps[name], err = r.Sweep(t.Context(), name)
			ok(t, err)
		}
		return nil
	}))
	var err error
	w.States, err = st.StateCounts(t.Context())
	ok(t, err)
	for name := range w.Sweeps {
		w.Hist[name], err = st.History(t.Context(), name)
		ok(t, err)
	}
	return w
}

// bits compares float64s to the bit, but for NaN.
var bits = cmp.Options{cmpopts.EquateEmpty(), cmp.Comparer(func(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
})}

func TestACopyIsEqualToTheBitEitherWay(t *testing.T) {
	for _, way := range [][2]string{{"SQLite", "PostgreSQL"}, {"PostgreSQL", "SQLite"}, {"SQLite", "SQLite"}, {"PostgreSQL", "PostgreSQL"}} {
		t.Run(way[0]+" to "+way[1], func(t *testing.T) {
			from, to := backends(t)[way[0]], backends(t)[way[1]]
			fill(t, from)
			want := read(t, from)
			if n := len(want.Runs["done"].Points); n != len(odd)+1 {
				t.Fatalf("the original has %d points", n)
			}
			done, err := store.Copy(t.Context(), from, to, "", nil)
			ok(t, err)
			if done.Runs != 9 || done.Sweeps != 2 || done.There != 0 {
				t.Errorf("copied %+v", done)
			}
			if diff := cmp.Diff(want, read(t, to), bits); diff != "" {
				t.Errorf("-original +copy:\n%s", diff)
			}
			again, err := store.Copy(t.Context(), from, to, "", nil)
			if err != nil || again.Runs != 0 || again.Sweeps != 0 || again.There != 11 {
				t.Errorf("copied again: %+v, %v", again, err)
			}
			path := filepath.Join(t.TempDir(), "backup.db")
			ok(t, to.Backup(t.Context(), path))
			if diff := cmp.Diff(want, read(t, opened(t, path)), bits); diff != "" {
				t.Errorf("-original +backup of the copy:\n%s", diff)
			}
		})
	}
}

func TestACopyOfASweepTakesItsRunsAndWhatTheyAreCopiesOf(t *testing.T) {
	for name, from := range backends(t) {
		fill(t, from)
		for other, to := range backends(t) {
			done, err := store.Copy(t.Context(), from, to, "all", nil)
			ok(t, err)
			got := read(t, to)
			if _, has := got.Runs["original"]; !has || got.Runs["lone"].Key != "" || len(got.Runs) != 8 || len(got.Sweeps) != 1 || done.Runs != 8 {
				t.Errorf("%s to %s: %+v, %d runs, %d sweeps", name, other, done, len(got.Runs), len(got.Sweeps))
			}
		}
	}
}

func TestACopyThatIsStoppedGoesOnWhereItWas(t *testing.T) {
	all := backends(t)
	for _, way := range [][2]string{{"SQLite", "PostgreSQL"}, {"PostgreSQL", "SQLite"}} {
		from, to := opened(t, filepath.Join(t.TempDir(), "f.db")), all[way[1]]
		if way[0] == "PostgreSQL" {
			from = opened(t, postgrestest.Store(t))
		}
		fill(t, from)
		want := read(t, from)
		for stops := 0; ; stops++ {
			ctx, cancel := context.WithCancel(t.Context())
			_, err := store.Copy(ctx, from, to, "", func(runs, _ int) {
				if runs == 2 {
					cancel()
				}
			})
			cancel()
			if err == nil {
				if stops < 3 {
					t.Errorf("it was stopped %d times only", stops)
				}
				break
			}
			if !errors.Is(err, context.Canceled) || stops > 9 {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, read(t, to), bits); diff != "" {
			t.Errorf("-original +copy:\n%s", diff)
		}
	}
}

func TestACopyOverwritesNothingThatDiffers(t *testing.T) {
	for _, way := range [][2]string{{"SQLite", "PostgreSQL"}, {"PostgreSQL", "SQLite"}} {
		from, to := backends(t)[way[0]], backends(t)[way[1]]
		fill(t, from)
		finish(t, to, "done", sweep.Outcome{State: sweep.StateDone})               // trained there, too, to the same curve
		finish(t, to, "diverged", sweep.Outcome{State: sweep.StateFailed})         // which yields
		finish(t, to, "failed", sweep.Outcome{State: sweep.StateDone})             // which does not
		ok(t, to.SaveSweep(t.Context(), sweep.SavedSweep{Name: "all", TOML: "x"})) // another of that name
		before := read(t, to)
		_, err := store.Copy(t.Context(), from, to, "", nil)
		differs, is := errors.AsType[*store.ConflictError](err)
		if !is || !slices.Equal(differs.Sweeps, []string{"all"}) || len(differs.Runs) != 1 || !strings.Contains(differs.Runs[0], "r8-failed") {
			t.Errorf("%v: got %v", way, err)
		}
		if diff := cmp.Diff(before, read(t, to), bits); diff != "" {
			t.Errorf("%v, -before +after:\n%s", way, diff)
		}
		ok(t, to.Remove(t.Context(), sweep.Removal{Sweep: "all"}))
		r, err := to.RemovalOfRun(t.Context(), "failed")
		ok(t, err)
		ok(t, to.Remove(t.Context(), r))
		ok(t, to.EditNote(t.Context(), sweep.Subject{Key: "done"}, func(sweep.Note) sweep.Note { return sweep.Note{Text: "mine"} }))
		ok(t, to.EditNote(t.Context(), sweep.Subject{Key: "diverged"}, func(sweep.Note) sweep.Note { return sweep.Note{Text: "mine, too"} }))
		done, err := store.Copy(t.Context(), from, to, "", nil)
		ok(t, err)
		after := read(t, to)
		if done.Elsewhere != 1 || !slices.Equal(done.Notes, []string{"r8-done"}) || after.Runs["done"].Note.Text != "mine" ||
			after.Runs["diverged"].State != sweep.StateDiverged || after.Runs["diverged"].Note.Text != "mine, too" {
			t.Errorf("%v: %+v, notes %+v, %+v", way, done, after.Runs["done"].Note, after.Runs["diverged"].Note)
		}
	}
}

func TestARunThatIsBeingTrainedIsLeftToItsTrainer(t *testing.T) {
	for name, from := range backends(t) {
		ok(t, from.SaveSweep(t.Context(), sweep.SavedSweep{Name: "a", Keys: []string{"aa"}, Names: []string{"r8-aa"}, Saved: time.Now()}))
		attempt := begin(t, from, "aa", time.Hour)
		for other, to := range backends(t) {
			done, err := store.Copy(t.Context(), from, to, "", nil)
			ok(t, err)
			if got := read(t, to); !slices.Equal(done.Training, []string{"r8-aa"}) || len(got.Runs) != 0 || got.States["a"][sweep.StatePending] != 1 {
				t.Errorf("%s to %s: %+v, %v", name, other, done, got.States)
			}
			held := begin(t, to, "aa", time.Hour) // and the other store trains it, too
			if name != other {
				continue
			}
			ok(t, from.Finish(t.Context(), "aa", attempt, sweep.Outcome{State: sweep.StateDone}))
			_, err = store.Copy(t.Context(), from, to, "", nil)
			if _, is := errors.AsType[*store.ConflictError](err); !is {
				t.Errorf("%s to %s: a run that is held there is overwritten: %v", name, other, err)
			}
			ok(t, to.Finish(t.Context(), "aa", held, sweep.Outcome{State: sweep.StatePending}))
			_, err = store.Copy(t.Context(), from, to, "", nil)
			ok(t, err)
			break
		}
	}
}
