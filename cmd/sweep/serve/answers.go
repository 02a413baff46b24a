package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"sweep/cmd/sweep/report"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// answersIn are what to use by a board.
func answersIn(m boardMessage) []useText {
	var a answerPart
	if err := json.Unmarshal(m.Parts["answer"], &a); err != nil {
		return nil // there is no answer yet
	}
	return a.Answers
}

// match answers with the places of the runs for which a condition holds.
func (s *Server) match(w http.ResponseWriter, r *http.Request, _ *watch, now *snapshot) error {
	places, err := selected(now, r.URL.Query().Get("where"))
	if err != nil {
		return err
	}
	return reply(w, r, places)
}

// factPart is a fact about a run.
type factPart struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Doc   string `json:"doc"`
}

// runAnswer is all there is to know of a run, but for its curve.
type runAnswer struct {
	Run      int        `json:"run"`
	Name     string     `json:"name"`
	Key      string     `json:"key"`
	State    string     `json:"state"`
	Note     string     `json:"note"`
	Tags     []string   `json:"tags"`
	Begun    bool       `json:"begun"` // so that it can be noted on
	Outcome  []factPart `json:"outcome"`
	Settings []factPart `json:"settings"` // that differ from the defaults
	Defaults []factPart `json:"defaults"`
	Origin   []factPart `json:"origin"`
	Data     string     `json:"data"`
	Error    string     `json:"error"`
	Log      string     `json:"log"`
	LogPlace string     `json:"logPlace"`
	Train    string     `json:"train"`
}

// placeOf is the place of the run that a text names: its name, or the start of its key.
func placeOf(s *snapshot, text string) (int, error) {
	found := -1
	for i := range s.results {
		r := &s.results[i]
		if r.Name == text || r.Key == text {
			return i, nil
		}
		if text != "" && strings.HasPrefix(r.Key, text) {
			if found >= 0 && s.results[found].Key != r.Key {
				return 0, badRequest{fmt.Errorf("%q is the start of several keys", text)}
			}
			found = i
		}
	}
	if found < 0 {
		return 0, &sweep.NotFoundError{Kind: "run", Name: text}
	}
	return found, nil
}

// run answers with all there is to know of a run.
func (s *Server) run(w http.ResponseWriter, r *http.Request, _ *watch, now *snapshot) error {
	i, err := placeOf(now, r.URL.Query().Get("run"))
	if err != nil {
		return err
	}
	return reply(w, r, s.runAnswer(r.Context(), now, i))
}

// runAnswer is all there is to know of the run at a place.
func (s *Server) runAnswer(ctx context.Context, now *snapshot, i int) runAnswer {
	one := now.results[i]
	a := runAnswer{
		Run: i, Name: shown(one.Name), Key: one.Key, State: string(stateOf(&one)), Note: shown(one.Note.Text), Tags: allShown(one.Note.Tags), Begun: one.Attempt > 0,
		Error: shown(one.Error), Outcome: outcomeOf(one), Origin: originOf(one),
	}
	a.Settings, a.Defaults = settingsOf(one)
	if one.Rows != nil {
		a.Data = report.RowsText(*one.Rows, []sweep.Params{one.Params})
	}
	text := s.opts.Run(ctx, now.saved, one)
	a.Train, a.Log, a.LogPlace = shown(text.Train), shown(text.Log), shown(text.LogPlace)
	return a
}

// facts are what a run has in columns.
func facts(r sweep.Result, names []string) []factPart {
	all := []factPart{}
	for _, name := range names {
		c, err := sweep.LookupColumn(name)
		if err == nil && c.Known(r) {
			all = append(all, factPart{c.Name, shown(textOf(c.Value(r))), c.Doc})
		}
	}
	return all
}

func outcomeOf(r sweep.Result) []factPart {
	all := facts(r, []string{"attempt", "trained", "last_loss", "owner", "loss", "eval_loss", "first_loss", "match", "first_match", "tokens_per_second", "seconds", "copy_of", "curve_hash"})
	if !r.Progress.Heard.IsZero() && r.State == sweep.StateRunning {
		all = append(all, factPart{"heard", r.Progress.Heard.Local().Format(time.DateTime), "last sign of life of the latest attempt"})
	}
	for _, m := range r.Measures {
		all = append(all, factPart{shown(m.Name), textOf(m.Value), "last value that the command logged"})
	}
	return all
}

