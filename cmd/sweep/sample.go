package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

type sampleCommand struct {
	runFlag
	Name        string  `predictor:"run" arg:"" optional:"" name:"RUN" help:"A finished run, by name or the start of its key; left out with --best."`
	Prompt      string  `arg:"" optional:"" name:"PROMPT" help:"Text to complete; - reads it from the standard input."`
	Best        bool    `help:"The best run of the sweep, by its loss or --metric, in place of RUN."`
	Rows        int     `placeholder:"N" help:"Complete the prompts of the first N held-out rows, beside what the rows say."`
	Chat        bool    `help:"Give the prompt as a message of a user, by the chat template that the run renders conversations by."`
	Base        bool    `help:"Show what the model says without the adapter, too."`
	MaxTokens   int     `placeholder:"N" help:"Stop after so many tokens (default: 128, or as many as the longest of the rows' own completions)."`
	Temperature float64 `default:"0" placeholder:"T" help:"Draw each token from softmax(logits / T); 0 takes the likeliest (default: ${default})."`
	TopP        float64 `default:"1" placeholder:"P" help:"Draw among the likeliest tokens that together have this probability (default: ${default}, all)."`
	Seed        int     `default:"0" placeholder:"N" help:"Decides what is drawn at a temperature (default: ${default})."`
	metricFlag
	output
	storeFlag
}

// defaultTokens is how many tokens a completion has at most where nobody says.
const defaultTokens = 128

// Help shows examples.
func (sampleCommand) Help() string {
	return `The prompt begins a row as the prompts of the training rows do. The completion
ends with EOS, or with the token that ends a message. It is the same to the bit
each time, at a temperature too. A row matches where the model gives its
completion token for token, which is what eval = ["loss", "match"] counts.

Examples:
  sweep sample r8-a16-lr1e-3-s0 "name[Blue Door] dish[soup]"
  sweep sample --best --rows 5 --base
  sweep sample --best --metric match --rows 5
  sweep sample r8-a16-lr1e-3-s0 Hello --temperature 0.8 --top-p 0.9 --seed 1
  echo "name[Blue Door]" | sweep sample r8-a16-lr1e-3-s0 - --max-tokens 40 -o json`
}

// Run completes prompts by what a run learnt.
func (c *sampleCommand) Run(ctx context.Context, out streams) error {
	if err := c.check(out.stdin); err != nil {
		return err
	}
	var run sweep.Result
	err := c.read(ctx, out, func(st sweep.Store) (err error) {
		run, err = c.run(ctx, out, st)
		return err
	})
	if err != nil {
		return err
	}
	if err := refuseCommands(c.DB, run); err != nil {
		return err
	}
	t := newFineTuner()
	prompts, err := c.prompts(t, run)
	if err != nil {
		return err
	}
	given, err := c.complete(ctx, t, run, prompts, false)
	if err != nil {
		return interruptedOr(ctx, err)
	}
	var base []sweep.Completion
	if c.Base {
		if base, err = c.complete(ctx, t, run, prompts, true); err != nil {
			return interruptedOr(ctx, err)
		}
	}
	if c.Output != "table" {
		return c.write(out.stdout, listSamples(run, prompts, given, base))
	}
	describeSamples(out.stdout, prompts, given, base)
	return nil
}

// check refuses what makes no sense, and settles what the prompt is.
func (c *sampleCommand) check(stdin io.Reader) error {
	if c.Best {
		if c.Prompt != "" {
			return fmt.Errorf("--best takes the place of RUN, and %q and %q are left; give a prompt alone", c.Name, c.Prompt)
		}
		c.Name, c.Prompt = "", c.Name
	}
	switch {
	case !c.Best && len(c.words()) > 0:
		return fmt.Errorf("--metric %s says which run is the best: it goes with --best", c.Metric)
	case !c.Best && c.Name == "":
		return errors.New("name a run, or take --best; 'sweep ls SWEEP' lists runs")
	case c.Rows < 0:
		return fmt.Errorf("--rows %d: complete at least one row", c.Rows)
	case c.Rows > 0 && c.Prompt != "":
		return errors.New("--rows completes held-out rows; leave it or the prompt out")
	case c.Rows == 0 && c.Prompt == "":
		return errors.New("there is no prompt: write one behind the run, - to read it from the standard input, or --rows N for held-out rows")
	case c.Chat && c.Rows > 0:
		return errors.New("--chat is about a prompt of your own; held-out rows are what they are")
	case c.MaxTokens < 0:
		return fmt.Errorf("--max-tokens %d: let at least one token follow", c.MaxTokens)
	case !(c.Temperature >= 0 && c.Temperature <= 1e6):
		return fmt.Errorf("--temperature %v: it is a number from 0 to 1e6", c.Temperature)
	case !(c.TopP > 0 && c.TopP <= 1):
		return fmt.Errorf("--top-p %v: it is a probability above 0, 1 at most", c.TopP)
	case c.Temperature == 0 && (c.TopP != 1 || c.Seed != 0):
		return errors.New("--top-p and --seed change nothing at --temperature 0, which takes the likeliest token; set a temperature")
	}
	if c.Prompt == "-" {
		text, err := io.ReadAll(stdin)
		if err != nil {
			return fmt.Errorf("read the prompt: %w", err)
		}
		c.Prompt = strings.TrimSuffix(string(text), "\n")
	}
	return nil
}

