package serve

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sweep/cmd/sweep/report"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// boardKey is what the first screen of a sweep depends on.
type boardKey struct {
	by     string // the axis that its valleys are told apart by
	metric string // what runs are compared by: "loss", "match" or a measure
}

// board is what a sweep comes to, as the first screen of a page has it.
type board struct {
	key boardKey

	mu    sync.Mutex // held by who works it out
	parts parts
	made  int64 // the version that it was made of
	ended int64 // the version of the ends that its answer was made of

	judged *judged
}

// judged is what to use by a metric, whatever valleys are shown beside it.
type judged struct {
	mu     sync.Mutex
	part   answerPart
	ended  int64         // the version of the ends that it was made of, 0 before there is any
	at     time.Time     // when that was
	took   time.Duration // by that
	making chan struct{} // closed once another one is made; nil where none is being made
}

// pending is when more of a board is known without anything changing in the store.
type pending struct {
	due  time.Duration   // when the answer is to be made anew, 0 if it is not
	made <-chan struct{} // closed once the one that is being made is there; nil where none is
}

// answerPart is what to use, and what is not known of that, in the words of the report.
type answerPart struct {
	Answers []useText   `json:"answers"`
	Laws    []string    `json:"laws"`
	Claims  []claimPart `json:"claims"`
	Trouble string      `json:"trouble"` // why there is no answer, "" if there is
}

type useText struct {
	Where   string        `json:"where"`
	Use     string        `json:"use"`  // the heading
	More    string        `json:"more"` // what it rests on, "" where the heading says all
	Unknown []unknownText `json:"unknown"`
}

type unknownText struct {
	Text string `json:"text"`
	Try  string `json:"try"`
}

// claimPart is a finding on a claim.
type claimPart struct {
	Letter  string `json:"letter"`
	Claim   string `json:"claim"`
	Part    string `json:"part"`
	Verdict string `json:"verdict"`
	Measure string `json:"measure"`
	Value   string `json:"value"`
	Runs    string `json:"runs"`
	Why     string `json:"why"`
	Add     string `json:"add"`
}

// linePart is the loss along an axis at one value of another, in one part of the sweep.
type linePart struct {
	Panel  string     `json:"panel"` // what else is fixed, "" if nothing else varies
	By     string     `json:"by"`    // "" where there is one line
	ByX    *number    `json:"byx"`   // the value, nil for one that is no number
	Cells  []cellPart `json:"cells"`
	Best   *bestPart  `json:"best"` // nil where there is no best x yet
	Why    string     `json:"why"`  // why there is none
	Lowest *number    `json:"lowest"`
}

type cellPart struct {
	X        string      `json:"label"`
	At       *number     `json:"x"`
	Mean     *number     `json:"mean"`
	Low      *number     `json:"low"` // of the seeds
	High     *number     `json:"high"`
	Done     int         `json:"done"`
	Diverged int         `json:"diverged"`
	Left     int         `json:"left"`
	Runs     []int       `json:"runs"`     // places
	Training []trainPart `json:"training"` // those in training
}

// trainPart is a run in training, as far as it came.
type trainPart struct {
	Run  int     `json:"run"`
	Step int     `json:"step"`
	Of   int     `json:"of"`
	Loss *number `json:"loss"` // in training
}

type bestPart struct {
	At    number  `json:"at"`
	Low   *number `json:"low"`
	High  *number `json:"high"`
	Loss  *number `json:"loss"`
	Place string  `json:"place"` // where among the values tried it lies
	Bound bool    `json:"bound"` // it is a bound and no estimate
}

// layoutPart says how the valleys are laid out.
type layoutPart struct {
	By       string   `json:"by"`
	Over     string   `json:"over"`
	Quantity string   `json:"quantity"` // what runs are compared by
	Panels   []string `json:"panels"`
	Tied     []string `json:"tied"`
	Seeds    int      `json:"seeds"`
	Lines    int      `json:"lines"`
}

