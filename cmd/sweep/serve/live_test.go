package serve_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sweep/store/sqlite/sqlitetest"
	"sweep/sweep"
)

// soon is how long an event may take to come, on a machine that is busy.
const soon = 20 * time.Second

// stream is a page that is kept up to date.
type stream struct {
	t      testing.TB
	events chan message
	close  context.CancelFunc
}

// follow opens the stream of a sweep.
func (s site) follow(name, query string) *stream {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/sweep/"+url.PathEscape(name)+"/events?"+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		s.t.Fatalf("the stream: %s", answer.Status)
	}
	one := &stream{t: s.t, events: make(chan message, 100), close: cancel}
	go func() {
		defer func() { _ = answer.Body.Close() }()
		defer close(one.events)
		lines := bufio.NewScanner(answer.Body)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var m message
				if json.Unmarshal([]byte(text), &m) == nil {
					one.events <- m
				}
			}
		}
	}()
	return one
}

// next is the next event for which a condition holds, with the parts of those before it.
func (s *stream) next(is func(message) bool) message {
	s.t.Helper()
	late := time.After(soon)
	all := map[string]json.RawMessage{}
	for {
		select {
		case m, ok := <-s.events:
			if !ok {
				s.t.Fatal("the stream has ended")
			}
			for name, text := range m.Parts {
				all[name] = text
			}
			if is(m) {
				m.Parts = all
				return m
			}
		case <-late:
			s.t.Fatalf("nothing came in %v but %d parts", soon, len(all))
		}
	}
}

func anything(message) bool { return true }

func TestAPageIsSentWhatIsNewAlone(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	s.train(s.runs[:3]...)
	at := newSite(t, options(s.path))
	whole := at.board("little", "rows=1")
	page := at.follow("little", "since="+whole.Version)
	if first := page.next(anything); len(first.Parts) != 0 || first.Whole {
		t.Errorf("a page that has all is sent %d parts", len(first.Parts))
	}
	run := s.runs[5]
	points, outcome := s.curve(run)
	attempt := s.begin(run)
	s.observe(run, attempt, points[:4])
	m := page.next(func(m message) bool { return m.Parts["run/5"] != nil })
	for name := range m.Parts {
		if !slices.Contains([]string{"run/5", "line/0", "progress", "columns"}, name) {
			t.Errorf("a run was begun, and the page is sent %s", name)
		}
	}
	page.close()
	s.observe(run, attempt, points[4:])
	if err := s.store.Finish(t.Context(), run.Key, attempt, outcome); err != nil {
		t.Fatal(err)
	}
	again := at.follow("little", "since="+m.Version)
	missed := again.next(func(m message) bool { return m.Parts["run/5"] != nil })
	if missed.Whole || missed.Parts["run/4"] != nil || missed.Parts["sweep"] != nil {
		t.Errorf("a page that was away is sent more than it missed: %d parts", len(missed.Parts))
	}
	if row := part[[]any](t, missed, "run/5"); row[2] != "done" {
		t.Errorf("the run that ended is %v", row)
	}
	if other := at.follow("little", "since=another.1.1").next(anything); !other.Whole || other.Parts["run/0"] == nil {
		t.Errorf("a page of another process is sent %d parts", len(other.Parts))
	}
}

func TestTheAnswerComesOnceARunHasEnded(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	at := newSite(t, options(s.path))
	page := at.follow("little", "")
	for _, run := range s.runs {
		s.train(run)
	}
	m := page.next(func(m message) bool {
		return strings.Contains(string(m.Parts["answer"]), "Use alpha") && !strings.Contains(string(m.Parts["answer"]), "not yet trained")
	})
	if claims := part[answered](t, m, "answer").Claims; len(claims) == 0 {
		t.Error("no claim has a verdict")
	}
}

