package serve

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	// heartbeat is how often a stream says that it is alive.
	heartbeat = 15 * time.Second
)

// events sends what is new of the first screen and the table, as it comes. A page that
// comes back says up to where it has all, and is sent the rest. Each page takes what has
// changed at its own pace.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", "10")
		http.Error(w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	of, now, err := s.sweepNamed(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	key, err := boardKeyOf(r, now)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	since := r.Header.Get("Last-Event-ID")
	if since == "" {
		since = r.URL.Query().Get("since")
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	out := stream{w: w, control: http.NewResponseController(w), patience: s.opts.Patience}
	if out.send("retry: 2000\n\n") != nil {
		return
	}
	of.arrive()
	defer of.leave()
	have, trouble := readCursor(since), ""
	of.curves.begin(r.Context(), s.store, now) // so that they are there when they are asked for, which tells of trouble
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for first := true; ; first = false {
		now, changed := of.state()
		m, more := of.message(key, now, have, true)
		if len(m.Parts) > 0 || m.Trouble != trouble || first {
			if out.message(m) != nil {
				return
			}
		}
		have, trouble = readCursor(m.Version), m.Trouble
		var later <-chan time.Time
		if more.due > 0 {
			later = time.After(more.due)
		}
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			if out.send(": alive\n\n") != nil {
				return
			}
		case <-changed:
		case <-more.made:
		case <-later:
		}
	}
}

// stream writes events.
type stream struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
}

// send writes text at once. It fails where the visitor is gone, or too slow.
func (s stream) send(text string) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(s.patience)) // where there is none, the connection's own holds
	if _, err := fmt.Fprint(s.w, text); err != nil {
		return err
	}
	return s.control.Flush()
}

func (s stream) message(m boardMessage) error {
	return s.send("id: " + m.Version + "\ndata: " + string(encode(m)) + "\n\n")
}

// state is the sweep as it was read last, and what is closed when it changes.
func (w *watch) state() (*snapshot, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now, w.changed
}

// arrive has the sweep followed while anybody is here.
func (w *watch) arrive() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.visitors++
	if w.visitors == 1 {
		ctx, stop := context.WithCancel(context.Background())
		w.stop = stop
		go w.follow(ctx)
	}
}

func (w *watch) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.visitors--
	if w.visitors == 0 {
		w.stop()
	}
}
