package serve

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sweep/sweep"
)

//go:embed assets
var assets embed.FS

// Server has the pages of a store.
type Server struct {
	opts    Options
	store   *reopened
	guard   guard
	pages   *template.Template
	modules string // the path of the scripts and styles, which names their content
	scripts []string
	streams chan struct{}

	mu      sync.Mutex
	watches map[string]*watch
}

// mostStreams is how many pages are kept up to date at once.
const mostStreams = 2000

// New returns the pages of a store. Close ends their use of it.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Patience == 0 {
		o.Patience = 30 * time.Second
	}
	s := &Server{opts: o, store: &reopened{open: o.Open}, guard: newGuard(o), watches: map[string]*watch{}, streams: make(chan struct{}, mostStreams)}
	s.modules, s.scripts = "/assets/"+assetsHash(), scripts()
	s.pages = pages()
	return s
}

// Close ends the use of the store.
func (s *Server) Close() error { return s.store.Close() }

// Handler answers requests.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("GET /assets/{hash}/{file}", s.asset)
	mux.HandleFunc("GET /sweep/{name}", s.page)
	mux.HandleFunc("GET /sweep/{name}/board", s.of(s.board))
	mux.HandleFunc("GET /sweep/{name}/events", s.events)
	mux.HandleFunc("GET /sweep/{name}/curves", s.of(s.curvesOf))
	mux.HandleFunc("GET /sweep/{name}/match", s.of(s.match))
	mux.HandleFunc("GET /sweep/{name}/run", s.of(s.run))
	mux.HandleFunc("GET /sweep/{name}/compare", s.of(s.compare))
	mux.HandleFunc("GET /sweep/{name}/heat", s.of(s.heat))
	mux.HandleFunc("POST /sweep/{name}/note", s.of(s.note))
	return s.guard.protect(mux)
}

// watch returns the watch of a sweep.
func (s *Server) watch(name string) *watch {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.watches[name]
	if w == nil {
		w = newWatch(name, s.store, &s.opts)
		s.watches[name] = w
	}
	return w
}

// forget drops the watch of a sweep that is not there.
func (s *Server) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.watches, name)
}

// sweepNamed returns the watch of the sweep that a request names, and the sweep as of a
// moment ago.
func (s *Server) sweepNamed(r *http.Request) (*watch, *snapshot, error) {
	name := r.PathValue("name")
	if !s.shows(name) {
		return nil, nil, &sweep.NotFoundError{Kind: "sweep", Name: name, Known: s.opts.Only}
	}
	w := s.watch(name)
	now, err := w.fresh(r.Context())
	if err != nil && isMissing(err) {
		s.forget(name)
	}
	return w, now, err
}

// shows reports whether a sweep is one of those that are shown.
func (s *Server) shows(name string) bool {
	return len(s.opts.Only) == 0 || slices.Contains(s.opts.Only, name)
}

// answering is what answers requests for something of a sweep.
type answering func(w http.ResponseWriter, r *http.Request, of *watch, s *snapshot) error

// of answers requests for something of a sweep.
func (s *Server) of(answer answering) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		of, now, err := s.sweepNamed(r)
		if err == nil {
			err = answer(w, r, of, now)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	}
}

// badRequest is an error of who asks.
type badRequest struct{ error }

func (e badRequest) Unwrap() error { return e.error }

// fail answers with an error as JSON.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	code := http.StatusServiceUnavailable
	var bad badRequest
	switch {
	case r.Context().Err() != nil:
		return // nobody listens any more
	case errors.As(err, &bad):
		code = http.StatusBadRequest
	case isMissing(err):
		code = http.StatusNotFound
	}
	if code == http.StatusServiceUnavailable {
		s.opts.Log.Warn("cannot answer", "path", r.URL.Path, "error", err)
	}
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": shown(err.Error())}) // nobody to tell
}

// reply answers with v as JSON.
func reply(w http.ResponseWriter, r *http.Request, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return compressed(w, r, text)
}

// boardMessage is all that is on the first screen, or what is new of it.
type boardMessage struct {
	Version string                     `json:"version"`
	Trouble string                     `json:"trouble"` // why the store cannot be read for now
	Whole   bool                       `json:"whole"`   // what is not in Parts is gone
	Parts   map[string]json.RawMessage `json:"parts"`
}

// board answers with the first screen of a sweep.
func (s *Server) board(w http.ResponseWriter, r *http.Request, of *watch, now *snapshot) error {
	key, err := boardKeyOf(r, now)
	if err != nil {
		return err
	}
	var late <-chan time.Time
	if r.URL.Query().Get("soon") != "" {
		late = time.After(aMoment)
	}
	m, err := of.whole(r.Context(), key, now, r.URL.Query().Get("rows") != "", late)
	if err != nil {
		return err
	}
	return reply(w, r, m)
}

