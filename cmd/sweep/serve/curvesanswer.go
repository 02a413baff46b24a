package serve

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sweep/sweep"
	"sweep/sweep/filter"
)

// curvesHeader says what the numbers behind it are. It is JSON, after its length as a
// uint32 and before float32s, all little-endian, in the order of Lines.
type curvesHeader struct {
	Version    string      `json:"version"`
	Quantity   string      `json:"quantity"`
	Quantities []string    `json:"quantities"`
	From       number      `json:"from"` // of x, as it is shown
	To         number      `json:"to"`
	End        number      `json:"end"`   // the largest x there is to be
	Read       int         `json:"read"`  // of how many runs the curves are read
	Runs       int         `json:"runs"`  // of how many there are
	Note       string      `json:"note"`  // how x was worked out, "" for steps
	Since      bool        `json:"since"` // what did not change is left out
	Rough      bool        `json:"rough"` // lines have fewer columns than they would have
	Bands      []bandPart  `json:"bands"`
	Lines      []linesPart `json:"lines"`
}

// bandPart is a band: x, least, most, low, high and n at each of Points places, then the
// median as x and y at Median places, then the mean likewise. Where it is sent since a
// cursor, all of it before From is as it was. Beside single runs it has no places.
type bandPart struct {
	From   number  `json:"from"`
	Label  string  `json:"label"`
	By     *number `json:"by"`
	Runs   int     `json:"runs"`
	Points int     `json:"points"`
	Median int     `json:"median"`
	Mean   int     `json:"mean"`
}

// linesPart is a run's curve: x and y at each of Points places, from From on.
type linesPart struct {
	From   number `json:"from"`
	Run    int    `json:"run"`
	Group  int    `json:"group"` // the band that it belongs to
	Points int    `json:"points"`
}

const (
	// mostPoints is about how many points of single runs are sent at once: more could not
	// be told apart, and would take long to draw.
	mostPoints = 300_000
	// leastColumns is how many columns each of many runs has at least.
	leastColumns = 60
	// rougher is by how much fewer columns a first picture of many runs has.
	rougher = 8
)

// curvesRequest is what curves a page asks for.
type curvesRequest struct {
	quantity, by, x, where string
	single                 bool // runs one by one, in place of bands
	rough                  bool // with few columns, where runs are many
	soon                   bool // those that are read within a moment
	runs                   []int
	span
	whole bool // from and to are those that there are
	since int64
}

func curvesRequestOf(r *http.Request, s *snapshot) (c curvesRequest, err error) {
	q := r.URL.Query()
	c = curvesRequest{quantity: q.Get("quantity"), by: q.Get("by"), x: q.Get("x"), where: q.Get("where"), single: q.Get("single") != "", rough: q.Get("rough") != "", soon: q.Get("soon") != "", whole: !q.Has("to"), since: readCursor(q.Get("since")).watch}
	c.columns, c.log = 800, q.Get("log") != ""
	if text := q.Get("columns"); text != "" {
		if c.columns, err = strconv.Atoi(text); err != nil || c.columns < 1 || c.columns > 10_000 {
			return c, badRequest{fmt.Errorf("columns %q: how many pixels wide the chart is, up to 10,000", text)}
		}
	}
	for name, to := range map[string]*float64{"from": &c.from, "to": &c.to} {
		if text := q.Get(name); text != "" {
			if *to, err = strconv.ParseFloat(text, 64); err != nil || math.IsNaN(*to) || math.IsInf(*to, 0) {
				return c, badRequest{fmt.Errorf("%s %q: it is no number", name, text)}
			}
		}
	}
	if text := q.Get("keys"); text != "" {
		for key := range strings.SplitSeq(text, ",") {
			i, err := placeOf(s, key)
			if err != nil {
				return c, err
			}
			c.runs = append(c.runs, i)
		}
	}
	if c.by != "" && !slices.Contains(s.groups(), c.by) {
		return c, badRequest{fmt.Errorf("%q does not vary in this sweep", c.by)}
	}
	if !slices.Contains([]string{"", "step", "tokens", "seconds"}, c.x) {
		return c, badRequest{fmt.Errorf("x %q: it is step, tokens or seconds", c.x)}
	}
	return c, nil
}

// curvesOf answers with curves.
func (s *Server) curvesOf(w http.ResponseWriter, r *http.Request, of *watch, now *snapshot) error {
	c, err := curvesRequestOf(r, now)
	if err != nil {
		return err
	}
	chosen, err := selected(now, c.where)
	if err != nil {
		return err
	}
	if c.runs != nil {
		chosen = c.runs
	}
	update := of.curves.update
	if c.soon {
		update = of.curves.updateSoon
	}
	if err := update(r.Context(), s.store, now); err != nil {
		return err
	}
	body := of.curves.answer(c, now, chosen)
	w.Header().Set("Content-Type", "application/octet-stream")
	return compressed(w, r, body)
}

// bandKey says which bands are asked for.
func (c *curvesRequest) bandKey() bandKey {
	return bandKey{c.quantity, c.by, c.x, fmt.Sprint(c.where, c.runs)}
}

