package report

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
)

func TestTheModelThatACommandIsToldIsThatOfTheBuiltInTrainerWhereItLeadsThere(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	ours := func(model string) sweep.Result {
		return sweep.Result{Run: sweep.Run{Params: sweep.Params{Model: model}}}
	}
	theirs := func(dir, model string) sweep.Result {
		r := ours(model)
		r.Params.Command = &sweep.Command{Dir: dir, Stated: []string{"model"}}
		return r
	}
	untold := theirs(here, "builtin:tiny")
	untold.Params.Command = &sweep.Command{}
	for name, c := range map[string]struct{ results, want []string }{
		"relative to each":  {models(ours("grids/smol"), theirs(filepath.Join(here, "grids"), "smol")), []string{"grids/smol", "grids/smol"}},
		"another folder":    {models(ours("grids/smol"), theirs(here, "smol")), []string{"grids/smol", "smol"}},
		"on the hub":        {models(ours("hf:meta/a"), theirs(here, "meta/a"), theirs(here, "hf:meta/a")), []string{"hf:meta/a", "hf:meta/a", "hf:meta/a"}},
		"absolute":          {models(ours("/models/a"), theirs(here, "/models/a")), []string{"/models/a", "/models/a"}},
		"untold beside one": {models(ours("grids/smol"), untold), []string{"grids/smol", "grids/smol"}},
		"untold beside two": {models(ours("a"), ours("b"), untold), []string{"a", "b", unknownModel}},
		"untold alone":      {models(untold, untold), []string{unknownModel, unknownModel}},
		"of commands alone": {models(theirs(here, "meta/a"), theirs(here, "meta/b")), []string{"meta/a", "meta/b"}},
	} {
		if diff := cmp.Diff(c.want, c.results); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func models(results ...sweep.Result) []string { return modelOfEach(results) }