// boardKeyOf reads what a page compares by.
func boardKeyOf(r *http.Request, s *snapshot) (boardKey, error) {
	key := boardKey{by: r.URL.Query().Get("by"), metric: r.URL.Query().Get("metric")}
	if key.metric == "" {
		key.metric = "loss"
	}
	if key.by != "" && !s.hasAxis(key.by) {
		return key, badRequest{fmt.Errorf("%q does not vary in this sweep", key.by)}
	}
	if !slices.Contains(metricsOf(s.results), key.metric) {
		return key, badRequest{fmt.Errorf("no run of this sweep has the metric %q", key.metric)}
	}
	return key, nil
}

// whole is all there is, with the answer, or without it where that is not made until it is late.
func (w *watch) whole(ctx context.Context, key boardKey, now *snapshot, rows bool, late <-chan time.Time) (boardMessage, error) {
	for {
		m, more := w.message(key, now, cursor{}, rows)
		if more.made == nil {
			return m, nil
		}
		select {
		case <-more.made:
		case <-late:
			return m, nil
		case <-ctx.Done():
			return m, ctx.Err()
		}
	}
}

// message is what changed after a cursor, and what is to come.
func (w *watch) message(key boardKey, now *snapshot, since cursor, rows bool) (m boardMessage, more pending) {
	m = boardMessage{Whole: since == cursor{}, Parts: map[string]json.RawMessage{}}
	b := w.boardOf(key)
	b.mu.Lock()
	more = b.update(now)
	b.parts.since(since.board, m.Parts)
	next := cursor{board: b.parts.version}
	b.mu.Unlock()
	w.mu.Lock()
	w.parts.since(since.watch, m.Parts)
	next.watch, m.Trouble = w.parts.version, w.trouble
	w.mu.Unlock()
	m.Version = next.String()
	if !rows {
		for name := range m.Parts {
			if strings.HasPrefix(name, "run/") {
				delete(m.Parts, name)
			}
		}
	}
	return m, more
}

func (w *watch) boardOf(key boardKey) *board {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.boards[key]
	if b == nil {
		j := w.judged[key.metric]
		if j == nil {
			j = &judged{}
			w.judged[key.metric] = j
		}
		b = &board{key: key, judged: j}
		w.boards[key] = b
	}
	return b
}

// epoch tells the cursors of this process from those of another.
var epoch = fmt.Sprintf("%x", time.Now().UnixNano())

// cursor is up to where a page has what there is: which version of the parts of its board,
// and of those of its sweep. The zero cursor is that of a page that has nothing.
type cursor struct{ board, watch int64 }

// String is the cursor as pages have it.
func (c cursor) String() string { return fmt.Sprintf("%s.%d.%d", epoch, c.board, c.watch) }

// readCursor reads a cursor; one of another process is zero.
func readCursor(text string) (c cursor) {
	of, rest, _ := strings.Cut(text, ".")
	if of != epoch {
		return cursor{}
	}
	if n, _ := fmt.Sscanf(rest, "%d.%d", &c.board, &c.watch); n < 2 {
		return cursor{}
	}
	return c
}

// index lists the sweeps of the store.
func (s *Server) index(w http.ResponseWriter, r *http.Request) {
	list, err := s.sweeps(r.Context())
	page := indexPage{Modules: s.modules, Store: s.opts.Store, Sweeps: list}
	if err != nil {
		page.Trouble = shown(err.Error())
	}
	s.render(w, r, "index.html.tmpl", page)
}

// indexPage lists sweeps.
type indexPage struct {
	Modules, Store, Trouble string
	Sweeps                  []sweepItem
	Static                  bool // it is a file
}

type sweepItem struct {
	Name, Question, Path, Saved string
	Note                        string
	Tags                        []string
	Runs, Done, Diverged        int
	Running                     int
	Share                       int // per cent of the runs that ended
}

// sweeps are those of the store, the newest first.
func (s *Server) sweeps(ctx context.Context) ([]sweepItem, error) {
	st, err := s.store.get(ctx)
	if err != nil {
		return nil, err
	}
	heads, err := st.SweepHeads(ctx)
	if err != nil {
		return nil, s.store.failed(ctx, st, err)
	}
	counts, err := st.StateCounts(ctx)
	if err != nil {
		return nil, s.store.failed(ctx, st, err)
	}
	notes, err := st.SweepNotes(ctx)
	if err != nil {
		return nil, s.store.failed(ctx, st, err)
	}
	var items []sweepItem
	for _, sw := range heads {
		if !s.shows(sw.Name) {
			continue
		}
		of := counts[sw.Name]
		item := sweepItem{
			Name: shown(sw.Name), Question: shown(sw.Question), Path: sweepPath(sw.Name), Saved: sw.Saved.Local().Format("2006-01-02 15:04"),
			Note: shown(notes[sw.Name].Text), Done: of[sweep.StateDone], Diverged: of[sweep.StateDiverged], Running: of[sweep.StateRunning],
			Tags: allShown(notes[sw.Name].Tags),
		}
		for _, n := range of {
			item.Runs += n
		}
		if item.Runs > 0 {
			item.Share = 100 * (item.Done + item.Diverged) / item.Runs
		}
		items = append(items, item)
	}
	return items, nil
}
