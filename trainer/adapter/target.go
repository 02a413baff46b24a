package adapter

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dlclark/regexp2"

	"sweep/trainer/architecture"
)

// allLinear is PEFT's word for every linear layer but the head.
const allLinear = "all-linear"

// Target is a module that LoRA adapts, such as "model.layers.0.self_attn.q_proj", with
// the rank and the alpha that it has.
type Target struct {
	Module string
	R      int
	Alpha  float64
}

// Settings say which modules LoRA adapts, and how, in the words of PEFT's LoraConfig.
type Settings struct {
	Targets                   []string // ends of names of modules, or one text: a regular expression, or "all-linear"
	R                         int
	Alpha                     float64
	RankPattern, AlphaPattern map[string]float64
}

// On returns the modules of a model that LoRA adapts, in the order of the forward pass.
// A name or an expression that finds none is an error, as are tables that are not
// clear.
func (s Settings) On(c architecture.Config) ([]Target, error) {
	chosen, err := newSelection(s.Targets)
	if err != nil {
		return nil, fmt.Errorf("targets: %w", err)
	}
	ranks, alphas, err := s.tables()
	if err != nil {
		return nil, err
	}
	all := linears(c)
	if err := errors.Join(ranks.check("rank_pattern", all), alphas.check("alpha_pattern", all)); err != nil {
		return nil, err
	}
	modules, err := chosen.on(c)
	if err != nil {
		return nil, fmt.Errorf("targets: %w", err)
	}
	return s.Of(modules)
}

func (s Settings) tables() (ranks, alphas table, err error) {
	if ranks, err = newTable("rank_pattern", s.RankPattern); err == nil {
		alphas, err = newTable("alpha_pattern", s.AlphaPattern)
	}
	return ranks, alphas, err
}

// Of returns the rank and the alpha of each of some modules.
func (s Settings) Of(modules []string) ([]Target, error) {
	ranks, alphas, err := s.tables()
	if err != nil {
		return nil, err
	}
	targets := make([]Target, len(modules))
	for i, module := range modules {
		r, errR := ranks.of(module, float64(s.R))
		alpha, errAlpha := alphas.of(module, s.Alpha)
		if err := errors.Join(errR, errAlpha); err != nil {
			return nil, err
		}
		targets[i] = Target{module, int(r), alpha}
	}
	return targets, nil
}

// selection is which modules the settings of PEFT's LoraConfig name.
type selection struct {
	names    []string        // target_modules as a list
	pattern  *regexp2.Regexp // as a text; nil with names, and with all
	all      bool            // as "all-linear"
	open     bool            // not at all: some of them, which the weights tell
	excluded struct {
		names   []string
		pattern *regexp2.Regexp
	}
	layers        []int // layers_to_transform; nil is all of them
	layersPattern []*regexp2.Regexp
}

// newSelection reads target_modules: a list of names, or a text as its only element.
func newSelection(targets []string) (*selection, error) {
	if len(targets) != 1 || isName(targets[0]) {
		return &selection{names: targets}, nil
	}
	s := &selection{}
	var err error
	if s.all = strings.EqualFold(targets[0], allLinear); !s.all {
		s.pattern, err = expression(targets[0], wholeName)
	}
	return s, err
}

// has reports whether a module is selected.
func (s *selection) has(module string) (bool, error) {
	excluded := slices.ContainsFunc(s.excluded.names, func(name string) bool { return endsIn(module, name) })
	if s.excluded.pattern != nil {
		var err error
		if excluded, err = matches(s.excluded.pattern, module); err != nil {
			return false, err
		}
	}
	switch {
	case excluded:
		return false, nil
	case s.pattern != nil:
		return matches(s.pattern, module)
	case s.all:
		return true, nil
	}
	if !slices.ContainsFunc(s.names, func(name string) bool { return endsIn(module, name) }) {
		return false, nil
	}
	return s.inLayers(module)
}

// inLayers reports whether a module is in one of the layers that layers_to_transform
// lists. As in PEFT these go with names alone, not with an expression.
func (s *selection) inLayers(module string) (bool, error) {
	if s.layers == nil {
		return true, nil
	}
	if len(s.layersPattern) == 0 {
		layer, _, _, ok := cutLayer(module)
		return ok && slices.Contains(s.layers, layer), nil
	}
	for _, re := range s.layersPattern {
		m, err := re.FindStringMatch(module)
		if err != nil {
			return false, fmt.Errorf("layers_pattern takes too long on %s: %w", module, err)
		}
		if m != nil {
			layer, err := strconv.Atoi(m.GroupByName(layerGroup).String())
			return err == nil && slices.Contains(s.layers, layer), nil
		}
	}
	return false, nil
}

