package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/cmd/sweep/report"
	"sweep/sweep"
)

type dataCommand struct {
	Grid string `predictor:"grid" arg:"" name:"GRID.toml" help:"Grid file."`
	setFlag
	Count int `short:"n" default:"3" placeholder:"N" help:"Rows to show of each data set, the first ones that are trained on (default: ${default})."`
	output
}

// Help shows examples.
func (dataCommand) Help() string {
	return `Says of each data set what becomes of its rows, and shows the first ones that
are trained on as the model sees them: a | after each token, and what counts for
the loss apart from what does not. As JSON or CSV there is a line for each
token. 'sweep help rows' shows what rows may look like.

Examples:
  sweep data menus.toml
  sweep data menus.toml -n 1 -o csv
  sweep data menus.toml --set seq=512`
}

// Run shows the rows of a grid.
func (c *dataCommand) Run(ctx context.Context, out streams) error {
	if c.Count < 0 {
		return fmt.Errorf("-n %d: rows to show must not be negative", c.Count)
	}
	t := newFineTuner()
	plan, err := readPlan(ctx, out, c.Grid, t, c.Set...)
	if err != nil {
		return err
	}
	groups := report.GroupRows(plan.Runs)
	for _, run := range plan.Runs {
		if command := run.Params.Command; command != nil {
			text := fmt.Sprintf("%s trains the runs of the command and reads its rows itself: what they are is not known here", sweep.ProgramOf(command))
			if len(groups) == 0 {
				return errors.New(text)
			}
			fmt.Fprintln(out.stderr, wrap("note: "+text, 79, "  "))
			break
		}
	}
	if c.Output != "table" {
		l := listing{columns: []string{"run", "row", "place", "id", "text", "counts", "target"}}
		for _, g := range groups {
			rows, err := t.FirstRows(g.Runs[0].Params, c.Count)
			if err != nil {
				return err
			}
			l.rows = append(l.rows, listTokens(g.Runs[0].Name, rows)...)
		}
		return c.write(out.stdout, l)
	}
	var shown []sweep.SeenRow
	for _, g := range groups {
		fmt.Fprintln(out.stdout, wrap("data: "+g.Text(), 79, "  "))
		rows, err := t.FirstRows(g.Runs[0].Params, c.Count)
		if err != nil {
			return err
		}
		if reflect.DeepEqual(rows, shown) && len(rows) > 0 {
			fmt.Fprintln(out.stdout, "  begins with the rows above")
			continue
		}
		for _, row := range rows {
			describeRow(out, row)
		}
		shown = rows
	}
	for _, note := range plan.Notes {
		fmt.Fprintln(out.stdout, wrap("note: "+note, 79, "  "))
	}
	return nil
}

// describeRow shows a row in stretches of tokens that count and tokens that do not.
func describeRow(out streams, row sweep.SeenRow) {
	counted := 0
	for _, t := range row.Tokens {
		if t.Counts {
			counted++
		}
	}
	fmt.Fprintf(out.stdout, "\n%s: %s, of which %d count\n", row.Place, humanize.Count(len(row.Tokens), "token"), counted)
	for i := 0; i < len(row.Tokens); {
		end := i + 1
		for end < len(row.Tokens) && row.Tokens[end].Counts == row.Tokens[i].Counts {
			end++
		}
		label := "  no loss  "
		if row.Tokens[i].Counts {
			label = "  loss     "
		}
		fmt.Fprintln(out.stdout, wrapTokens(label, row.Tokens[i:end]))
		i = end
	}
}

// wrapTokens writes tokens with | between them, on lines of at most 79 columns that
// break between tokens, the first of them after a label.
func wrapTokens(label string, tokens []sweep.SeenToken) string {
	var b strings.Builder
	b.WriteString(label)
	column := len(label)
	for _, t := range tokens {
		text := tokenText(t) + "|"
		if width := len([]rune(text)); column+width > 79 && column > len(label) {
			b.WriteString("\n" + strings.Repeat(" ", len(label)))
			column = len(label)
		}
		b.WriteString(text)
		column += len([]rune(text))
	}
	return b.String()
}

// tokenText is what a token stands for, with escapes for what cannot be seen; its id
// where it stands for no text, and what is to be predicted where that is another token.
func tokenText(t sweep.SeenToken) string {
	text := strconv.Quote(t.Text)
	text = strings.ReplaceAll(text[1:len(text)-1], `\"`, `"`)
	if t.Text == "" {
		text = "#" + strconv.Itoa(int(t.ID))
	}
	if t.Target != t.ID {
		text += "(#" + strconv.Itoa(int(t.Target)) + ")"
	}
	return text
}

// listTokens has a line for each token.
func listTokens(run string, rows []sweep.SeenRow) (lines [][]any) {
	for _, row := range rows {
		for i, t := range row.Tokens {
			lines = append(lines, []any{run, row.Place, i, int(t.ID), strings.ToValidUTF8(t.Text, "\ufffd"), t.Counts, int(t.Target)})
		}
	}
	return lines
}
