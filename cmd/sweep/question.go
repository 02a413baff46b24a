package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// question is a change whose best lr is asked for.
type question struct {
	from, to analysis.LRPlace
	lr       float64           // the best one at from
	others   map[string]string // settings beside alpha, r, steps, scaling and lr, that stay
}

// readQuestion reads --from and --to, of sweeps whose commands have these parameters of
// their own. What --to leaves out stays as it is.
func readQuestion(from, to string, customs []sweep.Parameter) (q question, err error) {
	before, err := readSettings("--from", from, customs)
	if err != nil {
		return q, err
	}
	changes, err := readSettings("--to", to, customs)
	if err != nil {
		return q, err
	}
	if changes["lr"] != "" {
		return q, fmt.Errorf("--to lr=%s: lr is what is asked for; say in --from which was the best there", changes["lr"])
	}
	if before["lr"] == "" {
		return q, fmt.Errorf("--from %s: say which lr was the best there, as in lr=2e-4", from)
	}
	after := maps.Clone(before)
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		switch {
		case before[name] == changes[name]:
		case name == "scaling":
			before[name] = cmp.Or(before[name], "alpha/r")
		case !slices.Contains([]string{"alpha", "r", "steps"}, name):
			return q, fmt.Errorf("--to %s=%s: no run tells how the best lr moves with %s; leave it out if it stays", name, changes[name], name)
		case before[name] == "":
			return q, fmt.Errorf("--to %s=%s: say in --from what %s was before", name, changes[name], name)
		}
		after[name] = changes[name]
	}
	q.from, q.to, q.lr = placeOf(before), placeOf(after), numberOf(before["lr"])
	if q.from == q.to {
		return q, fmt.Errorf("--to %s: changes nothing; give other values of alpha, r, steps or scaling", to)
	}
	if scaled := q.from.Scaling != q.to.Scaling || q.from.Scaling != "alpha/r"; scaled && q.from.R == 0 {
		return q, fmt.Errorf("--from %s: say r too, since s depends on it", from)
	}
	q.others = before
	for _, name := range []string{"alpha", "r", "steps", "scaling", "lr"} {
		delete(q.others, name)
	}
	return q, nil
}

// readSettings reads parameters and their values, such as r=8,alpha=16.
func readSettings(flag, text string, customs []sweep.Parameter) (map[string]string, error) {
	all := map[string]string{}
	for _, part := range strings.Split(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if name, value = strings.TrimSpace(name), strings.TrimSpace(value); !ok || value == "" {
			return nil, fmt.Errorf("%s %s: %q is no setting, such as alpha=16", flag, text, part)
		}
		q, err := sweep.LookupParameter(name, customs...)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", flag, text, err)
		}
		if all[name] != "" {
			return nil, fmt.Errorf("%s %s: %s is given twice", flag, text, name)
		}
		if !allows(q, value) {
			return nil, fmt.Errorf("%s %s=%s: %s is %s", flag, name, value, name, q.Allowed())
		}
		all[name] = value
		if q.IsNumeric() {
			all[name] = sweep.FormatValue(numberOf(value))
		}
	}
	return all, nil
}

// allows reports whether a parameter takes the value.
func allows(q sweep.Parameter, value string) bool {
	x, err := strconv.ParseFloat(value, 64)
	switch {
	case q.IsNumeric():
		return err == nil && q.Within(x) && (q.Kind != sweep.KindInteger || x == math.Trunc(x))
	case q.Kind == sweep.KindChoice:
		return slices.Contains(q.Choices, value)
	default:
		return true
	}
}

func placeOf(settings map[string]string) analysis.LRPlace {
	return analysis.LRPlace{
		Alpha: numberOf(settings["alpha"]), R: numberOf(settings["r"]), Steps: numberOf(settings["steps"]),
		Scaling: cmp.Or(settings["scaling"], "alpha/r"),
	}
}

// numberOf is 0 for what is not given.
func numberOf(text string) float64 {
	x, _ := strconv.ParseFloat(text, 64) // it was read before
	return x
}

// decisive are the settings in which a recipe must be the one asked about.
var decisive = []string{"optimizer", "momentum", "method"}

// recipe is the one of the settings asked about: that with the most in common, of
// several the first.
func (q question) recipe(recipes []analysis.Recipe) (analysis.Recipe, error) {
	best, most := -1, -1
	var wrong []string
	for i, r := range recipes {
		common, fits := 0, true
		for name, value := range q.others {
			if sharedBy(r, name) == value {
				common++
			} else if slices.Contains(decisive, name) {
				fits = false
				wrong = append(wrong, name+" = "+sharedBy(r, name))
			}
		}
		if fits && common > most {
			best, most = i, common
		}
	}
	if best < 0 {
		slices.Sort(wrong)
		return analysis.Recipe{}, fmt.Errorf("no run was trained like that; these have %s", strings.Join(slices.Compact(wrong), ", "))
	}
	return recipes[best], nil
}

