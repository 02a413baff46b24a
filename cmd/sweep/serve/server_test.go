package serve_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sweep/cmd/sweep/serve"
	"sweep/store"
	"sweep/sweep"
	"sweep/sweep/grid"
)

// little is a grid of 12 runs.
const little = `name = "little"
question = "Does alpha matter?"
[fixed]
model = "builtin:tiny"
data = "builtin:menus"
steps = 30
holdout = 0.1
eval_every = 10
[grid]
alpha = [8, 32]
lr = [1e-3, 1e-2, 5e-2]
seed = [0, 1]
`

// options are those of a program whose store lies at a path.
func options(path string) serve.Options {
	return serve.Options{
		Store: "sweep.db",
		Open: func(context.Context) (sweep.Store, error) {
			return store.OpenReadOnly(path, sweep.Patience{For: 100 * time.Millisecond})
		},
		Complete: func(saved sweep.SavedSweep, results []sweep.Result) (serve.Grid, error) {
			spec, err := grid.DecodeSpec(strings.NewReader(saved.TOML), "grid.toml")
			if err != nil {
				return serve.Grid{}, err
			}
			return serve.Grid{Results: spec.Complete(results), Axes: spec.AxisNames(), Train: "sweep run " + saved.File}, nil
		},
		See: func(*sweep.Result) {},
		Run: func(context.Context, sweep.SavedSweep, sweep.Result) serve.RunText {
			return serve.RunText{Train: "sweep run grid.toml"}
		},
	}
}

// site is a server of a store.
type site struct {
	*httptest.Server
	t testing.TB
}

func newSite(t testing.TB, o serve.Options) site {
	t.Helper()
	pages := serve.New(o)
	s := httptest.NewServer(pages.Handler())
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
		if err := pages.Close(); err != nil {
			t.Error(err)
		}
	})
	return site{s, t}
}

// ask sends a request that change may change, and returns the answer with its text.
func (s site) ask(method, path string, change func(*http.Request)) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequest(method, s.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer, string(text)
}

// get returns what lies at a path, which must be there.
func (s site) get(path string) string {
	s.t.Helper()
	answer, text := s.ask(http.MethodGet, path, nil)
	if answer.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %s: %s", path, answer.Status, text)
	}
	return text
}

// message is a board, or an event.
type message struct {
	Version, Trouble string
	Whole            bool
	Parts            map[string]json.RawMessage
}

func (s site) board(name, query string) (m message) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.get("/sweep/"+url.PathEscape(name)+"/board?"+query)), &m); err != nil {
		s.t.Fatal(err)
	}
	return m
}

// part decodes a part of a message.
func part[T any](t testing.TB, m message, name string) (v T) {
	t.Helper()
	text, ok := m.Parts[name]
	if !ok {
		t.Fatalf("there is no part %q among %d", name, len(m.Parts))
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("part %s: %v", name, err)
	}
	return v
}

// answered is what a page has of an answer.
type answered struct {
	Answers []struct {
		Use     string
		Unknown []struct{ Text, Try string }
	}
	Claims []struct{ Letter, Verdict string }
}

func TestTheFirstScreenHasTheAnswerAndTheValleys(t *testing.T) {
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	s.train(s.runs...)
	at := newSite(t, options(s.path))
	m := at.board("little", "rows=1")
	if use := part[answered](t, m, "answer").Answers[0].Use; !strings.HasPrefix(use, "Use alpha ") {
		t.Errorf("the answer is %q", use)
	}
	line := part[struct {
		By    string
		Cells []struct {
			Label string
			X     float64
			Mean  float64
			Done  int
			Runs  []int
		}
	}](t, m, "line/1")
	if line.By != "32" || len(line.Cells) != 3 || line.Cells[1].X != 1e-2 || line.Cells[1].Done != 2 || len(line.Cells[1].Runs) != 2 {
		t.Errorf("the line of alpha 32 is %+v", line)
	}
	if row := part[[]any](t, m, "run/11"); row[0] != s.runs[11].Key || row[1] != s.runs[11].Name {
		t.Errorf("the last row is %v", row)
	}
	page := at.get("/sweep/little")
	if !strings.Contains(page, "Use alpha ") || !strings.Contains(page, "Does alpha matter?") {
		t.Errorf("the page does not say what to use:\n%s", page)
	}
}

func TestBeforeARunHasEndedAPageSaysNotYet(t *testing.T) {
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	points, _ := s.curve(s.runs[0])
	s.observe(s.runs[0], s.begin(s.runs[0]), points[:7])
	m := newSite(t, options(s.path)).board("little", "")
	if use := part[answered](t, m, "answer").Answers[0].Use; !strings.Contains(use, "othing to recommend yet") {
		t.Errorf("the answer is %q", use)
	}
	line := part[struct {
		Cells []struct{ Training []struct{ Step, Of int } }
		Why   string
	}](t, m, "line/0")
	if training := line.Cells[0].Training; len(training) != 1 || training[0].Step != 7 || training[0].Of != 30 {
		t.Errorf("the cell in training is %+v", line.Cells[0])
	}
	if !strings.HasPrefix(line.Why, "not yet") {
		t.Errorf("why there is no best lr: %q", line.Why)
	}
}