// update works out what has changed in a snapshot since the board was made of another. The
// answer takes the longest: it is made anew once a run has ended, and at most in a small
// share of the time, and nobody waits for it here.
func (b *board) update(s *snapshot) pending {
	if b.made >= s.version && b.ended >= s.ended {
		return pending{}
	}
	b.parts.begin()
	results, failed := compared(s.results, b.key.metric)
	if b.made < s.version {
		b.lay(s, results, failed)
		b.made = s.version
	}
	if b.ended >= s.ended {
		return pending{}
	}
	part, ended, more := b.judged.update(s, results, failed)
	if ended > b.ended {
		b.parts.put("answer", part)
		b.ended = ended
	}
	return more
}

// update returns the answer by a snapshot, or the last one, with the version of the ends
// that it was made of and what is to come.
func (j *judged) update(s *snapshot, results []sweep.Result, failed error) (part answerPart, ended int64, more pending) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ended >= s.ended {
		return j.part, j.ended, pending{}
	}
	if more.due = time.Until(j.at.Add(min(time.Duration(float64(j.took)/share), mostAge))); more.due > 0 && j.making == nil {
		return j.part, j.ended, more
	}
	if j.making == nil {
		j.making = make(chan struct{})
		go j.make(s, results, failed)
	}
	return j.part, j.ended, pending{made: j.making}
}

// make makes the answer by a snapshot.
func (j *judged) make(s *snapshot, results []sweep.Result, failed error) {
	began := time.Now()
	part := answer(s, results, failed)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.part, j.ended, j.at, j.took = part, s.ended, time.Now(), time.Since(began)
	close(j.making)
	j.making = nil
}

// mostAge is how long a run may have ended before the answer knows of it.
const mostAge = time.Minute

// compared is results as they are compared by a metric.
func compared(results []sweep.Result, metric string) ([]sweep.Result, error) {
	if metric == "loss" {
		return results, nil
	}
	return analysis.By(results, sweep.Metric(metric))
}

// answer is what to use, as the report says it.
func answer(s *snapshot, results []sweep.Result, failed error) answerPart {
	p := answerPart{Answers: []useText{}, Laws: []string{}, Claims: []claimPart{}}
	if failed == nil {
		p.Trouble = p.fill(s, results)
	} else {
		p.Trouble = shown(failed.Error())
	}
	return p
}

func (p *answerPart) fill(s *snapshot, results []sweep.Result) (trouble string) {
	r, err := report.New(report.Input{
		Sweeps:  []report.Sweep{{Name: s.saved.Name, Question: s.saved.Question, TOML: s.saved.TOML, Results: slices.Clone(results), TrainedWith: s.grid.TrainedWith, Imported: s.grid.Imported, Train: s.grid.Train, Next: s.grid.Next}},
		Margins: analysis.DefaultMargins(), Names: report.MarginNames{Same: "--same", Regret: "--regret"}, Command: s.grid.Report,
	})
	if err != nil {
		return shown(err.Error())
	}
	for _, a := range r.Answers {
		use := useText{Where: shown(a.Where), Unknown: []unknownText{}}
		use.Use, use.More = headline(shown(a.Use))
		for _, u := range a.Unknown {
			use.Unknown = append(use.Unknown, unknownText{shown(u.Text), shown(u.Try)})
		}
		p.Answers = append(p.Answers, use)
	}
	for _, law := range r.Laws {
		p.Laws = append(p.Laws, shown(law))
	}
	for _, c := range r.Details() {
		for _, row := range c.Findings {
			p.Claims = append(p.Claims, claimPart{
				Letter: row.Letter, Claim: c.Statement, Part: shown(row.Part), Verdict: row.Verdict, Measure: row.Measure, Value: shown(row.Key), Runs: row.Runs,
				Why: shown(strings.Join(row.Reasons, "; ")), Add: shown(strings.Join(row.Add, ", ")),
			})
		}
	}
	return ""
}

// headline cuts a sentence of the report in two: what to use, and what that rests on.
func headline(sentence string) (use, more string) {
	use, more, cut := strings.Cut(sentence, ": trained, ")
	if !cut {
		return sentence, ""
	}
	return use, "Trained: " + more
}