// sharedBy is the value of a parameter in all runs of a recipe.
func sharedBy(r analysis.Recipe, name string) string {
	value, given := r.Shared[name]
	q, err := sweep.LookupParameter(name)
	if given || err != nil {
		return value
	}
	return sweep.FormatValue(q.Value(sweep.Defaults()))
}

// advice is the answer to a question.
type advice struct {
	LR       answered       `json:"lr"`
	From     float64        `json:"from_lr"`
	Factor   answered       `json:"factor"`
	Changes  []adviceChange `json:"changes"`
	RestsOn  restsOn        `json:"rests_on"`
	NotKnown []string       `json:"not_known"`
}

type adviceChange struct {
	Axis     string   `json:"parameter"`
	Ratio    float64  `json:"ratio"`
	Factor   answered `json:"factor"`
	Exponent answered `json:"exponent"`
}

type restsOn struct {
	Source   string   `json:"source"`
	Sweeps   []string `json:"sweeps"`
	Settings int      `json:"settings"`
	Seeds    [2]int   `json:"seeds"` // the fewest and the most
	Runs     int      `json:"runs"`
	Ranges   []string `json:"ranges"`
	Recipe   string   `json:"shared"`
	Metric   string   `json:"metric"` // by which each lr is the best
}

// answered is an estimate, with no interval where there is none.
type answered struct {
	Value float64  `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

func answer(e statistics.Estimate, times float64) answered {
	a := answered{Value: times * e.Value}
	if e.Bounded() {
		low, high := times*e.Low, times*e.High
		a.Low, a.High = &low, &high
	}
	return a
}

// text writes it to some digits.
func (a answered) text(n int) string {
	if a.Low == nil {
		return digits(a.Value, n)
	}
	return fmt.Sprintf("%s (%s to %s)", digits(a.Value, n), digits(*a.Low, n), digits(*a.High, n))
}

// digits writes a number to a few digits, as grids have it.
func digits(x float64, n int) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', n, 64), 64)
	if err != nil {
		rounded = x
	}
	return sweep.FormatValue(rounded)
}

// answer puts together what a law says of the question.
func (q question) answer(law analysis.LRLaw, m analysis.LRMove, of origin) advice {
	a := advice{LR: answer(m.Factor, q.lr), From: q.lr, Factor: answer(m.Factor, 1), NotKnown: q.notKnown(law, m, of)}
	for _, c := range m.Changes {
		a.Changes = append(a.Changes, adviceChange{c.Axis, c.Ratio, answer(c.Factor, 1), answer(c.Exponent, 1)})
	}
	fewest, most := law.Seeds()
	a.RestsOn = restsOn{
		Source: of.text, Sweeps: law.Sweeps, Settings: len(law.Tuned), Seeds: [2]int{fewest, most},
		Runs: law.Runs, Recipe: law.String(), Metric: of.metric.Metric,
	}
	for _, r := range law.Ranges {
		a.RestsOn.Ranges = append(a.RestsOn.Ranges, r.String())
	}
	return a
}

// notKnown lists what the answer takes for granted.
func (q question) notKnown(law analysis.LRLaw, m analysis.LRMove, of origin) []string {
	all := []string{fmt.Sprintf("whether lr = %s was the best at --from; by as much as it is off there, the answer is off, too", sweep.FormatValue(q.lr))}
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if of.builtIn {
		say("whether the same powers hold for your model, rows and batch; these runs are of a small model on one task")
	}
	steps := law.Ranges[2]
	if trained := q.from.Steps; q.from.Steps == q.to.Steps && (trained == 0 && of.builtIn || trained > 0 && (trained < steps.Low || trained > steps.High)) {
		say("whether the powers are the same at another length than these runs' (%s)", steps)
	}
	for _, r := range m.Beyond {
		say("what happens beyond %s; the interval is wider for the part of the way that lies there", r)
	}
	if m.Capacity {
		say("how the best lr moves below r = %d: capacity binds there, so that the loss hangs on r, and the law was fitted without it", analysis.MinRank)
	}
	for _, name := range slices.Sorted(maps.Keys(q.others)) {
		if trained := sharedBy(law.Recipe, name); trained != q.others[name] {
			say("what %s = %s changes; these runs have %s", name, q.others[name], trained)
		}
	}
	if !m.Factor.Bounded() {
		say("how uncertain this is: one seed gives no interval")
	}
	if law.Open > 0 {
		say("the best lr of %s more, which lies on an edge of the grid or beside runs that diverge", humanize.Count(law.Open, "setting"))
	}
	if of.left > 0 {
		say("what %s of the sweep would add that have no outcome yet", humanize.Count(of.left, "run"))
	}
	return all
}
