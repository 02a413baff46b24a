package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sweep/cmd/sweep/report"
	"sweep/plots"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/atomicfile"
	"sweep/sweep/grid"
)

type reportCommand struct {
	Sweep []string `predictor:"sweep" placeholder:"NAME" help:"Sweep to report on; name several to have them on one page (default: the latest)."`
	Out   string   `placeholder:"FILE" help:"FILE.md, with its figures beside it, or FILE.html, with its figures inside (default: Markdown without figures, on the terminal)."`

	Same   share  `default:"5%" placeholder:"SHARE" help:"Losses that differ by less are the same (default: ${default})."`
	Regret share  `default:"5%" placeholder:"SHARE" help:"Reusing a learning rate may cost this much of the loss and still serve (default: ${default})."`
	Style  string `enum:"auto,paper,slides,dark" default:"auto" help:"Colours: auto follows the reader's screen, light or dark, in HTML, and is paper in Markdown; paper, slides, dark: see 'sweep plot' (default: ${default})."`
	metricFlag
	storeFlag
}

// Help shows examples.
func (reportCommand) Help() string {
	return `Examples:
  sweep report
  sweep report --sweep menus --sweep more-menus --out report.html
  sweep report --same 2% --regret 1% --out report.md
  sweep report --metric match`
}

// share is a part of a whole, written as 5% or 0.05.
type share float64

// UnmarshalText reads a share.
func (s *share) UnmarshalText(text []byte) error {
	number, percent := strings.CutSuffix(strings.TrimSpace(string(text)), "%")
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		x /= 100
	}
	if err != nil || !(x > 0) || x > 1 {
		return fmt.Errorf("%q is no share above 0 and up to 1, such as 5%% or 0.05", text)
	}
	*s = share(x)
	return nil
}

func (c *reportCommand) margins() analysis.Margins {
	return analysis.Margins{Same: float64(c.Same), Regret: float64(c.Regret)}
}

// Run writes what sweeps say of each claim, and what to do about it.
func (c *reportCommand) Run(ctx context.Context, out streams) error {
	format := strings.ToLower(filepath.Ext(c.Out))
	if c.Out != "" && format != ".md" && format != ".html" {
		return fmt.Errorf("--out %s: a report is a .md or a .html file", c.Out)
	}
	if err := os.MkdirAll(filepath.Dir(c.Out), 0o755); err != nil {
		return fmt.Errorf("make the folder for the report: %w", err)
	}
	return c.read(ctx, out, func(st sweep.Store) error {
		sweeps, err := c.sweeps(ctx, st)
		if err != nil {
			return err
		}
		style := plots.Style(c.Style)
		if c.Style == "auto" {
			style = ""
		}
		r, err := report.New(report.Input{
			Sweeps: sweeps, Margins: c.margins(), Names: report.MarginNames{Same: "--same", Regret: "--regret"},
			Style: style, Command: c.again(sweeps),
		})
		if err != nil {
			return err
		}
		switch format {
		case "":
			return r.Markdown(out.stdout)
		case ".md":
			if err := r.DrawBeside(ctx, st, c.figureBeside(out)); err != nil {
				return err
			}
			return c.save(out, r.Markdown)
		default:
			if err := r.DrawInside(ctx, st); err != nil {
				return err
			}
			return c.save(out, r.HTML)
		}
	})
}

// sweeps are those named, each once, or the latest if none is.
func (c *reportCommand) sweeps(ctx context.Context, st sweep.Store) ([]report.Sweep, error) {
	names := c.Sweep
	if len(names) == 0 {
		names = []string{""}
	}
	var sweeps []report.Sweep
	for _, name := range names {
		saved, spec, err := savedGrid(ctx, st, name)
		if err != nil {
			return nil, err
		}
		results, history, err := resultsOf(ctx, st, saved, spec)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(sweeps, func(s report.Sweep) bool { return s.Name == saved.Name }) {
			continue
		}
		predicted := spec.Predicted(results) // each by its own metric
		if results, err = c.compared(results); err != nil {
			return nil, fmt.Errorf("report on sweep %s: %w", saved.Name, err)
		}
		train, next := c.command(onGrid("run", saved)...), c.command(append(onGrid("next", saved), c.words()...)...)
		if spec.Imported != "" {
			train, next = trainThere, ""
		}
		sweeps = append(sweeps, report.Sweep{
			Name: saved.Name, Question: saved.Question, TOML: saved.TOML, Results: results, Predicted: predicted, TrainedWith: spec.TrainedWith(results), History: history,
			Imported: spec.Imported, Train: train, Next: next,
			ListHashes: c.command("ls", saved.Name, "--columns", "run,state,eval_loss,curve_hash"),
		})
	}
	return sweeps, nil
}

// resultsOf are all runs of a saved sweep, and its history.
func resultsOf(ctx context.Context, st sweep.Store, saved sweep.SavedSweep, spec *grid.Spec) ([]sweep.Result, sweep.History, error) {
	results, err := st.Results(ctx, saved.Name)
	if err != nil {
		return nil, sweep.History{}, err
	}
	if err := addRowLosses(ctx, st, results); err != nil {
		return nil, sweep.History{}, err
	}
	history, err := st.History(ctx, saved.Name)
	return spec.Complete(results), history, err
}

// again is the command that makes the report.
func (c *reportCommand) again(sweeps []report.Sweep) string {
	words := []string{"report"}
	for _, s := range sweeps {
		words = append(words, "--sweep", s.Name)
	}
	for _, margin := range []struct {
		flag             string
		given, byDefault float64
	}{
		{"same", float64(c.Same), analysis.DefaultMargins().Same},
		{"regret", float64(c.Regret), analysis.DefaultMargins().Regret},
	} {
		if margin.given != margin.byDefault {
			words = append(words, "--"+margin.flag, fmt.Sprintf("%g%%", 100*margin.given))
		}
	}
	words = append(words, c.words()...)
	if c.Out != "" {
		words = append(words, "--out", operand(c.Out))
	}
	if c.Style != "auto" {
		words = append(words, "--style", c.Style)
	}
	return c.command(words...)
}

// figureBeside saves figures, and their numbers, beside the report.
func (c *reportCommand) figureBeside(out streams) report.Place {
	base := strings.TrimSuffix(c.Out, filepath.Ext(c.Out))
	return func(name string, f plots.Figure) (report.Figure, error) {
		path := base + "-" + name + ".svg"
		if err := errors.Join(f.Save(path), f.SaveData(base+"-"+name+".csv")); err != nil {
			return report.Figure{}, err
		}
		_, err := fmt.Fprintln(out.stdout, path)
		return report.Figure{Path: filepath.Base(path)}, err
	}
}

func (c *reportCommand) save(out streams, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("write report %s: %w", c.Out, err)
	}
	err := atomicfile.Write(context.Background(), c.Out, func(w io.Writer) error {
		_, err := b.WriteTo(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = fmt.Fprintln(out.stdout, c.Out)
	return err
}
