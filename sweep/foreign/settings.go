package foreign

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"sweep/sweep"
)

// settled is what a run was trained with.
type settled struct {
	*record
	params  sweep.Params
	stated  map[string]setting // by the name of a parameter
	foreign map[string]string  // settings that are no parameters
}

// unstated stands for a path that nothing told.
const unstated = "unstated"

// settleOne turns settings into parameters. What is wrong is noted.
func (r *reading) settleOne(rec *record) settled {
	s := settled{rec, sweep.Defaults(), map[string]setting{}, map[string]string{}}
	s.params.Model, s.params.Data = unstated, unstated
	if rec.planned > 0 {
		rec.settings = append(rec.settings, setting{"steps", int64(rec.planned), rec.file, rec.line})
	}
	later := map[string]any{} // of what inherits, since the parent sets it too
	for _, given := range r.computed(rec) {
		q, ok := r.parameterOf(given.name)
		if !ok {
			s.keep(given)
			continue
		}
		raw, ok := translate(q, given)
		if raw == nil {
			continue // it says nothing
		}
		v, err := q.Convert(raw)
		switch {
		case !ok, err != nil && slices.Contains([]sweep.Kind{sweep.KindChoice, sweep.KindSubset, sweep.KindTargets, sweep.KindTable, sweep.KindTexts}, q.Kind):
			s.keep(given)
			continue
		case err != nil:
			r.problems = append(r.problems, given.problem("= %s %v; allowed: %s", textOf(raw), err, q.Allowed()))
			continue
		}
		if was, known := s.stated[q.Name]; known {
			if before := q.Canonical(was.value); before != q.Canonical(v) {
				r.problems = append(r.problems, given.problem("= %s contradicts %s:%d, where %s = %s", textOf(raw), was.file, was.line, was.name, before))
			}
			continue
		}
		given.value = v
		s.stated[q.Name] = given
		if q.Inherits != "" {
			later[q.Name] = v
		} else {
			q.Set(&s.params, v)
		}
	}
	_, hasRank := s.stated["r"]
	_, hasAlpha := s.stated["alpha"]
	if _, known := s.stated["method"]; !known && hasRank && hasAlpha {
		s.stated["method"] = setting{"method", s.params.Method, rec.file, rec.line} // which is lora
	}
	s.params.Inherit()
	for _, q := range sweep.Parameters() {
		if v, ok := later[q.Name]; ok {
			q.Set(&s.params, v)
		}
	}
	return s
}

// keep keeps a setting that is no parameter, unless it says nothing.
func (s *settled) keep(given setting) {
	if !isNothing(given.value) {
		s.foreign[given.name] = textOf(given.value)
	}
}

// text is the foreign settings, each on a line.
func (s *settled) text() string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(s.foreign)) {
		lines = append(lines, sweep.OneLine(name)+" = "+s.foreign[name])
	}
	return strings.Join(lines, "\n")
}

// parameterOf is the parameter that a foreign name stands for.
func (r *reading) parameterOf(name string) (sweep.Parameter, bool) {
	name = withoutPrefix(r.meaning(name))
	for _, q := range sweep.Parameters() {
		if q.Name == "adapter" || q.Decides != "" {
			continue // what it decides is read when a run begins, and here from what others tell
		}
		if q.Name == name || slices.Contains(q.Aliases, name) {
			return q, true
		}
	}
	return sweep.Parameter{}, false
}

// computed returns the settings, of which those that take several to compute are one:
// batch of per_device_train_batch_size and gradient_accumulation_steps, warmup of
// warmup_ratio and steps, eval_every of a share of the steps.
func (r *reading) computed(rec *record) []setting {
	number := func(names ...string) (x float64, at setting, ok bool) {
		for _, s := range rec.settings {
			if slices.Contains(names, withoutPrefix(r.meaning(s.name))) {
				if x, ok := numberOf(s.value); ok && !math.IsNaN(x) {
					return x, s, true
				}
			}
		}
		return 0, setting{}, false
	}
	accumulated, _, _ := number("gradient_accumulation_steps")
	steps, _, _ := number("steps", "max_steps")
	steps = cmp.Or(float64(rec.planned), max(steps, 0), float64(rec.last()))
	var all []setting
	for _, s := range rec.settings {
		name := withoutPrefix(r.meaning(s.name))
		x, isNumber := numberOf(s.value)
		switch {
		case name == "gradient_accumulation_steps":
			continue
		case name == "per_device_train_batch_size" && isNumber && accumulated > 0:
			s.value = x * accumulated
		case name == "warmup_ratio" && isNumber:
			if x == 0 || statesWarmup(number) {
				continue // the steps of it are said, and go before
			}
			s.name, s.value = "warmup", math.Ceil(x*steps)
		case slices.Contains([]string{"warmup_steps", "eval_steps"}, name) && isNumber && x > 0 && x < 1:
			s.value = math.Ceil(x * steps)
		case slices.Contains([]string{"max_steps"}, name) && isNumber && x <= 0:
			continue // as many as the epochs have
		}
		all = append(all, s)
	}
	return all
}

