package foreign

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sweep/sweep"
)

// settle turns the records into runs.
func (r *reading) settle() []Run {
	var all []settled
	for _, rec := range r.records {
		before := len(r.problems)
		s := r.settleOne(rec)
		if len(r.problems) == before && !rec.broken {
			all = append(all, s)
		}
	}
	all = r.agree(all)
	r.setSteps(all)
	all = r.apart(all)
	runs := make([]Run, len(all))
	for i, s := range all {
		runs[i] = r.newRun(s)
	}
	if len(r.problems) > 0 && !r.options.Skip {
		return nil
	}
	r.judge(all, runs)
	r.summarize(all, runs)
	for _, name := range []string{"model", "data"} {
		if !slices.Contains(r.stated, name) {
			r.stated = append(r.stated, name) // as unstated
		}
	}
	return runs
}

// setSteps gives runs of which nothing tells the steps those of their curve: of one that
// was stopped, as many as most of the others have.
func (r *reading) setSteps(all []settled) {
	if slices.Contains(r.stated, "steps") || len(all) == 0 {
		return
	}
	lengths := map[int]int{}
	for _, s := range all {
		if n := s.last(); n > 0 && !s.stopped() {
			lengths[n]++
		}
	}
	usual := 0
	for _, n := range slices.Sorted(maps.Keys(lengths)) {
		if lengths[n] > lengths[usual] {
			usual = n
		}
	}
	for i := range all {
		s := &all[i]
		steps := s.last()
		if s.stopped() {
			steps = max(steps, usual)
		}
		if steps < 1 {
			r.problems = append(r.problems, s.problem("nothing says how many steps it had; state it with a column steps or with --set steps=N"))
			continue
		}
		s.params.Steps = steps
	}
	if len(lengths) > 1 {
		var texts []string
		for _, n := range slices.Sorted(maps.Keys(lengths)) {
			texts = append(texts, fmt.Sprintf("%d in %s", n, counted(lengths[n], "run", "runs")))
		}
		r.note("the curves end at different steps, %s, which count as what was asked for; a column steps or --set steps=N says that the shorter ones were stopped", strings.Join(texts, ", "))
	}
	r.stated = append(r.stated, "steps")
}

// stopped reports whether the other program says that a run did not end by itself.
func (s settled) stopped() bool {
	return slices.Contains([]string{"crashed", "failed", "fail", "killed", "error", "running", "preempted", "pending", "waiting", "pruned"}, sweep.PlainName(s.state))
}

// apart refuses runs of equal parameters, and leaves out those that are a run again.
func (r *reading) apart(all []settled) (different []settled) {
	encoder := sweep.NewEncoder(sweep.Parameters())
	at := map[string]int{}
	for _, s := range all {
		id := string(encoder.Literal(&s.params))
		i, twin := at[id]
		if !twin {
			at[id] = len(different)
			different = append(different, s)
			continue
		}
		first := different[i]
		if s.contentHash() == first.contentHash() {
			r.note("run %s of %s is run %s again, to the bit, and left out", s.name, s.file, first.name)
			continue
		}
		r.problems = append(r.problems, s.problem("it has the parameters of run %s (%s)%s", first.name, first.file, s.differs(first)))
	}
	return different
}

// differs says in which foreign settings two runs differ.
func (s settled) differs(from settled) string {
	var parts []string
	all := maps.Clone(s.foreign)
	maps.Copy(all, from.foreign)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if was, is := cmp.Or(from.foreign[name], "none"), cmp.Or(s.foreign[name], "none"); was != is {
			parts = append(parts, fmt.Sprintf("%s = %s and %s", name, is, was))
		}
	}
	if len(parts) == 0 {
		return "; state their seeds, or what else sets them apart"
	}
	return "; what sets them apart is no parameter here: " + few(parts)
}

// contentHash is the SHA-256 of what a run was trained with and came to.
func (s settled) contentHash() string {
	h := sha256.New()
	_, _ = h.Write(sweep.NewEncoder(sweep.Parameters()).Literal(&s.params)) // a hash never fails
	_, _ = fmt.Fprintf(h, "%s\n%s\n%v %s\n", s.text(), sweep.HashCurve(s.curve()), s.final, s.state)
	return hex.EncodeToString(h.Sum(nil))
}

// newRun is a run without its outcome.
func (r *reading) newRun(s settled) Run {
	run := Run{Points: s.curve()}
	if len(run.Points) == 0 {
		for q, x := range s.final {
			s.measure(q, s.params.Steps, x)
		}
		run.Points = s.curve()
	}
	run.Name, run.Params = s.name, s.params
	run.Inputs = sweep.Inputs{Imported: s.contentHash()}
	run.Key = run.Params.Key(run.Inputs)
	run.Provenance = sweep.Provenance{Source: s.file, SourceHash: s.hash, Foreign: s.text(), Unstated: r.unknown()}
	return run
}

// summarize notes what a person should know of all runs.
func (r *reading) summarize(all []settled, runs []Run) {
	if names := r.unknown(); names != "" {
		r.note("nothing says these parameters, which are shown as unknown: %s", names)
	}
	if len(r.unread) > 0 {
		r.note("not read, as they change from step to step or measure something else: %s", strings.Join(slices.Sorted(maps.Keys(r.unread)), ", "))
	}
	foreign := map[string]map[string]bool{}
	again := 0
	for _, s := range all {
		again += s.again
		for name, text := range s.foreign {
			if foreign[name] == nil {
				foreign[name] = map[string]bool{}
			}
			foreign[name][text] = true
		}
	}
	if again > 0 {
		r.note("%s at a step that had another one, as in runs that were resumed: the later ones count", counted(again, "loss", "losses"))
	}
	if len(foreign) > 0 {
		r.note("kept as text, as they are no parameters here: %s", few(slices.Sorted(maps.Keys(foreign))))
	}
	without := 0
	for _, run := range runs {
		if run.State == sweep.StateDone && !run.Evaluated {
			without++
		}
	}
	if done := len(runs); without > 0 && without < done {
		r.note("%d of %d runs have no evaluation loss at their end, so that runs are compared by their training loss", without, done)
	}
}

// counted is "1 run" or "2 runs".
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// few is the first names, and how many more there are.
func few(names []string) string {
	const most = 12
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