func TestWhoMayAsk(t *testing.T) {
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	o := options(s.path)
	o.Hosts = []string{"Sweeps.example.org"}
	at := newSite(t, o)
	for _, c := range []struct {
		name   string
		method string
		path   string
		change func(*http.Request)
		want   int
	}{
		{"an address", "GET", "/", nil, 200},
		{"localhost", "GET", "/", func(r *http.Request) { r.Host = "localhost:1234" }, 200},
		{"a name that was given", "GET", "/", func(r *http.Request) { r.Host = "sweeps.example.org" }, 200},
		{"a name that was made to point here", "GET", "/", func(r *http.Request) { r.Host = "evil.example.org:8473" }, 421},
		{"a name that begins as an address", "GET", "/", func(r *http.Request) { r.Host = "127.0.0.1.evil.example.org" }, 421},
		{"a script of another site", "GET", "/sweep/little/board", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example.org") }, 403},
		{"a sandboxed page", "GET", "/sweep/little/board", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		{"an event stream of another site", "GET", "/sweep/little/events", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		{"a picture of another site", "GET", "/sweep/little/board", func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "same-site")
			r.Header.Set("Sec-Fetch-Mode", "no-cors")
		}, 403},
		{"a link on another site", "GET", "/sweep/little", func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			r.Header.Set("Sec-Fetch-Dest", "document")
		}, 200},
		{"a frame of another site", "GET", "/sweep/little", func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			r.Header.Set("Sec-Fetch-Dest", "iframe")
		}, 403},
		{"a form of another site", "POST", "/sweep/little/note", func(r *http.Request) { r.Header.Set("Origin", "http://evil.example.org") }, 403},
		{"a note where pages only read", "POST", "/sweep/little/note", nil, 403},
		{"a method that there is not", "DELETE", "/sweep/little", nil, 405},
		{"a sweep that there is not", "GET", "/sweep/nosuch", nil, 404},
		{"a file outside the assets", "GET", "/assets/x/..%2fserver.go", nil, 404},
		{"a template", "GET", "/assets/x/sweep.html.tmpl", nil, 404},
	} {
		if answer, text := at.ask(c.method, c.path, c.change); answer.StatusCode != c.want {
			t.Errorf("%s: %s, want %d: %.200s", c.name, answer.Status, c.want, text)
		}
	}
	answer, _ := at.ask("GET", "/sweep/little", nil)
	for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'; script-src 'self';", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"} {
		if got := answer.Header.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s is %q", name, got)
		}
	}
}

func TestATokenIsAskedForOnce(t *testing.T) {
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	o := options(s.path)
	o.Token = "correct horse"
	at := newSite(t, o)
	for _, path := range []string{"/", "/sweep/little", "/sweep/little/board", "/sweep/little/events", "/assets/x/app.js", "/?token=wrong"} {
		if answer, text := at.ask("GET", path, nil); answer.StatusCode != 401 || strings.Contains(text, "little") {
			t.Errorf("%s without the token: %s", path, answer.Status)
		}
	}
	forged := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "sweep", Value: "correct horse"}) }
	if answer, _ := at.ask("GET", "/", forged); answer.StatusCode != 401 {
		t.Errorf("the token itself as the cookie: %s", answer.Status)
	}
	answer, _ := at.ask("GET", "/sweep/little?token=correct+horse&x=1", nil)
	if to := answer.Header.Get("Location"); answer.StatusCode != 303 || to != "/sweep/little?x=1" {
		t.Fatalf("with the token: %s to %q", answer.Status, to)
	}
	cookies := answer.Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || strings.Contains(cookies[0].Value, "horse") {
		t.Fatalf("the cookie is %v", cookies)
	}
	if answer, _ := at.ask("GET", "/sweep/little", func(r *http.Request) { r.AddCookie(cookies[0]) }); answer.StatusCode != 200 {
		t.Errorf("with the cookie: %s", answer.Status)
	}
	form := func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body = io.NopCloser(strings.NewReader("token=correct+horse"))
	}
	if answer, _ := at.ask("POST", "/enter", form); answer.StatusCode != 303 || len(answer.Cookies()) != 1 {
		t.Errorf("by the form: %s, %v", answer.Status, answer.Cookies())
	}
	if answer, _ := at.ask("GET", "//evil.example.org?token=correct+horse", nil); strings.HasPrefix(answer.Header.Get("Location"), "//") {
		t.Errorf("a visitor is sent to %s", answer.Header.Get("Location"))
	}
}

func TestWhatIsAskedWronglyIsRefused(t *testing.T) {
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	s.train(s.runs[:4]...)
	at := newSite(t, options(s.path))
	for path, want := range map[string]string{
		"board?by=nosuch":                    "does not vary",
		"board?metric=nosuch":                "no run of this sweep has the metric",
		"curves?columns=0":                   "up to 10,000",
		"curves?from=NaN":                    "no number",
		"curves?x=minutes":                   "step, tokens or seconds",
		"curves?where=nosuch+%3D+1":          "nosuch",
		"match?where=lr+%3C":                 "lr <",
		"heat?x=alpha&y=alpha":               "two axes",
		"run?run=nosuch":                     "no run",
		"compare?a=nosuch&b=nosuch":          "no run",
		"curves?keys=" + s.runs[0].Key + ",": "no run",
	} {
		answer, text := at.ask("GET", "/sweep/little/"+path, nil)
		var said struct{ Error string }
		if err := json.Unmarshal([]byte(text), &said); err != nil || answer.StatusCode < 400 || answer.StatusCode >= 500 || !strings.Contains(said.Error, want) {
			t.Errorf("%s: %s: %s, want it to say %q", path, answer.Status, text, want)
		}
	}
}
