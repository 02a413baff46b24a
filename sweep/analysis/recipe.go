package analysis

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// A TunedSetting is alpha, r and a number of steps, at their own best lr.
type TunedSetting struct {
	Alpha float64 `json:"alpha"` // that gives s under the scaling alpha/r, whatever the scaling was: s r
	R     float64 `json:"r"`
	Steps float64 `json:"steps"`
	Seeds int     `json:"seeds"`
	LR    float64 `json:"lr"`
	Low   float64 `json:"low,omitempty"` // 95 % interval; 0 for one seed
	High  float64 `json:"high,omitempty"`
}

// A Recipe is what runs share that differ in nothing but alpha, r, steps, lr and
// seed, with the settings of these whose best lr is known.
type Recipe struct {
	Sweeps []string          `json:"sweeps"` // that have runs of it
	Shared map[string]string `json:"shared"` // model, data, optimizer, and what else is not its default
	Runs   int               `json:"runs"`   // that ended
	Open   int               `json:"open"`   // settings whose best lr lies on an edge or beside one that diverges
	Tuned  []TunedSetting    `json:"tuned"`  // ascending in steps, r and alpha
}

// A Source is a sweep that findings rest on.
type Source struct {
	Sweep   string
	Results []sweep.Result
}

// Recipes finds the recipes of sweeps and the settings whose best lr their runs
// enclose, the one with most of them first. Arms do not matter: what has the same s,
// r and steps is one setting, whichever alpha, scaling and sweep that came from. It
// fails where Compare does.
func Recipes(sources ...Source) ([]Recipe, error) {
	var results []sweep.Result
	for _, source := range sources {
		results = append(results, source.Results...)
	}
	quantity, _, err := admit(Runs(results), "alpha")
	if err != nil {
		return nil, err
	}
	describe := newRecipeReader()
	byRecipe, sweeps := map[string][]sweep.Result{}, map[string][]string{}
	for _, source := range sources {
		for _, r := range source.Results {
			if !knowsSetting(r) {
				continue
			}
			id := Recipe{Shared: describe.shared(r)}.String()
			sweeps[id] = include(sweeps[id], source.Sweep)
			byRecipe[id] = append(byRecipe[id], r)
		}
	}
	var all []Recipe
	for id, part := range byRecipe {
		recipe := Recipe{Sweeps: sweeps[id], Shared: describe.shared(part[0])}
		recipe.tune(Runs(part), quantity)
		all = append(all, recipe)
	}
	slices.SortFunc(all, func(a, b Recipe) int {
		return cmp.Or(cmp.Compare(len(b.Tuned), len(a.Tuned)), cmp.Compare(a.String(), b.String()))
	})
	return all, nil
}

// knowsSetting reports whether it is known what a TunedSetting has of a run.
func knowsSetting(r sweep.Result) bool {
	return !slices.ContainsFunc([]string{"alpha", "r", "steps", "lr"}, func(name string) bool { return !r.Knows(name) })
}

// tune finds the best lr of each setting of the recipe.
func (r *Recipe) tune(results []sweep.Result, q Quantity) {
	c := Comparison{By: "alpha", Over: "lr", Quantity: q}
	for _, g := range groupBy(byScale(results), []string{"steps", "r", "alpha"}) {
		s := c.slice(nil, once(g.results))
		v := s.ByLR[0]
		ended := 0
		for _, cell := range v.Cells {
			ended += cell.Tally.Done + cell.Tally.Diverged
		}
		r.Runs += ended
		if v.Best.Place != statistics.Inside {
			if ended > 0 {
				r.Open++
			}
			continue
		}
		t := TunedSetting{
			Alpha: g.values[2].Number, R: g.values[1].Number, Steps: g.values[0].Number,
			Seeds: len(v.Cells[v.Best.Cell].Losses), LR: v.Best.At,
		}
		if finite(v.Best.Low) && finite(v.Best.High) {
			t.Low, t.High = v.Best.Low, v.Best.High
		}
		r.Tuned = append(r.Tuned, t)
	}
}

// byScale is the results, each with the alpha that gives their s under the scaling
// alpha/r, to ten digits.
func byScale(results []sweep.Result) []sweep.Result {
	all := slices.Clone(results)
	for i := range all {
		p := &all[i].Params
		p.Alpha, p.Scaling = tenDigits(p.Scale()*float64(p.R)), "alpha/r"
	}
	return all
}

// recipeReader tells recipes apart.
type recipeReader struct {
	parameters []sweep.Parameter // that belong to a recipe
	usual      sweep.Params
}

func newRecipeReader() recipeReader {
	varied := []string{"alpha", "r", "scaling", "lr", "steps", Seed, "eval_every", "eval"}
	return recipeReader{
		parameters: slices.DeleteFunc(sweep.Parameters(), func(q sweep.Parameter) bool { return q.Decides != "" || slices.Contains(varied, q.Name) }),
		usual:      sweep.Defaults(),
	}
}

// shared is what belongs to the recipe of a run and is not the default: a rate of
// one factor as a multiple of lr. Of a command it is the program, and the parameters of
// its own.
func (d recipeReader) shared(r sweep.Result) map[string]string {
	all, p := map[string]string{}, &r.Params
	if p.Command != nil {
		all["command"] = strings.Join(p.Command.Run, " ")
	}
	for name, v := range p.Custom {
		all[name] = sweep.FormatValue(v)
	}
	for _, q := range d.parameters {
		if !r.Knows(q.Name) {
			continue
		}
		value := sweep.FormatValue(q.Value(*p))
		switch {
		case q.Inherits != "":
			ratio := q.Number(p) / q.DefaultIn(p).(float64)
			if finite(ratio) && math.Abs(ratio-1) > 1e-9 {
				all[q.Name+"/"+q.Inherits] = sweep.FormatValue(tenDigits(ratio))
			}
		case slices.Contains([]string{"model", "data", "optimizer"}, q.Name), value != sweep.FormatValue(q.Value(d.usual)):
			all[q.Name] = value
		}
	}
	return all
}

// String lists what runs share.
func (r Recipe) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(r.Shared)) {
		parts = append(parts, name+" = "+r.Shared[name])
	}
	return strings.Join(parts, ", ")
}
