package main

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"sweep/sweep"
)

type helpCommand struct {
	Topic []string `arg:"" optional:"" name:"TOPIC" predictor:"topic" help:"A command, or grid, command, rows, predict, params or columns."`
	Man   bool     `help:"Print all commands as one page in the form that man reads."`
}

// Help shows examples.
func (helpCommand) Help() string {
	return `Examples:
  sweep help
  sweep help grid
  sweep help command
  sweep help rows
  sweep help predict
  sweep help server
  sweep help params
  sweep help columns
  sweep help db backup
  sweep help --man > sweep.1`
}

// topics are what is explained beside the commands.
func topics() map[string]func() string {
	return map[string]func() string{
		"grid":    func() string { return gridExample },
		"command": explainCommand,
		"rows":    func() string { return aboutRows },
		"predict": explainPredictions,
		"server":  func() string { return aboutServers },
		"params":  explainParameters,
		"columns": explainColumns,
	}
}

// overview is the first page of the manual.
//
//go:embed overview.txt
var overview string

// gridExample is a grid in every form there is, with comments that explain it.
//
//go:embed grid.toml
var gridExample string

// aboutRows says what rows may look like, and what becomes of them.
//
//go:embed rows.txt
var aboutRows string

// aboutServers says how a store on a server is named, secured and shared.
//
//go:embed server.txt
var aboutServers string

// Run explains the topic, or tells what there is to know.
func (c helpCommand) Run(ctx context.Context, parsed *kong.Context, out streams) error {
	text := overview
	switch {
	case c.Man && len(c.Topic) > 0:
		return fmt.Errorf("--man prints the page of all commands; leave out %s", strings.Join(c.Topic, " "))
	case c.Man:
		text = manual(parsed.Model)
	case len(c.Topic) > 0:
		explain, ok := topics()[c.Topic[0]]
		if !ok {
			return c.command(ctx, out)
		}
		text = explain()
	}
	_, err := fmt.Fprint(out.stdout, text)
	return err
}

// command shows the help of a command.
func (c helpCommand) command(ctx context.Context, out streams) error {
	var stderr strings.Builder
	if code := run(ctx, append(c.Topic, "--help"), out.stdin, out.stdout, &stderr); code != 0 {
		return fmt.Errorf("no help on %s: name a command, or %s", strings.Join(c.Topic, " "),
			strings.Join(slices.Sorted(maps.Keys(topics())), ", "))
	}
	return nil
}

// explainParameters shows each parameter as it would stand in [fixed].
func explainParameters() string {
	var b strings.Builder
	b.WriteString(wrap("Each parameter stands in [fixed], is an axis of [grid] with a list of values, moves with others in a [[zip]], "+
		"is an axis of some cells in a [[when]] or is computed in [derive]; 'sweep help grid' shows how. Shown here are the defaults.", 79, "") + "\n")
	for _, q := range sweep.Parameters() {
		fmt.Fprintf(&b, "\n%s = %s\n", q.Name, defaultOf(q))
		fmt.Fprintln(&b, wrap("    "+q.Doc, 79, "    "))
		allowed := q.Allowed()
		if q.Unit != "" {
			allowed += "; unit: " + q.Unit
		}
		fmt.Fprintln(&b, wrap("    Allowed: "+allowed, 79, "    "))
	}
	return b.String()
}

// explainPredictions lists what a grid can predict.
func explainPredictions() string {
	var b strings.Builder
	b.WriteString(wrap("What a [[predict]] of a grid may name as its quantity; 'sweep help grid' shows where it stands. Shares are written as parts of 1: "+
		"0.05 is 5 %. Seeds are averaged over, and the best lr is looked for unless nothing is tuned, in each combination of what else varies. "+
		"With metric = \"match\" the error rate takes the place of the loss in all but counts: the share of held-out rows that are not completed as they are, with half a row added, in cells with eval = [\"loss\", \"match\"]. "+
		"The name of a metric that the command of the cells logs has its last value there.", 79, "") + "\n")
	for _, form := range []struct {
		form  sweep.QuantityForm
		needs string
	}{
		{sweep.AlongAxis, "Runs along an axis: name it with along; above, below or both. With by, from and to, which may be two arms, it is the difference between the two:"},
		{sweep.BetweenSettings, "Compares two settings: name them with by, from and to; above, below or both:"},
		{sweep.CountOfBits, "Counts what is equal to the bit or not, which certifies the code and is no evidence about training; equals, above or below:"},
	} {
		fmt.Fprintln(&b, "\n"+wrap(form.needs, 79, ""))
		for _, q := range sweep.PredictedQuantities() {
			if q.Form == form.form {
				fmt.Fprintln(&b, wrap(fmt.Sprintf("  %-24s %s", q.Name, q.Doc), 79, strings.Repeat(" ", 27)))
			}
		}
	}
	return b.String()
}

// explainColumns lists what runs can be listed, sorted and selected by.
func explainColumns() string {
	var b strings.Builder
	b.WriteString(wrap("Columns of 'sweep ls', for --columns and --sort and in the conditions of --where. Losses are in nats a token. "+
		"Every parameter is a column too: 'sweep help params'. So is every metric that a command logged beside these, "+
		"with its last value, under its name, or with logged. before it where another column has that: 'sweep help command'.", 79, "") + "\n\n")
	for _, column := range sweep.Columns() {
		if _, err := sweep.LookupParameter(column.Name); err != nil {
			fmt.Fprintln(&b, wrap(fmt.Sprintf("%-18s %s", column.Name, column.Doc), 79, strings.Repeat(" ", 19)))
		}
	}
	return b.String()
}

// defaultOf is the value of a parameter, or the name of the one it inherits it
// from.
func defaultOf(q sweep.Parameter) string {
	if q.Inherits != "" {
		return q.Inherits
	}
	return inTOML(q.Default)
}

func inTOML(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case []string:
		if pattern, ok := sweep.TargetPattern(v); ok {
			return fmt.Sprintf("%q", pattern)
		}
		return `["` + strings.Join(v, `", "`) + `"]`
	default:
		return sweep.FormatValue(v)
	}
}
