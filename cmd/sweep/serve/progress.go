package serve

import (
	"math"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// progressPart is how far a sweep is.
type progressPart struct {
	Runs    int            `json:"runs"`
	States  map[string]int `json:"states"`
	Share   number         `json:"share"`   // of the steps, of all runs
	Seconds *number        `json:"seconds"` // that the rest takes by those who train now, nil where it is not known
	Speed   number         `json:"speed"`   // tokens/s of all who train now
	Workers []workerPart   `json:"workers"`
	Idle    []IdleWorker   `json:"idle"`
}

// workerPart is who trains runs now.
type workerPart struct {
	Name  string `json:"name"`
	Runs  []int  `json:"runs"`  // their places
	Heard int64  `json:"heard"` // when it was last heard of, Unix seconds
}

// progressOf tells how far runs are. A copy is no work.
func progressOf(s *snapshot) progressPart {
	results := s.results
	p := progressPart{Runs: len(results), States: map[string]int{}, Workers: []workerPart{}, Idle: make([]IdleWorker, len(s.idle))}
	for i, w := range s.idle {
		p.Idle[i] = IdleWorker{shown(w.Name), allShown(w.Why)}
	}
	pace := analysis.Pace(results)
	var steps, trained, left float64
	counted := map[string]bool{}
	for i := range results {
		r := &results[i]
		p.States[string(stateOf(r))]++
		if counted[r.Key] {
			continue
		}
		counted[r.Key] = true
		total := float64(max(r.Params.Steps, 1))
		steps += total
		done := min(float64(max(r.Steps, r.Progress.Step)), total)
		if r.State.Final() || r.State == sweep.StateFailed || r.State == sweep.StatePruned {
			done = total
		}
		trained += done
		if done < total {
			left += pace(r.Params) * (1 - done/total)
		}
		if r.State == sweep.StateRunning {
			p.addWorker(i, r)
		}
	}
	if steps > 0 {
		p.Share = number(trained / steps)
	}
	training := 0
	for _, w := range p.Workers {
		training += len(w.Runs)
	}
	if training > 0 {
		p.Seconds = known(left / float64(training))
	}
	slices.SortFunc(p.Workers, func(a, b workerPart) int { return strings.Compare(a.Name, b.Name) })
	return p
}

func (p *progressPart) addWorker(place int, r *sweep.Result) {
	if !math.IsNaN(r.Progress.TokensPerSecond) {
		p.Speed += number(r.Progress.TokensPerSecond)
	}
	for i := range p.Workers {
		if w := &p.Workers[i]; w.Name == r.Progress.Owner {
			w.Runs, w.Heard = append(w.Runs, place), max(w.Heard, r.Progress.Heard.Unix())
			return
		}
	}
	p.Workers = append(p.Workers, workerPart{Name: r.Progress.Owner, Runs: []int{place}, Heard: r.Progress.Heard.Unix()})
}

// stateOf is the state of a run, pending if it was never begun.
func stateOf(r *sweep.Result) sweep.State {
	if r.State == "" {
		return sweep.StatePending
	}
	return r.State
}
