package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"sweep/plots"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/atomicfile"
)

type reportCommand struct {
	Sweep []string `predictor:"sweep" placeholder:"NAME" help:"Sweep to report on; name several to have them on one page (default: the latest)."`
	Out   string   `placeholder:"FILE" help:"FILE.md, with its figures beside it, or FILE.html, with its figures inside (default: Markdown without figures, on the terminal)."`

	Same   share `default:"5%" placeholder:"SHARE" help:"Losses that differ by less are the same (default: ${default})."`
	Regret share `default:"5%" placeholder:"SHARE" help:"Reusing a learning rate may cost this much of the loss and still serve (default: ${default})."`
	Left   share `default:"50%" placeholder:"SHARE" help:"What alpha does is gone where less than this share of its variance is left (default: ${default})."`
	figureFlags
	storeFlag
}

// Help shows examples.
func (reportCommand) Help() string {
	return `Examples:
  sweep report
  sweep report --sweep menus --sweep more-menus --out report.html
  sweep report --same 2% --regret 1% --out report.md`
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
	return analysis.Margins{Same: float64(c.Same), Regret: float64(c.Regret), Left: float64(c.Left)}
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
		studies, err := readStudies(ctx, st, c.Sweep, c.margins())
		if err != nil {
			return err
		}
		for i, s := range studies {
			file := cmp.Or(s.saved.File, s.saved.Name+".toml")
			studies[i].run = commandLine(onStore(c.DB, "sweep", "run", operand(file))...)
		}
		p := newPage(studies, c.margins())
		p.Command = c.again(studies)
		for i, s := range p.Sweeps {
			p.Sweeps[i].Hashes = commandLine(onStore(c.DB, "sweep", "ls", s.Name, "--columns", "run,state,eval_loss,curve_hash")...)
		}
		figures := func(p *page, place placer) error { return p.illustrate(ctx, st, studies, c.options(""), place) }
		switch format {
		case "":
			return p.writeMarkdown(out.stdout)
		case ".md":
			return c.saveMarkdown(out, p, figures)
		default:
			return c.saveHTML(out, p, figures)
		}
	})
}

// again is the command that makes the report.
func (c *reportCommand) again(studies []study) string {
	words := []string{"sweep", "report"}
	for _, name := range sweepNames(studies) {
		words = append(words, "--sweep", name)
	}
	for _, margin := range []struct {
		flag             string
		given, otherwise float64
	}{
		{"same", float64(c.Same), analysis.DefaultMargins().Same},
		{"regret", float64(c.Regret), analysis.DefaultMargins().Regret},
		{"left", float64(c.Left), analysis.DefaultMargins().Left},
	} {
		if margin.given != margin.otherwise {
			words = append(words, "--"+margin.flag, fmt.Sprintf("%g%%", 100*margin.given))
		}
	}
	if c.Out != "" {
		words = append(words, "--out", operand(c.Out))
	}
	if c.Style != "paper" {
		words = append(words, "--style", c.Style)
	}
	return commandLine(onStore(c.DB, words...)...)
}

// placer puts a figure, whose name no other of the report has, where the page
// finds it.
type placer func(name string, f plots.Figure) (figure, error)

// illustrator draws the figures of a page.
type illustrator func(p *page, place placer) error

// saveMarkdown saves the figures beside the report.
func (c *reportCommand) saveMarkdown(out streams, p page, illustrate illustrator) error {
	base := strings.TrimSuffix(c.Out, filepath.Ext(c.Out))
	err := illustrate(&p, func(name string, f plots.Figure) (figure, error) {
		path := base + "-" + name + ".svg"
		if err := errors.Join(f.Save(path), f.SaveData(base+"-"+name+".csv")); err != nil {
			return figure{}, err
		}
		_, err := fmt.Fprintln(out.stdout, path)
		return figure{Path: filepath.Base(path)}, err
	})
	if err != nil {
		return err
	}
	return c.save(out, p.writeMarkdown)
}

// saveHTML puts the figures into the report.
func (c *reportCommand) saveHTML(out streams, p page, illustrate illustrator) error {
	p.Dark = c.Style == "dark"
	err := illustrate(&p, func(_ string, f plots.Figure) (figure, error) {
		var b bytes.Buffer
		err := f.Write(&b, "svg")
		return figure{SVG: inline(b.String())}, err
	})
	if err != nil {
		return err
	}
	return c.save(out, p.writeHTML)
}

func (c *reportCommand) save(out streams, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("write report %s: %w", c.Out, err)
	}
	err := atomicfile.Write(context.Background(), c.Out, func(w io.Writer) error {
		_, err := io.WriteString(w, sweep.Visible(b.String()))
		return err
	})
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = fmt.Fprintln(out.stdout, c.Out)
	return err
}
