package main

import (
	"context"
	"fmt"
	"io"
	"sync"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
)

// notices prints what a store reports, from any goroutine.
type notices struct {
	mu  sync.Mutex
	say func(text string)
}

// newNotices prints lines to w, until move is called.
func newNotices(w io.Writer) *notices {
	return &notices{say: func(text string) { fmt.Fprintln(w, wrap("note: "+text, 79, "  ")) }}
}

// move prints later notices elsewhere.
func (n *notices) move(say func(text string)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.say = say
}

// waiting is the patience with a store that another process has locked: it is
// waited for, with a notice, until ctx ends.
func (n *notices) waiting(ctx context.Context, db string) sweep.Patience {
	p := sweep.DefaultPatience()
	p.Stop = ctx.Done()
	p.Tell = func(locked bool) {
		n.mu.Lock()
		defer n.mu.Unlock()
		if locked {
			n.say(fmt.Sprintf("%s is locked by another process; waiting for it, for up to %s", db, humanize.Duration(p.For.Seconds())))
		} else {
			n.say(db + " is free again; going on")
		}
	}
	return p
}
