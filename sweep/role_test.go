package sweep_test

import (
	"reflect"
	"slices"
	"testing"

	"sweep/sweep"
)

func TestEveryParameterShapesOnePartOfARun(t *testing.T) {
	for _, q := range sweep.Parameters() {
		n := 0
		for _, role := range []sweep.Role{sweep.RoleData, sweep.RoleAdapter, sweep.RoleStep, sweep.RoleSchedule} {
			if q.Has(role) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s has %d of RoleData, RoleAdapter, RoleStep and RoleSchedule, want one", q.Name, n)
		}
	}
}

func TestExactlyTheParametersThatRescaleChangesHaveItsRole(t *testing.T) {
	changed := map[string]bool{}
	p := sweep.Defaults()
	p.InitStd, p.Clip, p.WeightDecay = 0.5, 1, 0.25
	p.Inherit()
	for _, optimizer := range []string{"adamw", "adam", "sgd"} {
		p.Optimizer = optimizer
		rescaled := p.Rescale(2, 8)
		for _, q := range sweep.Parameters() {
			if !reflect.DeepEqual(q.Value(p), q.Value(rescaled)) {
				changed[q.Name] = true
			}
		}
	}
	for _, q := range sweep.Parameters() {
		if changed[q.Name] != q.Has(sweep.RoleRescaled) {
			t.Errorf("%s is changed: %t, has the role: %t", q.Name, changed[q.Name], q.Has(sweep.RoleRescaled))
		}
	}
}

func TestExactlyTheParametersThatAnAdapterSetsHaveItsRole(t *testing.T) {
	p := sweep.Defaults()
	sweep.AdapterSettings{
		R: 3, Alpha: 5, Scaling: "alpha", Targets: []string{"o_proj"}, Dropout: 0.5,
		RankPattern: map[string]float64{"o_proj": 2}, AlphaPattern: map[string]float64{"o_proj": 2},
	}.Set(&p)
	for _, q := range sweep.Parameters() {
		if set := !reflect.DeepEqual(q.Value(p), q.Value(sweep.Defaults())); set != q.Has(sweep.RoleAdopted) {
			t.Errorf("%s is set: %t, has the role: %t", q.Name, set, q.Has(sweep.RoleAdopted))
		}
	}
}

func TestExactlyTheParametersThatDecideTheScaleHaveItsRole(t *testing.T) {
	p := sweep.Defaults()
	for _, q := range sweep.Parameters() {
		other := p
		switch v := q.Value(p).(type) {
		case int:
			q.Set(&other, v+1)
		case float64:
			q.Set(&other, v+1)
		case string:
			q.Set(&other, slices.Concat(q.Choices, []string{"other"})[max(0, len(q.Choices)-1)])
		}
		if moves := other.Scale() != p.Scale(); moves != q.Has(sweep.RoleScale) {
			t.Errorf("%s changes the scale: %t, has the role: %t", q.Name, moves, q.Has(sweep.RoleScale))
		}
	}
}

func TestExactlyTheLearningRatesHaveTheirRole(t *testing.T) {
	for _, q := range sweep.Parameters() {
		if rate := q.Name == "lr" || q.Inherits == "lr"; rate != q.Has(sweep.RoleRate) {
			t.Errorf("%s has the role of a learning rate: %t", q.Name, q.Has(sweep.RoleRate))
		}
	}
}

func TestEveryPathHasAContentHashOfItsOwn(t *testing.T) {
	in := sweep.Inputs{Model: "m", Data: "d", DataEval: "e", Adapter: "a", ChatTemplate: "t"}
	hashes := map[string]string{}
	for _, q := range sweep.Parameters() {
		hash := q.ContentHash(in)
		if path := q.Kind == sweep.KindPath; path != (hash != "") || path && !q.Has(sweep.RoleInspected) {
			t.Errorf("%s has the hash %q", q.Name, hash)
		}
		if other := hashes[hash]; hash != "" && other != "" {
			t.Errorf("%s and %s have one hash", q.Name, other)
		}
		hashes[hash] = q.Name
	}
}