func originOf(r sweep.Result) []factPart {
	all := facts(r, []string{"model_hash", "data_hash", "data_eval_hash", "adapter_hash", "chat_template_hash", "command", "command_hash", "numerics", "version", "revision", "dirty", "cpu", "kernels", "go", "source", "source_hash", "imported"})
	for title, lines := range map[string]string{"environment": r.Environment, "foreign": r.Provenance.Foreign} {
		for line := range strings.Lines(lines) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
			all = append(all, factPart{shown(name), shown(value), title})
		}
	}
	return all
}

// settingsOf are the settings that are known of a run: those that differ from the defaults,
// and the rest.
func settingsOf(r sweep.Result) (changed, kept []factPart) {
	changed, kept = []factPart{}, []factPart{}
	usual := sweep.Result{Run: sweep.Run{Params: sweep.Defaults()}}
	for _, c := range sweep.ParameterColumns(sweep.CustomParameters([]sweep.Result{r})...) {
		if !c.Known(r) {
			continue
		}
		fact := factPart{c.Name, shown(textOf(c.Value(r))), c.Doc}
		if fact.Value == shown(textOf(c.Value(usual))) {
			kept = append(kept, fact)
		} else {
			changed = append(changed, fact)
		}
	}
	return changed, kept
}

// textOf is a value as people read it, in full.
func textOf(v any) string {
	if x, ok := v.(float64); ok {
		return sweep.FormatValue(x)
	}
	return fmt.Sprint(v)
}

// differencePart is a fact that two runs do not share.
type differencePart struct {
	Part   string `json:"part"`
	Name   string `json:"name"`
	First  string `json:"first"`
	Second string `json:"second"`
}

// compareAnswer is what two runs differ in.
type compareAnswer struct {
	Runs        [2]int           `json:"runs"`
	Keys        [2]string        `json:"keys"`
	Names       [2]string        `json:"names"`
	Differences []differencePart `json:"differences"`
	Shared      int              `json:"shared"` // points from the first on that are equal to the bit
	Equal       bool             `json:"equal"`
	Step        int              `json:"step"` // the first that differs
	What        string           `json:"what"` // what differs there
	Values      [2]number        `json:"values"`
}

// compare answers with what two runs differ in.
func (s *Server) compare(w http.ResponseWriter, r *http.Request, _ *watch, now *snapshot) error {
	var a compareAnswer
	var runs [2]sweep.Result
	for k, name := range []string{"a", "b"} {
		i, err := placeOf(now, r.URL.Query().Get(name))
		if err != nil {
			return err
		}
		runs[k] = now.results[i]
		runs[k].Error, _, _ = strings.Cut(runs[k].Error, "\n")
		a.Runs[k], a.Keys[k], a.Names[k] = i, runs[k].Key, shown(runs[k].Name)
	}
	st, err := s.store.get(r.Context())
	if err != nil {
		return err
	}
	points, err := st.Curves(r.Context(), []string{runs[0].Key, runs[1].Key})
	if err != nil {
		return s.store.failed(r.Context(), st, err)
	}
	c := analysis.ContrastOf(runs[0], runs[1], [2][]sweep.Point{points[runs[0].Key], points[runs[1].Key]})
	a.Shared, a.Equal, a.Step, a.What = c.Curves.Shared, c.Curves.Equal, c.Curves.Step, c.Curves.Parts
	a.Values = [2]number{number(c.Curves.Values[0]), number(c.Curves.Values[1])}
	a.Differences = []differencePart{}
	for _, part := range []struct {
		name string
		all  []analysis.Disagreement
	}{{"settings", c.Params}, {"inputs", c.Inputs}, {"provenance", c.Provenance}, {"outcome", c.Outcome}} {
		for _, d := range part.all {
			a.Differences = append(a.Differences, differencePart{part.name, shown(d.Name), cellText(d.First), cellText(d.Second)})
		}
	}
	return reply(w, r, a)
}

func cellText(v any) string {
	if v == nil {
		return ""
	}
	return shown(textOf(v))
}

// heatAnswer is the loss over two axes.
type heatAnswer struct {
	X        axisPart   `json:"x"`
	Y        axisPart   `json:"y"`
	Quantity string     `json:"quantity"`
	Over     []string   `json:"over"` // axes that a cell takes in beside the seed: it has the lowest mean along them
	Cells    []heatCell `json:"cells"`
}

type heatCell struct {
	X        int     `json:"x"` // place of the value
	Y        int     `json:"y"`
	Mean     *number `json:"mean"` // nil where no run is done
	At       string  `json:"at"`   // which values of the other axes have it
	Done     int     `json:"done"`
	Diverged int     `json:"diverged"`
	Left     int     `json:"left"`
	Runs     []int   `json:"runs"`
}

