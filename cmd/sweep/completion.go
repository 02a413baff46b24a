package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"
	"github.com/posener/complete"

	"sweep/sweep"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help shows examples.
func (completionCommand) Help() string {
	return `The lines that it prints belong into ~/.bashrc, ~/.zshrc or
~/.config/fish/config.fish. Names of sweeps and runs, and what --by, --where and
their like take, are completed from the store.

Examples:
  sweep completion bash
  sweep completion zsh
  sweep completion fish`
}

// The shell calls the program with the line typed so far in COMP_LINE.
var completions = map[string]string{
	"bash": "complete -o default -C sweep sweep\n",
	"zsh":  "autoload -U +X bashcompinit && bashcompinit\ncomplete -o default -C sweep sweep\n",
	"fish": `function __complete_sweep
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct); and set COMP_LINE "$COMP_LINE "
    sweep
end
complete -c sweep -a "(__complete_sweep)"
`,
}

// Run prints what makes a shell complete the arguments of this program.
func (c *completionCommand) Run(out streams) error {
	_, err := fmt.Fprint(out.stdout, completions[c.Shell])
	return err
}

// completeLine answers a shell that asks for completions, and ends the parser
// as --help does.
func completeLine(ctx context.Context, parser *kong.Kong) {
	kongcompletion.Register(
		parser,
		kongcompletion.WithPredictor("grid", complete.PredictFiles("*.toml")),
		kongcompletion.WithPredictor("file", complete.PredictFiles("*")),
		kongcompletion.WithPredictor("topic", complete.PredictSet(topicNames(parser)...)),
		kongcompletion.WithPredictor("sweep", fromStore(ctx, savedNames)),
		kongcompletion.WithPredictor("run", fromStore(ctx, runNames)),
		kongcompletion.WithPredictor("axis", fromStore(ctx, axisNames)),
		kongcompletion.WithPredictor("column", fromStore(ctx, columnNames)),
	)
}

// topicNames are what 'sweep help' explains.
func topicNames(parser *kong.Kong) []string {
	names := slices.Collect(maps.Keys(topics()))
	for _, command := range parser.Model.Children {
		names = append(names, command.Name)
	}
	return names
}

// fromStore completes names from the store that the line typed so far is about.
// Where that cannot be read, nothing is completed.
func fromStore(ctx context.Context, names func(ctx context.Context, st sweep.Store, sweepName string) ([]string, error)) complete.Predictor {
	return complete.PredictFunc(func(line complete.Args) []string {
		var known []string
		_ = storeFlag{storeName(flagIn(line, "--db", defaultStore))}.soon(ctx, func(st sweep.Store) (err error) {
			named, err := sweepIn(ctx, st, line)
			if err != nil {
				return err
			}
			known, err = names(ctx, st, named)
			return err
		})
		return known
	})
}

// sweepIn is the sweep that a line is about: that of --sweep, or a word that is the name of
// one; "" if there is none.
func sweepIn(ctx context.Context, st sweep.Store, line complete.Args) (string, error) {
	if name := flagIn(line, "--sweep", ""); name != "" {
		return name, nil
	}
	names, err := savedNames(ctx, st, "")
	if i := slices.IndexFunc(line.Completed, func(word string) bool { return slices.Contains(names, word) }); i >= 0 {
		return line.Completed[i], err
	}
	return "", err
}

// flagIn is the value of a flag in a line, or its default.
func flagIn(line complete.Args, flag, byDefault string) string {
	if i := slices.Index(line.Completed, flag); i >= 0 && i+1 < len(line.Completed) {
		return line.Completed[i+1]
	}
	for _, word := range line.Completed {
		if value, ok := strings.CutPrefix(word, flag+"="); ok {
			return value
		}
	}
	return byDefault
}

func savedNames(ctx context.Context, st sweep.Store, _ string) ([]string, error) {
	sweeps, err := st.SweepHeads(ctx)
	var names []string
	for _, s := range sweeps {
		names = append(names, s.Name)
	}
	return names, err
}

func runNames(ctx context.Context, st sweep.Store, sweepName string) ([]string, error) {
	return st.RunNames(ctx, sweepName)
}

// axisNames are the parameters that vary in a sweep.
func axisNames(ctx context.Context, st sweep.Store, sweepName string) ([]string, error) {
	_, spec, err := savedGrid(ctx, st, sweepName)
	if err != nil {
		return nil, err
	}
	return spec.AxisNames(), nil
}

// columnNames are what a condition on the runs of a sweep may read, without what commands
// logged.
func columnNames(ctx context.Context, st sweep.Store, sweepName string) (names []string, err error) {
	_, spec, err := savedGrid(ctx, st, sweepName)
	if err != nil {
		return nil, err
	}
	for _, column := range sweep.Columns(sweep.CommandColumns(spec.Customs(), nil)...) {
		names = append(names, column.Name)
	}
	return names, nil
}