// selected are the places of the runs for which a condition holds, all for "".
func selected(s *snapshot, where string) ([]int, error) {
	var condition *filter.Filter
	if where != "" {
		var err error
		if condition, err = filter.New(where, sweep.OwnColumns(s.results)...); err != nil {
			return nil, badRequest{err}
		}
	}
	places := []int{}
	for i := range s.results {
		ok := condition == nil
		if !ok {
			var err error
			if ok, err = condition.Match(s.results[i]); err != nil {
				return nil, badRequest{err}
			}
		}
		if ok {
			places = append(places, i)
		}
	}
	return places, nil
}

// answer is the curves of some runs in the form of curvesHeader.
func (c *curves) answer(ask curvesRequest, s *snapshot, chosen []int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := curvesHeader{Version: cursor{watch: c.version}.String(), Quantities: c.quantities(), Read: c.read, Runs: len(s.results), Bands: []bandPart{}, Lines: []linesPart{}}
	if ask.quantity == "" && len(h.Quantities) > 0 {
		ask.quantity = h.Quantities[0]
	}
	h.Quantity = ask.quantity
	scale, note := scaleOf(s, ask.x)
	h.Note = note
	groups := groupsOf(s, ask.by, chosen)
	var all []band
	if !ask.single || ask.log && ask.whole {
		all = c.bandsOf(ask.bandKey(), s, groups, scale).groups
	}
	end := 0.0
	for _, i := range chosen {
		end = max(end, float64(s.results[i].Params.Steps)*scale(i))
		if one := c.of[i]; one != nil {
			end = max(end, float64(one.last)*scale(i))
		}
	}
	if ask.whole {
		ask.to = end
		if ask.log {
			ask.from = max(ask.from, firstOf(all))
		}
	}
	h.From, h.To, h.End = number(ask.from), number(ask.to), number(end)
	// Where runs are not chosen anew each time and x stays what it was, the rest is known.
	h.Since = ask.since >= max(c.anew, 1) && ask.since <= c.version && ask.where == "" && (ask.x == "" || ask.x == "step")
	if !h.Since {
		ask.since = 0
	}
	if ask.single {
		return c.packRuns(h, ask, groups, len(chosen), scale)
	}
	var numbers []float32
	for g := range all {
		var part bandPart
		part, numbers = all[g].thinned(ask.span, ask.since, numbers)
		h.Bands = append(h.Bands, part)
	}
	return pack(encode(h), numbers)
}

// packRuns is the curves of so many runs, one by one.
func (c *curves) packRuns(h curvesHeader, ask curvesRequest, groups []members, runs int, scale func(int) float64) []byte {
	one := ask.span
	one.columns = min(ask.columns, max(mostPoints/2/max(runs, 1), leastColumns))
	if few := max(mostPoints/2, leastColumns*runs) / rougher / max(runs, 1); ask.rough && few < one.columns {
		one.columns, h.Rough = few, true
	}
	wanted := make([]linesPart, 0, runs)
	for g, group := range groups {
		h.Bands = append(h.Bands, bandPart{Label: group.label, By: known(group.by), Runs: len(group.places)})
		for _, place := range group.places {
			wanted = append(wanted, linesPart{Run: place, Group: g})
		}
	}
	pieces := inPieces(len(wanted), func(from, to int, out *packed) {
		for _, l := range wanted[from:to] {
			if of := c.of[l.Run]; of != nil && of.series[h.Quantity] != nil {
				out.add(l, of, h.Quantity, one, ask.since, scale(l.Run))
			}
		}
	})
	var numbers [][]float32
	for _, p := range pieces {
		h.Lines, numbers = append(h.Lines, p.lines...), append(numbers, p.numbers)
	}
	return pack(encode(h), numbers...)
}

// packed are curves of runs, and their numbers.
type packed struct {
	lines   []linesPart
	numbers []float32
}

// add adds what a span shows of a run's curve, if it has changed since a version.
func (p *packed) add(l linesPart, one *curve, quantity string, s span, since int64, scale float64) {
	step, changed := one.changedSince(since)
	if since > 0 && !changed {
		return
	}
	at := one.series[quantity]
	x := func(i int) float64 { return float64(at.steps[i]) * scale }
	kept := s.extremes(x, at.values, float64(step)*scale)
	l.From, l.Points = startOf(x, kept, float64(step)*scale), len(kept)
	p.lines, p.numbers = append(p.lines, l), appendLine(p.numbers, kept, x, at.values)
}

// startOf is from where on kept points are all there are: the first of them or, where the
// line is sent whole, 0.
func startOf(x func(int) float64, kept []int, from float64) number {
	if from <= 0 || len(kept) == 0 {
		return number(from)
	}
	return number(min(from, x(kept[0])))
}

func firstOf(groups []band) float64 {
	first := math.Inf(1)
	for _, g := range groups {
		for _, x := range g.x {
			if x > 0 {
				first = min(first, x)
				break
			}
		}
	}
	if math.IsInf(first, 1) {
		return 1
	}
	return first
}