// heat answers with the loss over two axes. Each cell has the lowest of the means over seeds
// that the other axes have: what tuning these would come to.
func (s *Server) heat(w http.ResponseWriter, r *http.Request, _ *watch, now *snapshot) error {
	key, err := boardKeyOf(r, now)
	if err != nil {
		return err
	}
	x, y := r.URL.Query().Get("x"), r.URL.Query().Get("y")
	if !now.hasAxis(x) || !now.hasAxis(y) || x == y {
		return badRequest{fmt.Errorf("a map needs two axes that vary: %q and %q are not", x, y)}
	}
	results, err := compared(now.results, key.metric)
	if err != nil {
		return badRequest{err}
	}
	a, err := heatOf(results, now.axes(), x, y)
	if err != nil {
		return badRequest{err}
	}
	return reply(w, r, a)
}

func heatOf(results []sweep.Result, axes []analysis.Axis, x, y string) (heatAnswer, error) {
	a := heatAnswer{Over: []string{}, Cells: []heatCell{}}
	by := []string{x, y}
	for _, axis := range axes {
		if axis.Name != x && axis.Name != y && axis.Name != analysis.Seed {
			by, a.Over = append(by, axis.Name), append(a.Over, axis.Name)
		}
	}
	g, err := analysis.GroupBy(results, by)
	if err != nil {
		return a, err
	}
	a.Quantity = string(g.Quantity)
	a.X, a.Y = axisNamed(axes, x), axisNamed(axes, y)
	at := map[[2]string]int{}
	for _, group := range g.Groups {
		place := [2]string{group.Settings[0].Value.Text, group.Settings[1].Value.Text}
		i, ok := at[place]
		if !ok {
			i = len(a.Cells)
			at[place] = i
			a.Cells = append(a.Cells, heatCell{X: slices.Index(a.X.Values, shown(place[0])), Y: slices.Index(a.Y.Values, shown(place[1])), Runs: []int{}})
		}
		cell := &a.Cells[i]
		cell.Done, cell.Diverged, cell.Left = cell.Done+group.Tally.Done, cell.Diverged+group.Tally.Diverged, cell.Left+group.Tally.Left()
		if !math.IsNaN(group.Mean) && group.Tally.Diverged == 0 && (cell.Mean == nil || group.Mean < float64(*cell.Mean)) {
			cell.Mean, cell.At = known(group.Mean), settingsText(group.Settings[2:])
		}
	}
	for i := range results {
		place := [2]string{}
		for k, name := range []string{x, y} {
			if v, err := analysis.ValueOf(results[i].Params, name); err == nil {
				place[k] = v.Text
			}
		}
		if c, ok := at[place]; ok {
			a.Cells[c].Runs = append(a.Cells[c].Runs, i)
		}
	}
	return a, nil
}

func axisNamed(axes []analysis.Axis, name string) axisPart {
	for _, axis := range axes {
		if axis.Name == name {
			return newAxisPart(axis)
		}
	}
	return axisPart{Name: name}
}

// noteRequest is a note as a page writes it.
type noteRequest struct {
	Run  string   `json:"run"` // its key, "" for the sweep
	Text string   `json:"text"`
	Tags []string `json:"tags"`
}

// note writes a note on the sweep or on a run.
func (s *Server) note(w http.ResponseWriter, r *http.Request, of *watch, now *snapshot) error {
	if s.opts.EditNote == nil {
		w.WriteHeader(http.StatusForbidden)
		return reply(w, r, map[string]string{"error": "these pages only read; start them with --write to note on runs"})
	}
	if r.Header.Get("Content-Type") != "application/json" {
		return badRequest{fmt.Errorf("a note comes as application/json")}
	}
	var n noteRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&n); err != nil {
		return badRequest{err}
	}
	subject := sweep.Subject{Sweep: now.saved.Name}
	if n.Run != "" {
		i, err := placeOf(now, n.Run)
		if err != nil {
			return err
		}
		subject = sweep.Subject{Key: now.results[i].Key}
	}
	tags := []string{}
	for _, tag := range n.Tags {
		tag = strings.TrimSpace(tag)
		if tag == "" || slices.Contains(tags, tag) {
			continue
		}
		if err := sweep.CheckTag(tag); err != nil {
			return badRequest{fmt.Errorf("tag %w", err)}
		}
		tags = append(tags, tag)
	}
	if err := s.opts.EditNote(r.Context(), subject, func(sweep.Note) sweep.Note { return sweep.Note{Text: n.Text, Tags: tags} }); err != nil {
		return err
	}
	of.mu.Lock()
	of.looked = time.Time{} // so that the note is seen at once
	of.mu.Unlock()
	_, _ = of.fresh(r.Context()) // trouble is told by the page
	return reply(w, r, map[string]bool{"written": true})
}
