package probe

import "fmt"

// Answer says whether a claim about a program holds.
type Answer string

// The answers.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	NotTold Answer = "not told"
)

// Finding is the answer to one question about a program.
type Finding struct {
	Check  string // one word for it
	Claim  string // what holds where the answer is Yes
	Answer Answer
	Shows  string // the figures behind it
	Means  string // what follows for reading a sweep, and what to do
}

// Fails reports whether a sweep of this program would mislead as it is.
func (f Finding) Fails() bool { return f.Answer == No }

// checks are the questions, in the order in which they are answered.
func checks() []func(*session) Finding {
	return []func(*session) Finding{
		(*session).start, (*session).scaling, (*session).spread, (*session).notFinite,
		(*session).logged, (*session).repeats, (*session).seeds, (*session).cost,
	}
}

// answer fills in what a check found.
func (f Finding) answer(a Answer, shows, means string) Finding {
	f.Answer, f.Shows, f.Means = a, shows, means
	return f
}

// untold is a finding without an answer, and why.
func (f Finding) untold(shows, format string, a ...any) Finding {
	return f.answer(NotTold, shows, fmt.Sprintf(format, a...))
}

// lacks says why there is no curve of a trial.
func (s *session) lacks(t trial, needs string) string {
	c := s.curves[t]
	switch {
	case c == nil:
		return fmt.Sprintf("the grid does not set %s; set it in [fixed] and place {%s} in the command", needs, needs)
	case c.err != nil:
		return fmt.Sprintf("the run with %s failed: %v", t, c.err)
	default:
		return "it logs no loss at step 1; log every step (logging_steps = 1 of transformers' Trainer)"
	}
}
