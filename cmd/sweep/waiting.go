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

// waiting is the patience with a store that cannot be used for now: it is waited for,
// with a notice, until ctx ends.
func (n *notices) waiting(ctx context.Context, db storeName) sweep.Patience {
	p := sweep.DefaultPatience()
	p.Stop = ctx.Done()
	p.Tell = func(why string) {
		n.mu.Lock()
		defer n.mu.Unlock()
		if why != "" {
			n.say(fmt.Sprintf("%s %s; waiting for it, for up to %s", db, why, humanize.Duration(p.For.Seconds())))
		} else {
			n.say(fmt.Sprintf("%s is there again; going on", db))
		}
	}
	return p
}
