package main

import (
	"strings"

	"sweep/sweep"
)

// plannedInputs lists what the runs of a plan read. What several runs share is listed once.
type plannedInputs struct {
	lister sweep.InputLister
	known  map[string][]sweep.Input // by what names them
}

func newPlannedInputs(lister sweep.InputLister) plannedInputs {
	return plannedInputs{lister, map[string][]sweep.Input{}}
}

// of lists what a run reads.
func (p plannedInputs) of(run sweep.Run) ([]sweep.Input, error) {
	names := placesOf(run.Params)
	known, ok := p.known[names]
	if !ok {
		var err error
		if known, err = p.lister.InputFiles(run.Params); err != nil {
			return nil, err
		}
		p.known[names] = known
	}
	all := make([]sweep.Input, len(known))
	for i, in := range known {
		in.Hash = run.Inputs.Of(in.Parameter)
		all[i] = in
	}
	return all, nil
}

// placesOf is all of the settings of a run that says where its files are.
func placesOf(p sweep.Params) string {
	var words []string
	for _, q := range sweep.Parameters() {
		if q.Kind == sweep.KindPath {
			words = append(words, *q.PathIn(&p))
		}
	}
	if c := p.Command; c != nil {
		words = append(append(append(words, c.Dir, c.Template), c.Files...), c.Run...)
		words = append(append(words, ""), c.Stated...)
	}
	return strings.Join(words, "\x00")
}