// on returns the selected modules of a model. It refuses names and expressions that
// find none, and expressions that find something else as well.
func (s *selection) on(c architecture.Config) (modules []string, err error) {
	all := linears(c)
	for _, module := range all {
		ok, err := s.has(module)
		if err != nil {
			return nil, err
		}
		if ok {
			modules = append(modules, module)
		}
	}
	for _, name := range s.names {
		if !slices.ContainsFunc(all, func(module string) bool { return endsIn(module, name) }) {
			return nil, fmt.Errorf("the model has no %s; its linear layers are %s, in layers 0 to %d, such as %s", name, strings.Join(c.Of().Projections(), ", "), c.Layers-1, all[0])
		}
	}
	if s.pattern != nil {
		if err := s.checkOthers(c); err != nil {
			return nil, err
		}
	}
	if len(modules) == 0 {
		return nil, fmt.Errorf("no linear layer of the model is named; they are %s, in layers 0 to %d, such as %s", strings.Join(c.Of().Projections(), ", "), c.Layers-1, all[0])
	}
	return modules, nil
}

// checkOthers refuses an expression that matches a module which is no linear layer of a
// block.
func (s *selection) checkOthers(c architecture.Config) error {
	others := map[string]bool{}
	for _, name := range c.Names() {
		module := name[:strings.LastIndexByte(name, '.')]
		for ; module != "" && !others[module]; module = module[:max(0, strings.LastIndexByte(module, '.'))] {
			others[module] = true
		}
	}
	for module := range others {
		if strings.HasSuffix(module, ".mlp") {
			others[module+".act_fn"] = true
		}
	}
	for _, module := range []string{"model.rotary_emb", strings.TrimSuffix(c.Of().Head.Name, ".weight")} {
		others[module] = true // which has no weights, or is tied
	}
	for _, module := range linears(c) {
		delete(others, module)
	}
	for _, module := range slices.Sorted(maps.Keys(others)) {
		ok, err := s.has(module)
		switch {
		case err != nil:
			return err
		case ok:
			return fmt.Errorf("the expression matches %s too, which is no linear layer of a block, and LoRA adapts no other modules here; end it in names such as \\.(q_proj|v_proj)", module)
		}
	}
	return nil
}

// linears lists the linear layers of a model's blocks, in the order of the forward pass.
func linears(c architecture.Config) []string {
	var list []string
	for _, name := range c.Names() {
		if module, ok := strings.CutSuffix(name, ".weight"); ok && slices.Contains(c.Of().Projections(), lastPart(module)) {
			list = append(list, module)
		}
	}
	return list
}

// Shortest spells modules of a model as short as can be: the last word of their names
// for those that are there in every layer, and then the whole names of the others.
func Shortest(c architecture.Config, modules []string) []string {
	held := map[string]bool{}
	for _, module := range modules {
		held[module] = true
	}
	lacking := map[string]bool{}
	for _, module := range linears(c) {
		if !held[module] {
			lacking[lastPart(module)] = true
		}
	}
	return spell(c.Of().Projections(), modules, func(projection string) bool { return !lacking[projection] })
}

// spell lists the projections that stand for all modules of their names, and the other
// modules.
func spell(projections, modules []string, whole func(projection string) bool) []string {
	var words, rest []string
	for _, projection := range projections {
		named := slices.DeleteFunc(slices.Clone(modules), func(module string) bool { return lastPart(module) != projection })
		switch {
		case len(named) == 0:
		case whole(projection):
			words = append(words, projection)
		default:
			rest = append(rest, named...)
		}
	}
	slices.Sort(rest)
	return append(words, rest...)
}

// cutLayer splits the name of a module at the number of its layer, as PEFT finds it: the
// first number between dots after two words.
func cutLayer(module string) (layer int, before, after string, ok bool) {
	words := strings.Split(module, ".")
	for i := 2; i < len(words)-1; i++ {
		if n, err := strconv.Atoi(words[i]); err == nil && n >= 0 && words[i][0] != '+' {
			return n, strings.Join(words[:i], "."), strings.Join(words[i+1:], "."), true
		}
	}
	return 0, "", "", false
}

// inOtherLayer is the name of a module's like in another layer.
func inOtherLayer(module string, layer int) string {
	_, before, after, _ := cutLayer(module)
	return before + "." + strconv.Itoa(layer) + "." + after
}
