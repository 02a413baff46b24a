package main

import (
	"fmt"
	"strings"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
)

// living tells runs in training from those whose process has died.
type living struct{ dead func(owner string) bool }

func newLiving() living { return living{ownerDead(thisProcess(), processOf)} }

// see makes a run pending whose process is known to have died, before its lease
// lapses, and names the owner of any other as people know it.
func (l living) see(r *sweep.Result) {
	switch {
	case r.State != sweep.StateRunning:
	case l.dead(r.Progress.Owner):
		r.State, r.Progress.Owner = sweep.StatePending, ""
	default:
		r.Progress.Owner = shortOwner(r.Progress.Owner)
	}
}

// notable is what there is to say of the runs of a list.
type notable struct {
	copies, diverged bool
	judged           bool     // the completions of some were judged
	noted            bool     // some have a note or a tag
	training         bool     // some are in training, or stopped
	stopped          []string // those that were stopped, and where
	more             int      // stopped beyond those
}

func (n *notable) note(r sweep.Result) {
	n.copies = n.copies || r.CopyOf != ""
	n.judged = n.judged || r.Match.Known()
	n.diverged = n.diverged || r.State == sweep.StateDiverged
	n.noted = n.noted || !r.Note.Empty()
	running := r.State == sweep.StateRunning
	n.training = n.training || running || r.Progress.Begun()
	if running || !r.Progress.Begun() {
		return
	}
	const few = 3
	if len(n.stopped) == few {
		n.more++
		return
	}
	n.stopped = append(n.stopped, r.Name+" "+stoppedAt(r))
}

// idle reports whether a column has nothing to say of the runs.
func (n *notable) idle(column string) bool {
	switch column {
	case "copy_of":
		return !n.copies
	case "match":
		return !n.judged
	case "tags", "note":
		return !n.noted
	case "steps", "last_loss", "tokens_per_second", "owner":
		return !n.training
	default:
		return false
	}
}

// caption explains the states.
func (n *notable) caption() string {
	var parts []string
	if n.diverged {
		parts = append(parts, "Diverged: "+sweep.WhenDiverged+".")
	}
	if len(n.stopped) > 0 {
		text := strings.Join(n.stopped, "; ")
		if n.more > 0 {
			text += fmt.Sprintf("; %d more", n.more)
		}
		parts = append(parts, text+".")
	}
	return strings.Join(parts, " ")
}

// stoppedAt says where a run without outcome was stopped, and what becomes of that.
func stoppedAt(r sweep.Result) string {
	return fmt.Sprintf("stopped at step %d of %d; 'sweep run' %s", r.Progress.Step, r.Params.Steps, goesOn(r.Progress))
}

// goesOn says from where a run that was stopped is trained on.
func goesOn(p sweep.Progress) string {
	switch {
	case p.Checkpoint == 0:
		return "begins it anew, as it was stopped before its first checkpoint"
	case p.Checkpoint < p.Step:
		return fmt.Sprintf("goes on from its last checkpoint, at step %d", p.Checkpoint)
	default:
		return "goes on from there"
	}
}

// trainingAt says where a run in training is.
func trainingAt(r sweep.Result, now time.Time) string {
	p := r.Progress
	text := fmt.Sprintf("step %d of %d", p.Step, r.Params.Steps)
	if p.Owner != "" {
		text += ", by " + p.Owner
	}
	if p.TokensPerSecond > 0 {
		text += ", " + humanize.Thousands(p.TokensPerSecond) + " tokens/s"
	}
	if silent := now.Sub(p.Heard); silent > 5*time.Second {
		text += ", last heard of " + humanize.Duration(silent.Seconds()) + " ago"
	}
	return text
}