func statesWarmup(number func(...string) (float64, setting, bool)) bool {
	x, _, ok := number("warmup", "warmup_steps", "num_warmup_steps")
	return ok && x > 0
}

// The words of other programs for those that parameters take.
var words = map[string]map[string]string{
	"optimizer": {
		"adamw_torch": "adamw", "adamw_torch_fused": "adamw", "adamw_hf": "adamw", "adamw_apex_fused": "adamw", "sgd": "sgd", "adam": "adam", "adamw": "adamw",
	},
	"schedule": {"constant": "constant", "constant_with_warmup": "constant", "linear": "linear", "cosine": "cosine"},
	"scaling":  {"true": "alpha/sqrt(r)", "false": "alpha/r", "1": "alpha/sqrt(r)", "0": "alpha/r"}, // as use_rslora
	"init":     {"true": "kaiming", "1": "kaiming"},                                                 // as init_lora_weights
	"dtype":    {"float32": "float32", "torch.float32": "float32", "bfloat16": "bfloat16", "torch.bfloat16": "bfloat16"},
}

// translate returns a value as the parameter takes it, nil where it says nothing, and
// reports false for a word that no parameter has.
func translate(q sweep.Parameter, given setting) (raw any, known bool) {
	v := given.value
	switch q.Kind {
	case sweep.KindChoice:
		text := textOf(v)
		if v == nil || text == "" {
			return nil, true
		}
		if word, ok := words[q.Name][enumWord(text)]; ok {
			return word, true
		}
		return text, true // Convert refuses what is no choice
	case sweep.KindSubset, sweep.KindTargets:
		text, ok := v.(string)
		if _, pattern := sweep.TargetPattern([]string{strings.ReplaceAll(strings.ReplaceAll(text, ",", "."), " ", "")}); !ok || text == "" || pattern {
			return v, true
		}
		var all []any // as 'sweep export' writes lists
		for _, name := range strings.Split(text, ",") {
			all = append(all, strings.TrimSpace(name))
		}
		return all, true
	case sweep.KindTable, sweep.KindTexts:
		if isNothing(v) || v == "{}" {
			return nil, true
		}
		return v, true
	case sweep.KindPath:
		if isNothing(v) {
			return nil, true
		}
		return textOf(v), true
	case sweep.KindInteger:
		if x, ok := v.(float64); ok && x == math.Trunc(x) && math.Abs(x) <= sweep.MaxWhole {
			return int64(x), true
		}
	}
	if v == "" || v == "None" || v == "null" {
		return nil, true
	}
	return v, true
}

// enumWord is a word as Python writes it, also in an enumeration: "linear" of
// "SchedulerType.LINEAR".
func enumWord(text string) string {
	for _, prefix := range []string{"SchedulerType.", "OptimizerNames."} {
		text = strings.TrimPrefix(text, prefix)
	}
	return strings.ToLower(text)
}

// agree notes the runs that lack what others state, and what no run states although
// nothing can be judged without.
func (r *reading) agree(all []settled) (complete []settled) {
	union := map[string]settled{}
	for _, s := range all {
		for name := range s.stated {
			if _, known := union[name]; !known {
				union[name] = s
			}
		}
	}
	names := slices.Sorted(maps.Keys(union))
	lacking := map[string][]settled{} // by what they need and no run states
	for _, s := range all {
		var missing []string
		for _, name := range names {
			if _, ok := s.stated[name]; !ok {
				missing = append(missing, name)
			}
		}
		whole := len(missing) == 0
		if !whole {
			name := missing[0]
			r.problems = append(r.problems, s.problem("nothing says its %s, which run %s has%s", strings.Join(missing, ", "), union[name].name, s.nearly(r, name)))
		}
		for _, name := range s.needed() {
			if _, ok := union[name]; !ok {
				whole = false
				lacking[name] = append(lacking[name], s)
			}
		}
		if whole {
			complete = append(complete, s)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lacking)) {
		s := lacking[name][0]
		r.problems = append(r.problems, s.problem("nothing says its %s, nor that of any other run; state it for all with --set %s=VALUE, or by their names with --names PATTERN", name, name))
	}
	r.stated = names
	return complete
}

// nearly says which foreign setting would be the parameter, if it had a word for it.
func (s settled) nearly(r *reading, name string) string {
	for foreign, text := range s.foreign {
		if q, ok := r.parameterOf(foreign); ok && q.Name == name {
			return fmt.Sprintf("; its %s = %s is none that there is here", foreign, text)
		}
	}
	return ""
}

// needed are the parameters without which nothing can be judged.
func (s settled) needed() []string {
	if s.params.Method == "full" {
		return []string{"lr"}
	}
	return []string{"r", "alpha", "lr"}
}

// unknown are the parameters that nothing told, without those that are another's value
// where nothing is said.
func (r *reading) unknown() string {
	var names []string
	for _, q := range sweep.Parameters() {
		if q.Inherits == "" && q.Decides == "" && !slices.Contains(r.stated, q.Name) {
			names = append(names, q.Name)
		}
	}
	return strings.Join(names, ", ")
}