func TestAStoreThatIsGoneIsToldAndWaitedFor(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	s.train(s.runs[:2]...)
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	at := newSite(t, options(s.path))
	page := at.follow("little", "")
	page.next(anything)
	troubled := func(m message) bool { return m.Trouble != "" }
	well := func(m message) bool { return m.Trouble == "" }
	for _, c := range []struct {
		name      string
		take, put func() error
		want      string
	}{
		{"removed", func() error { return os.Rename(s.path, s.path+".away") }, func() error { return os.Rename(s.path+".away", s.path) }, "does not exist"},
		{"upgraded", func() error { sqlitetest.Lock(t, s.path, "PRAGMA user_version = 1000")(); return nil }, func() error { sqlitetest.Lock(t, s.path, "PRAGMA user_version = 8")(); return nil }, "schema version 1000"},
		{"replaced by another file", func() error {
			if err := os.Rename(s.path, s.path+".away"); err != nil {
				return err
			}
			return os.WriteFile(s.path, []byte("no store at all, but a text that somebody put there"), 0o600)
		}, func() error { return os.Rename(s.path+".away", s.path) }, ""},
		{"replaced by another store", func() error {
			other := newSynthetic(t, filepath.Join(t.TempDir(), "other.db"), strings.Replace(little, `"little"`, `"other"`, 1))
			if err := other.store.Close(); err != nil {
				return err
			}
			return errors.Join(os.Rename(s.path, s.path+".away"), os.Rename(other.path, s.path))
		}, func() error { return os.Rename(s.path+".away", s.path) }, `no sweep "little"`},
	} {
		if err := c.take(); err != nil {
			t.Fatal(err)
		}
		if m := page.next(troubled); !strings.Contains(m.Trouble, c.want) {
			t.Errorf("%s: the page says %q, want %q", c.name, m.Trouble, c.want)
		}
		if text := at.get("/sweep/little/board"); !strings.Contains(text, "only alpha 8") {
			t.Errorf("%s: what was known is not shown any more: %.300s", c.name, text)
		}
		if err := c.put(); err != nil {
			t.Fatal(err)
		}
		page.next(well)
	}
}

func TestAStoreThatIsLockedIsRead(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	s.train(s.runs[:2]...)
	unlock := sqlitetest.Lock(t, s.path)
	defer unlock()
	if text := newSite(t, options(s.path)).get("/sweep/little"); !strings.Contains(text, "Does alpha matter?") {
		t.Error("a store that is written to is not shown")
	}
}

func TestAStoreThatNobodyElseMayReadIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	s.train(s.runs[:2]...)
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	unlock := sqlitetest.Lock(t, s.path, "PRAGMA locking_mode = EXCLUSIVE")
	at := newSite(t, options(s.path))
	for _, path := range []string{"/", "/sweep/little", "/sweep/little/board"} {
		if _, text := at.ask("GET", path, nil); !strings.Contains(text, "locked") {
			t.Errorf("%s does not say that the store is locked: %.300s", path, text)
		}
	}
	unlock()
	for late := time.Now().Add(soon); ; time.Sleep(50 * time.Millisecond) {
		if _, text := at.ask("GET", "/sweep/little", nil); strings.Contains(text, "Does alpha matter?") {
			return
		} else if time.Now().After(late) {
			t.Fatalf("a store that is free again is not shown: %.300s", text)
		}
	}
}

func TestASweepThatIsRunWithOtherCellsIsShownAnew(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	s.train(s.runs...)
	at := newSite(t, options(s.path))
	page := at.follow("little", "")
	page.next(anything)
	s.save(strings.Replace(little, "alpha = [8, 32]", "alpha = [8]", 1))
	m := page.next(func(m message) bool { _, gone := m.Parts["run/11"]; return gone })
	if string(m.Parts["run/11"]) != "null" || string(m.Parts["line/1"]) != "null" {
		t.Errorf("the cells that are gone are %s and %s", m.Parts["run/11"], m.Parts["line/1"])
	}
}

func TestTwoHundredTabsAreKeptUpToDate(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	var looks atomic.Int64
	o := options(s.path)
	see := o.See
	o.See = func(r *sweep.Result) {
		if r.Key == s.runs[0].Key {
			looks.Add(1)
		}
		see(r)
	}
	at := newSite(t, o)
	tabs := make([]*stream, 200)
	var all sync.WaitGroup
	for i := range tabs {
		all.Go(func() { tabs[i] = at.follow("little", "metric=loss"); tabs[i].next(anything) })
	}
	all.Wait()
	before := looks.Load()
	s.train(s.runs[0])
	for _, tab := range tabs {
		all.Go(func() { tab.next(func(m message) bool { return strings.Contains(string(m.Parts["run/0"]), `"done"`) }) })
	}
	all.Wait()
	if n := looks.Load() - before; n > 5 {
		t.Errorf("the run was read %d times for 200 tabs", n)
	}
}

func TestASlowVisitorKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), fmt.Sprintf(large, 10))
	o := options(s.path)
	o.Patience = time.Second
	at := newSite(t, o)
	slow, err := net.Dial("tcp", at.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Close() }()
	if err := slow.(*net.TCPConn).SetReadBuffer(2048); err != nil {
		t.Fatal(err)
	}
	quick := at.follow("large", "")
	quick.next(anything)
	for range 200 { // more than the buffers between hold
		fmt.Fprintf(slow, "GET /sweep/large/board?rows=1 HTTP/1.1\r\nHost: %s\r\n\r\n", at.Listener.Addr())
	}
	s.train(s.runs[0])
	quick.next(func(m message) bool { return strings.Contains(string(m.Parts["run/0"]), `"done"`) })
	for late := time.Now().Add(soon); time.Now().Before(late); time.Sleep(50 * time.Millisecond) {
		if _, err := fmt.Fprint(slow, "\r\n"); err != nil {
			return // the server has hung up
		}
	}
	t.Error("who takes nothing in is still connected")
}

func TestHostileNamesAreShownAndDoNothing(t *testing.T) {
	t.Parallel()
	const bad = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'&{{.}}`
	name := bad + "\x1b[31m\u202Egnp\u2066\u0000" + strings.Repeat("long ", 60)
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	s.train(s.runs[0])
	note := sweep.Note{Text: name, Tags: []string{bad}}
	if err := s.store.EditNote(t.Context(), sweep.Subject{Key: s.runs[0].Key}, func(sweep.Note) sweep.Note { return note }); err != nil {
		t.Fatal(err)
	}
	saved := sweep.SavedSweep{Name: name, Question: name, TOML: little, File: bad, Saved: time.Now()}
	for _, run := range s.runs {
		saved.Keys, saved.Names = append(saved.Keys, run.Key), append(saved.Names, run.Name+name)
	}
	if err := s.store.SaveSweep(t.Context(), saved); err != nil {
		t.Fatal(err)
	}
	at := newSite(t, options(s.path))
	path := "/sweep/" + url.PathEscape(name)
	for _, where := range []string{"/", path, path + "/board?rows=1", path + "/run?run=" + s.runs[0].Key, path + "/compare?a=" + s.runs[0].Key + "&b=" + s.runs[1].Key, path + "/heat?x=alpha&y=lr", "/sweep/" + url.PathEscape("<script>alert(2)")} {
		answer, text := at.ask("GET", where, nil)
		if answer.StatusCode >= 500 {
			t.Errorf("%.40s: %s: %.200s", where, answer.Status, text)
		}
		for _, no := range []string{"<script>alert", "<img", "\x1b", "\u202E", "\u2066", "\x00"} {
			if strings.Contains(text, no) {
				t.Errorf("%.40s has %q: %q", where, no, text[max(0, strings.Index(text, no)-150):strings.Index(text, no)])
			}
		}
		if kind := answer.Header.Get("Content-Type"); strings.HasPrefix(kind, "application/json") && !json.Valid([]byte(text)) {
			t.Errorf("%.40s is no JSON", where)
		}
	}
}

func TestNotesAreWrittenWherePagesMayWrite(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	s.train(s.runs[0])
	o := options(s.path)
	o.EditNote = s.store.EditNote
	at := newSite(t, o)
	post := func(text string, change func(*http.Request)) (*http.Response, string) {
		return at.ask("POST", "/sweep/little/note", func(r *http.Request) {
			r.Header.Set("Content-Type", "application/json")
			r.Body = readCloser{strings.NewReader(text)}
			if change != nil {
				change(r)
			}
		})
	}
	if answer, text := post(`{"run": "`+s.runs[0].Key+`", "text": "odd", "tags": ["a", "a", " b "]}`, nil); answer.StatusCode != 200 {
		t.Fatalf("%s: %s", answer.Status, text)
	}
	if row := part[[]any](t, at.board("little", "rows=1"), "run/0"); !slices.Contains(row, any("odd")) || !slices.Contains(row, any("a,b")) {
		t.Errorf("the row is %v", row)
	}
	if answer, text := post(`{"text": "whole", "tags": []}`, nil); answer.StatusCode != 200 || part[struct{ Note string }](t, at.board("little", ""), "sweep").Note != "whole" {
		t.Errorf("a note on the sweep: %s: %s", answer.Status, text)
	}
	for name, c := range map[string]struct {
		text   string
		change func(*http.Request)
	}{
		"a form":                  {`{"text": "x"}`, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }},
		"another site":            {`{"text": "x"}`, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example.org") }},
		"a tag with a comma":      {`{"text": "x", "tags": ["a,b"]}`, nil},
		"no JSON":                 {`text`, nil},
		"a run that there is not": {`{"run": "nosuch", "text": "x"}`, nil},
	} {
		if answer, text := post(c.text, c.change); answer.StatusCode < 400 || answer.StatusCode >= 500 {
			t.Errorf("%s: %s: %s", name, answer.Status, text)
		}
	}
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
