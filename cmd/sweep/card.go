package main

import (
	"context"
	_ "embed" // for the card's text
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
)

//go:embed card.md.tmpl
var cardText string

// card is what README.md says of an adapter, or of a model that it was merged into.
type card struct {
	Base      string // of the model that was trained on
	Merged    bool
	OfGGUF    bool   // Base is a GGUF file, which has no tokenizer that could be copied
	Name      string // of the run
	Key       string
	Sweep     string // that the run belongs to, "" for none
	Question  string
	Figures   []cardLine
	Rows      string // what it trained on
	Grid      string // a grid of this run alone
	Program   string // version
	BaseQuote string // Base as Python and YAML write it
}

type cardLine struct{ Name, Value string }

// modelCard writes README.md of an exported run: what it is, what it came to, how to load
// it and how to train it again.
func modelCard(ctx context.Context, st sweep.Store, run foundRun, base string, merged bool) (string, error) {
	c := card{
		Base: base, BaseQuote: fmt.Sprintf("%q", base),
		Merged: merged, OfGGUF: strings.EqualFold(filepath.Ext(run.Params.Model), ".gguf"), Name: run.Name, Key: run.Key, Rows: sweep.ShortPath(run.Params.Data),
		Figures: run.cardFigures(), Grid: run.grid(), Program: run.Provenance.Version,
	}
	for _, place := range run.found.Places {
		if place.Sweep == "" {
			continue
		}
		saved, err := st.SweepHead(ctx, place.Sweep)
		if err != nil {
			return "", err
		}
		c.Sweep, c.Question = saved.Name, saved.Question
		break
	}
	var b strings.Builder
	text := template.Must(template.New("card").Parse(cardText))
	if err := text.Execute(&b, c); err != nil {
		return "", fmt.Errorf("write the card of run %s: %w", run.Name, err)
	}
	return b.String(), nil
}

// cardFigures are what the run came to.
func (r foundRun) cardFigures() []cardLine {
	lines := []cardLine{
		{"loss before training", r.figure("first_loss")},
		{"training loss, mean over the last tenth of the steps", r.figure("loss")},
	}
	if r.Evaluated {
		lines = append(lines, cardLine{"loss on held-out rows", r.figure("eval_loss")})
	}
	if r.Match.Known() {
		lines = append(lines, cardLine{"share of the held-out rows completed as they are", r.figure("match")})
	}
	return append(lines, cardLine{"steps", humanize.Count(r.Steps, "step")})
}

// grid is a grid of this run alone: what differs from the defaults.
func (r foundRun) grid() string {
	var b strings.Builder
	fmt.Fprintf(&b, "name = %q\n\n[fixed]\n", strings.ReplaceAll(r.Name, "/", "-"))
	changed, _ := r.settings()
	always := []string{"model", "data"}
	for _, q := range sweep.Parameters() {
		is := func(p sweep.Parameter) bool { return p.Name == q.Name }
		if slices.ContainsFunc(changed, is) || slices.Contains(always, q.Name) {
			fmt.Fprintf(&b, "%s = %s\n", q.Name, inTOML(q.Value(r.Params)))
		}
	}
	return b.String()
}