func appendLine(numbers []float32, kept []int, x func(int) float64, y []float32) []float32 {
	for _, i := range kept {
		numbers = append(numbers, float32(x(i)))
	}
	for _, i := range kept {
		numbers = append(numbers, y[i])
	}
	return numbers
}

// bandsOf are the bands of groups, as they were worked out before if no curve has changed.
func (c *curves) bandsOf(key bandKey, s *snapshot, groups []members, scale func(int) float64) *bands {
	if b := c.bands[key]; b != nil && b.version == c.version && (key.where == "[]" || b.view == s.version) {
		return b
	}
	const most = 32
	if len(c.bands) > most {
		clear(c.bands)
	}
	old := c.bands[key]
	b := &bands{version: c.version, view: s.version}
	for i, g := range groups {
		var before *band
		if old != nil && i < len(old.groups) && old.groups[i].label == g.label && slices.Equal(old.groups[i].places, g.places) {
			before = &old.groups[i]
		}
		b.groups = append(b.groups, c.newBand(key, g, before, scale))
	}
	c.bands[key] = b
	return b
}

// newBand is a band as it is now, which is what it was before if no curve of it has changed.
func (c *curves) newBand(key bandKey, g members, before *band, scale func(int) float64) band {
	from, changed := math.Inf(1), before == nil
	if before != nil {
		for _, i := range g.places {
			if step, is := c.of[i].changedSince(before.version); is {
				from, changed = min(from, float64(step)*scale(i)), true
			}
		}
	}
	if !changed {
		return *before
	}
	b := newBand(g, c.of, key.quantity, scale)
	b.version = c.version
	if before != nil && (key.x == "" || key.x == "step") {
		b.before, b.from = before.version, from
	}
	return b
}

// thinned adds to numbers what a span shows of the band, from where it has changed since a
// version.
func (b *band) thinned(s span, since int64, numbers []float32) (bandPart, []float32) {
	part := bandPart{Label: b.label, By: known(b.by), Runs: b.runs}
	at := func(i int) float64 { return b.x[i] }
	from := 0.0
	switch {
	case since == 0:
	case b.version <= since:
		part.From = number(math.Inf(1))
		return part, numbers
	case b.before > 0 && b.before <= since:
		from = b.from
	}
	first, last := s.rest(at, len(b.x), from)
	if part.From = number(from); from > 0 && first < last {
		part.From = number(min(from, b.x[first]))
	}
	var x, least, most, low, high, n []float32
	column := math.MinInt
	for i := first; i < last; i++ {
		if c := s.column(b.x[i]); c != column {
			column = c
			x, least, most = append(x, float32(b.x[i])), append(least, b.least[i]), append(most, b.most[i])
			low, high, n = append(low, b.low[i]), append(high, b.high[i]), append(n, b.n[i])
			continue
		}
		k := len(x) - 1
		least[k], most[k] = min(least[k], b.least[i]), max(most[k], b.most[i])
		low[k], high[k], n[k] = min(low[k], b.low[i]), max(high[k], b.high[i]), b.n[i]
	}
	part.Points = len(x)
	numbers = slices.Concat(numbers, x, least, most, low, high, n)
	for _, line := range []struct {
		y     []float32
		count *int
	}{{b.median, &part.Median}, {b.mean, &part.Mean}} {
		kept := s.extremes(at, line.y, from)
		*line.count = len(kept)
		numbers = appendLine(numbers, kept, at, line.y)
	}
	return part, numbers
}

// scaleOf is by how much x grows with each step of a run, and how that was worked out.
func scaleOf(s *snapshot, x string) (scale func(place int) float64, note string) {
	switch x {
	case "tokens":
		return func(i int) float64 {
			r := &s.results[i]
			if r.Steps > 0 && r.Seconds > 0 && r.TokensPerSecond > 0 {
				return r.TokensPerSecond * r.Seconds / float64(r.Steps)
			}
			return float64(r.Params.StepRows() * r.Params.Seq)
		}, "Tokens are the mean of a run's steps times the step; of a run that has not ended, its batch times seq."
	case "seconds":
		return func(i int) float64 {
			r := &s.results[i]
			if r.Steps > 0 && r.Seconds > 0 {
				return r.Seconds / float64(r.Steps)
			}
			if speed := r.Progress.TokensPerSecond; speed > 0 {
				return float64(r.Params.StepRows()*r.Params.Seq) / speed
			}
			return 0
		}, "Seconds are the mean of a run's steps times the step; a run of which no time is known stands at 0."
	default:
		return func(int) float64 { return 1 }, ""
	}
}

// pack puts a header before lists of numbers.
func pack(header []byte, lists ...[]float32) []byte {
	for len(header)%4 != 0 {
		header = append(header, ' ')
	}
	size := 4 + len(header)
	for _, numbers := range lists {
		size += 4 * len(numbers)
	}
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, size), uint32(len(header)))
	b = append(b, header...)
	for _, numbers := range lists {
		b, _ = binary.Append(b, binary.LittleEndian, numbers) // float32s have a size
	}
	return b
}