// run is the run that is asked for, with its adapter.
func (c *sampleCommand) run(ctx context.Context, out streams, st sweep.Store) (sweep.Result, error) {
	if !c.Best {
		found, err := c.find(ctx, st, c.Name)
		return found.Result, err
	}
	saved, results, err := savedResults(ctx, st, c.Sweep)
	if err != nil {
		return sweep.Result{}, err
	}
	if results, err = c.compared(results); err != nil {
		return sweep.Result{}, fmt.Errorf("rank sweep %s: %w", saved.Name, err)
	}
	best, _, err := analysis.Best(results, 1)
	if err == nil && len(best) == 0 {
		err = errors.New("none of its runs is done")
	}
	if err != nil {
		return sweep.Result{}, fmt.Errorf("rank sweep %s: %w", saved.Name, err)
	}
	fmt.Fprintf(out.stderr, "the best run of sweep %s: %s\n", saved.Name, best[0].Name)
	r, err := st.Result(ctx, best[0].Key)
	r.Name = best[0].Name
	return r, err
}

// prompts are those of the held-out rows, or the one that a person wrote.
func (c *sampleCommand) prompts(t fineTuner, run sweep.Result) ([]sweep.Prompt, error) {
	if c.Rows == 0 {
		one, err := t.Prompt(run.Params, c.Prompt, c.Chat)
		return []sweep.Prompt{one}, err
	}
	prompts, err := t.HeldOut(run.Params, c.Rows)
	if err == nil && len(prompts) == 0 {
		err = fmt.Errorf("run %s is evaluated on no rows with a prompt; write a prompt instead of --rows", run.Name)
	}
	return prompts, err
}

func (c *sampleCommand) complete(ctx context.Context, t fineTuner, run sweep.Result, prompts []sweep.Prompt, base bool) ([]sweep.Completion, error) {
	s := sweep.Sampling{Base: base, MaxTokens: c.MaxTokens, Temperature: c.Temperature, TopP: c.TopP, Seed: c.Seed}
	if s.MaxTokens == 0 {
		s.MaxTokens = defaultTokens
		if c.Rows > 0 {
			s.MaxTokens = longestAnswer(prompts)
		}
	}
	return t.Complete(ctx, run, prompts, s)
}

// longestAnswer is the most tokens that a row's own completion has.
func longestAnswer(prompts []sweep.Prompt) (tokens int) {
	for _, p := range prompts {
		tokens = max(tokens, len(p.Expected))
	}
	return tokens
}

// matches reports whether a completion is the row's own, which a cut row has the start of.
func matches(p sweep.Prompt, given sweep.Completion) bool {
	return len(given.Tokens) >= len(p.Expected) && slices.Equal(given.Tokens[:len(p.Expected)], p.Expected)
}

// describeSamples writes completions for people: of a prompt of their own what follows it
// and nothing else, so that it can be piped, unless the base model's stands beside it.
func describeSamples(w io.Writer, prompts []sweep.Prompt, given, base []sweep.Completion) {
	for i, p := range prompts {
		switch {
		case p.Place == "" && base == nil:
			fmt.Fprintln(w, given[i].Text)
			continue
		case p.Place != "":
			verdict := "no match"
			if matches(p, given[i]) {
				verdict = "match"
			}
			fmt.Fprintf(w, "%s: %s\n", p.Place, verdict)
			describeText(w, "prompt", p.Text)
			describeText(w, "row", p.Answer)
		}
		describeText(w, "given", given[i].Text)
		if base != nil {
			describeText(w, "base", base[i].Text)
		}
	}
}

// describeText writes a text on one line, in quotes if it is nothing but space.
func describeText(w io.Writer, what, text string) {
	if strings.TrimSpace(text) == "" {
		text = strconv.Quote(text)
	}
	fmt.Fprintln(w, wrap(fmt.Sprintf("  %-7s %s", what, sweep.OneLine(text)), pageWidth(w), "          "))
}

// listSamples has a row for each prompt.
func listSamples(run sweep.Result, prompts []sweep.Prompt, given, base []sweep.Completion) listing {
	l := listing{columns: []string{"run", "key", "place", "prompt", "row", "match", "given", "tokens", "ended", "base"}}
	for i, p := range prompts {
		row := []any{run.Name, run.Key, nil, p.Text, nil, nil, given[i].Text, len(given[i].Tokens), given[i].Ended, nil}
		if p.Place != "" {
			row[2], row[4], row[5] = p.Place, p.Answer, matches(p, given[i])
		}
		if base != nil {
			row[9] = base[i].Text
		}
		l.rows = append(l.rows, row)
	}
	return l
}
