package fleet

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
)

// WorkerStatus is what is known of a worker.
type WorkerStatus struct {
	ID      string
	About   About
	Began   time.Time
	Silent  time.Duration // since its last sign of life
	Lost    bool          // it gave none for the length of its lease, and did not say that it ended
	Ended   string        // why it ended, "" if it did not say
	Runs    []WorkerRun   // in training, by name
	Refused []Refusal     // by sweep and arm
}

// WorkerRun is a run that a worker trains.
type WorkerRun struct {
	Key, Name       string
	Step            int
	TokensPerSecond float64 // 0 where it is not known
}

// Refusal says why a worker does not work a queue.
type Refusal struct{ Sweep, Arm, Why string }

// Workers returns the workers of the last day, those that were heard of last first.
func (f *Fleet) Workers(ctx context.Context) (all []WorkerStatus, err error) {
	err = f.store.Look(ctx, "list the workers", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT id, about, began, extract(epoch FROM clock_timestamp() - heard)::float8,
				ended = '' AND heard < clock_timestamp() - make_interval(secs => lease), ended,
				coalesce((SELECT json_agg(json_build_object('key', run.key, 'name', run.name, 'speed', run.speed,
					'step', (SELECT coalesce(max(step), 0) FROM point WHERE point.run = run.id)) ORDER BY run.name)
					FROM fleet_unit JOIN run ON run.key = ANY(keys) WHERE fleet_unit.id = ANY(units) AND run.state = 'running'), '[]'),
				coalesce((SELECT json_agg(json_build_object('sweep', sweep.name, 'arm', arm, 'why', r.value) ORDER BY sweep.name, arm)
					FROM json_each_text(refused) AS r JOIN fleet_queue ON fleet_queue.name = r.key JOIN sweep ON sweep.id = fleet_queue.sweep), '[]')
			FROM fleet_worker WHERE heard > now() - $1::interval ORDER BY ended <> '', heard DESC, id`, keptFor)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scanWorker)
		return err
	})
	return all, err
}

func scanWorker(row pgx.CollectableRow) (w WorkerStatus, err error) {
	var about, runs, refused []byte
	var silent float64
	if err := row.Scan(&w.ID, &about, &w.Began, &silent, &w.Lost, &w.Ended, &runs, &refused); err != nil {
		return w, err
	}
	w.Silent = time.Duration(silent * float64(time.Second))
	var trained []struct {
		Key, Name string
		Speed     float64
		Step      int
	}
	if err := json.Unmarshal(runs, &trained); err != nil {
		return w, err
	}
	for _, r := range trained {
		w.Runs = append(w.Runs, WorkerRun{r.Key, r.Name, r.Step, r.Speed})
	}
	if err := json.Unmarshal(refused, &w.Refused); err != nil {
		return w, err
	}
	return w, json.Unmarshal(about, &w.About)
}

// Standing is how a queue stands.
type Standing struct {
	Queue
	Runs     int       // that workers are still to train
	Training int       // of these, those that a worker trains
	Troubles []Trouble // runs that no worker tries any more
}

// Trouble is why no worker tries a unit any more.
type Trouble struct{ Run, Why string }

// Standings returns the queues that hold units, the oldest first.
func (f *Fleet) Standings(ctx context.Context) (all []Standing, err error) {
	err = f.store.Look(ctx, "list the queues", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT fleet_queue.name, sweep.name, arm, needs, paused, sum(cardinality(keys)),
				(SELECT count(DISTINCT run.key) FROM fleet_unit AS u JOIN run ON run.key = ANY(u.keys) WHERE u.queue = fleet_queue.name AND run.state = 'running'
					AND expires > extract(epoch FROM clock_timestamp())),
				coalesce(json_agg(json_build_object('run', unit->'runs'->0->>'Name', 'why', trouble)) FILTER (WHERE trouble <> ''), '[]')
			FROM fleet_queue JOIN sweep ON sweep.id = fleet_queue.sweep JOIN fleet_unit ON queue = fleet_queue.name
			GROUP BY fleet_queue.name, sweep.name ORDER BY made, fleet_queue.name`)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scanStanding)
		return err
	})
	return all, err
}

func scanStanding(row pgx.CollectableRow) (s Standing, err error) {
	var needs, troubles []byte
	err = row.Scan(&s.Name, &s.Sweep, &s.Arm, &needs, &s.Paused, &s.Runs, &s.Training, &troubles)
	if err == nil {
		err = json.Unmarshal(needs, &s.Needs)
	}
	if err == nil {
		err = json.Unmarshal(troubles, &s.Troubles)
	}
	return s, err
}