// lay puts the valleys together.
func (b *board) lay(s *snapshot, results []sweep.Result, failed error) {
	c, err := analysis.Survey(results, b.by(s))
	if failed = errors.Join(failed, err); failed != nil {
		b.parts.put("layout", layoutPart{Panels: []string{}, Tied: []string{}})
		b.parts.keepFirst("line/", 0)
		return
	}
	layout := layoutPart{By: c.By, Over: c.Over, Quantity: string(analysis.Judge(results)), Panels: []string{}, Tied: append([]string{}, c.Tied...), Seeds: c.Seeds}
	for i, slice := range c.Slices {
		panel := settingsText(slice.Fixed)
		layout.Panels = append(layout.Panels, panel)
		for _, v := range slice.ByLR {
			b.parts.put(fmt.Sprintf("line/%d", layout.Lines), newLine(strconv.Itoa(i), v, s))
			layout.Lines++
		}
	}
	b.parts.put("layout", layout)
	b.parts.keepFirst("line/", layout.Lines)
}

// by is the axis that lines are told apart by: the one that was chosen, else alpha, r or
// what else varies beside lr.
func (b *board) by(s *snapshot) string {
	if b.key.by != "" {
		return b.key.by
	}
	return s.usualAxis()
}

// usualAxis is alpha or r, if one of them varies, else what else varies beside lr, else lr.
func (s *snapshot) usualAxis() string {
	for _, name := range []string{"alpha", "r"} {
		if s.hasAxis(name) {
			return name
		}
	}
	for _, a := range s.axes() {
		if a.Name != "lr" && a.Name != analysis.Seed {
			return a.Name
		}
	}
	return "lr"
}

func newLine(panel string, v analysis.LossByLR, s *snapshot) linePart {
	l := linePart{Panel: panel, By: shown(v.By.Text), Cells: []cellPart{}}
	if v.By.Numeric {
		l.ByX = known(v.By.Number)
	}
	lowest := math.NaN()
	for _, c := range v.Cells {
		cell := newCell(c, s)
		if mean := c.Mean(); len(c.Losses) > 0 && !(mean >= lowest) {
			lowest = mean
		}
		l.Cells = append(l.Cells, cell)
	}
	l.Lowest = known(lowest)
	if v.Best.Place == statistics.NoOptimum || math.IsNaN(v.Best.At) {
		l.Why = "not yet: no value of which all runs are done"
		return l
	}
	l.Best = &bestPart{At: number(v.Best.At), Low: known(v.Best.Low), High: known(v.Best.High), Loss: known(v.Best.Loss), Place: string(v.Best.Place), Bound: v.Best.Place != statistics.Inside}
	return l
}

func newCell(c analysis.Cell, s *snapshot) cellPart {
	cell := cellPart{X: shown(c.X.Text), Done: len(c.Losses), Diverged: c.Tally.Diverged, Left: c.Tally.Left(), Runs: []int{}, Training: []trainPart{}}
	if c.X.Numeric {
		cell.At = known(c.X.Number)
	}
	if len(c.Losses) > 0 {
		low, high := c.Range()
		cell.Mean, cell.Low, cell.High = known(c.Mean()), known(low), known(high)
	}
	for _, key := range c.Keys() {
		for _, i := range s.places[key] {
			r := &s.results[i]
			cell.Runs = append(cell.Runs, i)
			if r.State == sweep.StateRunning {
				cell.Training = append(cell.Training, trainPart{Run: i, Step: r.Progress.Step, Of: r.Params.Steps, Loss: known(r.Progress.Loss)})
			}
		}
	}
	return cell
}

// settingsText is "r 8, steps 100".
func settingsText(all []analysis.Setting) string {
	words := make([]string, len(all))
	for i, s := range all {
		words[i] = shown(s.Axis + " " + s.Value.Text)
	}
	return strings.Join(words, ", ")
}
