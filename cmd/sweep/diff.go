package main

import (
	"context"
	"fmt"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

type diffCommand struct {
	runFlag
	First  string `predictor:"run" arg:"" name:"RUN" help:"A run, by name or the start of its key."`
	Second string `predictor:"run" arg:"" name:"OTHER" help:"The run to compare it with."`
	output
	storeFlag
}

// Help shows examples.
func (diffCommand) Help() string {
	return `Examples:
  sweep diff r8-a16-lr1e-3-s0 r8-a16-lr1e-3-s1
  sweep diff 2aa877 0a6d09 -o json`
}

// Run lists what two runs differ in.
func (c *diffCommand) Run(ctx context.Context, out streams) error {
	return c.read(ctx, out, func(st sweep.Store) error {
		var runs [2]sweep.Result
		var curves [2][]sweep.Point
		for i, name := range []string{c.First, c.Second} {
			run, err := c.find(ctx, st, name)
			if err != nil {
				return err
			}
			curve, err := st.Curves(ctx, []string{run.Key})
			if err != nil {
				return err
			}
			run.Error, _, _ = strings.Cut(run.Error, "\n")
			runs[i], curves[i] = run.Result, curve[run.Key]
		}
		l := listContrast(analysis.ContrastOf(runs[0], runs[1], curves))
		if c.Output == "table" {
			l.columns[2], l.columns[3] = runs[0].Name, runs[1].Name
		}
		return c.write(out.stdout, l)
	})
}

// listContrast has a row for each fact in which the runs differ.
func listContrast(c analysis.Contrast) listing {
	l := listing{columns: []string{"part", "fact", "first", "second"}, caption: curvesPart(c.Curves)}
	for _, part := range []struct {
		name string
		all  []analysis.Disagreement
	}{{"settings", c.Params}, {"inputs", c.Inputs}, {"provenance", c.Provenance}, {"outcome", c.Outcome}} {
		for _, d := range part.all {
			l.rows = append(l.rows, []any{part.name, d.Name, d.First, d.Second})
		}
	}
	if curve := c.Curves; !curve.Equal {
		l.rows = append(l.rows, []any{"curve", fmt.Sprintf("%s at step %d", curve.Parts, curve.Step), curve.Values[0], curve.Values[1]})
	}
	return l
}

// curvesPart says where the curves first differ.
func curvesPart(c sweep.CurveContrast) string {
	text := fmt.Sprintf("Curves: equal to the bit over %s", humanize.Count(c.Shared, "point"))
	switch {
	case c.Equal:
		return text + "."
	case c.Parts == "end":
		return text + fmt.Sprintf("; only one goes on to step %d.", c.Step)
	default:
		return text + fmt.Sprintf("; %s differs at step %d first.", c.Parts, c.Step)
	}
}
