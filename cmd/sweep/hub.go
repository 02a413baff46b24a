package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/grid"
)

// onHub is what a name on the Hugging Face hub was found to stand for.
type onHub struct {
	name  string // with the commit, and the path of what is used
	note  string // how it was found, where a person should know; else ""
	files int    // that are not in the cache yet
	bytes int64  // that they have
	cache string // the folder
	fetch func(context.Context, func(fetching)) error
}

// fetching is how far a fetch from the hub came.
type fetching struct {
	file        string
	done, total int64         // bytes
	wait        time.Duration // until the next attempt, 0 if there is no wait
	cause       error         // of the wait
}

// takes says how much is to be fetched.
func (h onHub) takes() string {
	return fmt.Sprintf("%s of %s, %s, into %s", humanize.Count(h.files, "file"), h.name, sweep.FormatBytes(h.bytes), h.cache)
}

// lookUp looks up names on the hub.
func lookUp(ctx context.Context, out streams, t fineTuner, uses []grid.HubUse) ([]onHub, error) {
	line := newFetchLine(out.stderr)
	defer line.close()
	all := make([]onHub, len(uses))
	for i, use := range uses {
		found, err := t.find(ctx, use, line.show)
		if err != nil {
			return nil, interruptedOr(ctx, err)
		}
		if found.note != "" {
			fmt.Fprintln(out.stderr, wrap("note: "+found.note, pageWidth(out.stderr), "  "))
		}
		all[i] = found
	}
	return all, nil
}

// fetchAll fetches what names on the hub stand for, unless the cache has it, and shows
// how it gets on.
func fetchAll(ctx context.Context, out streams, t fineTuner, uses []grid.HubUse) ([]onHub, error) {
	all, err := lookUp(ctx, out, t, uses)
	if err != nil {
		return nil, err
	}
	for _, found := range all {
		if found.files == 0 {
			continue
		}
		fmt.Fprintln(out.stderr, wrap("fetching "+found.takes(), pageWidth(out.stderr), "  "))
		line := newFetchLine(out.stderr)
		err := found.fetch(ctx, line.show)
		line.close()
		if err != nil {
			return nil, interruptedOr(ctx, err)
		}
	}
	return all, nil
}

// interruptedOr is the command's error where it was interrupted, and else err.
func interruptedOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &exitError{code: exitInterrupted}
	}
	return err
}

// fetchSpec fetches what a grid names on the hub, and returns the grid with the commits
// of these names.
func fetchSpec(ctx context.Context, out streams, t fineTuner, spec *grid.Spec) (*grid.Spec, error) {
	uses := spec.HubUses()
	all, err := fetchAll(ctx, out, t, uses)
	if err != nil {
		return nil, err
	}
	return pin(spec, uses, all)
}

func pin(spec *grid.Spec, uses []grid.HubUse, all []onHub) (*grid.Spec, error) {
	found := map[grid.HubUse]string{}
	for i, use := range uses {
		found[use] = all[i].name
	}
	return spec.Pin(found)
}

// errUnfetched is the error of a plan that needs files which are not there yet.
var errUnfetched = errors.New("nothing else can be told before they are fetched")

// pinnedSpec is fetchSpec that fetches nothing: where files are missing it says so.
func pinnedSpec(ctx context.Context, out streams, t fineTuner, spec *grid.Spec) (*grid.Spec, error) {
	uses := spec.HubUses()
	all, err := lookUp(ctx, out, t, uses)
	if err != nil {
		return nil, err
	}
	var missing bool
	for _, found := range all {
		if found.files > 0 {
			missing = true
			fmt.Fprintln(out.stderr, wrap("to be fetched: "+found.takes(), pageWidth(out.stderr), "  "))
		}
	}
	if missing {
		return nil, errUnfetched
	}
	return pin(spec, uses, all)
}

// usesOf are the names on the hub that runs have read.
func usesOf(runs []sweep.Run) (uses []grid.HubUse) {
	for _, run := range runs {
		if run.Params.Command != nil {
			continue // it reads them itself
		}
		for _, q := range sweep.Parameters() {
			if q.Kind == sweep.KindPath && sweep.IsHubName(*q.PathIn(&run.Params)) {
				uses = append(uses, grid.HubUse{Parameter: q.Name, Name: *q.PathIn(&run.Params)})
			}
		}
	}
	return uses
}

// fetchLine shows how a fetch gets on: on a terminal as a line that is redrawn,
// elsewhere as a line now and then.
type fetchLine struct {
	out   io.Writer
	view  *view // nil where lines cannot be redrawn
	began time.Time
	from  int64 // bytes that were there when it began
	shown time.Time
}

func newFetchLine(out io.Writer) *fetchLine {
	now := time.Now()
	return &fetchLine{out: out, view: newView(out), began: now, from: -1, shown: now}
}

// show shows a fetch, unless it did a moment ago. Waits are always shown.
func (l *fetchLine) show(f fetching) {
	if l.from < 0 {
		l.from = f.done
	}
	every := plainEvery
	if l.view != nil {
		every = liveEvery
	}
	now := time.Now()
	if f.wait == 0 && now.Sub(l.shown) < every {
		return
	}
	l.shown = now
	text := l.text(f, now)
	if l.view != nil {
		l.view.draw([]string{text})
		return
	}
	fmt.Fprintln(l.out, text)
}

// text is how far a fetch came.
func (l *fetchLine) text(f fetching, now time.Time) string {
	if f.wait > 0 {
		return fmt.Sprintf("waits %s: %v", humanize.Duration(f.wait.Seconds()), f.cause)
	}
	if f.file == "" {
		return "asking the hub"
	}
	text := fmt.Sprintf("%s of %s, %s", sweep.FormatBytes(f.done), sweep.FormatBytes(f.total), f.file)
	if took := now.Sub(l.began).Seconds(); f.done > l.from && took > 1 {
		rate := float64(f.done-l.from) / took
		text += fmt.Sprintf(", %s/s, %s left", sweep.FormatBytes(int64(rate)), humanize.Duration(float64(f.total-f.done)/rate))
	}
	return text
}

// close takes a line that is redrawn away.
func (l *fetchLine) close() {
	if l.view != nil {
		l.view.clear()
	}
}
