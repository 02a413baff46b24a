package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"sweep/plots"
	"sweep/store"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

type reportCommand struct {
	Sweep string `placeholder:"NAME" help:"Sweep to report on (default: the latest)."`
	Out   string `placeholder:"FILE" help:"FILE.md, with its figures beside it, or FILE.html, with its figures inside (default: Markdown without figures, on the terminal)."`
	DB    string `name:"db" default:"sweep.db" placeholder:"FILE" help:"Store (default: ${default})."`
}

// Run writes what a sweep says of each claim, and what to do about it.
func (c *reportCommand) Run(ctx context.Context, out streams) error {
	format := strings.ToLower(filepath.Ext(c.Out))
	if c.Out != "" && format != ".md" && format != ".html" {
		return fmt.Errorf("--out %s: a report is a .md or a .html file", c.Out)
	}
	return readSweep(ctx, c.DB, c.Sweep, func(_ *store.Store, saved store.Sweep, results []sweep.Result) error {
		p, err := newPage(saved, results)
		if err != nil {
			return fmt.Errorf("report on sweep %s: %w", saved.Name, err)
		}
		switch format {
		case "":
			return p.writeMarkdown(out.stdout)
		case ".md":
			return c.saveMarkdown(out, p, results)
		default:
			return c.saveHTML(out, p, results)
		}
	})
}

// saveMarkdown saves the figures beside the report.
func (c *reportCommand) saveMarkdown(out streams, p page, results []sweep.Result) error {
	base := strings.TrimSuffix(c.Out, filepath.Ext(c.Out))
	err := p.illustrate(results, func(name string, f plots.Figure) (figure, error) {
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
func (c *reportCommand) saveHTML(out streams, p page, results []sweep.Result) error {
	err := p.illustrate(results, func(_ string, f plots.Figure) (figure, error) {
		var b bytes.Buffer
		err := f.Write(&b, "svg")
		return figure{SVG: inline(b.String())}, err
	})
	if err != nil {
		return err
	}
	return c.save(out, p.writeHTML)
}

// illustrate draws the figures of every claim and adds what place makes of
// them, in the claims' order.
func (p *page) illustrate(results []sweep.Result, place func(name string, f plots.Figure) (figure, error)) error {
	for i := range p.Claims {
		claim := &p.Claims[i]
		if !claim.Varied {
			continue
		}
		for _, kind := range claimKinds(claim.Claim) {
			figures, err := kind.draw(results, plots.Options{})
			if errors.Is(err, plots.ErrNothingToDraw) {
				continue
			}
			if err != nil {
				return fmt.Errorf("draw claim (%s): %w", claim.Letter, err)
			}
			for _, f := range figures {
				placed, err := place(kind.name+f.Suffix, f)
				if err != nil {
					return err
				}
				placed.Shows = kind.shows
				claim.Figures = append(claim.Figures, placed)
			}
		}
	}
	return nil
}

// figureKind is a way to draw results.
type figureKind struct {
	name, shows string
	draw        func([]sweep.Result, plots.Options) ([]plots.Figure, error)
}

// claimKinds are the figures that show a claim.
func claimKinds(claim analysis.Claim) []figureKind {
	byAlpha := func(draw func([]sweep.Result, string, plots.Options) ([]plots.Figure, error)) func([]sweep.Result, plots.Options) ([]plots.Figure, error) {
		return func(results []sweep.Result, o plots.Options) ([]plots.Figure, error) {
			return draw(results, "alpha", o)
		}
	}
	switch claim {
	case analysis.AlphaTracksLR():
		return []figureKind{
			{"lr-alpha", "loss against lr for each alpha, and the best lr against alpha", byAlpha(plots.ByAxis)},
			{"collapse", "the same losses against lr scaled by alpha and by the start of A", byAlpha(plots.Collapse)},
		}
	case analysis.FixedAlpha():
		return []figureKind{{"regret", "the best lr against r for each rule, and the regret of keeping the first", plots.Regret}}
	case analysis.NotTooLarge():
		return []figureKind{{"heatmap", "map of the loss over alpha and lr with the best lr of each alpha", byAlpha(plots.Heatmap)}}
	default:
		return nil
	}
}

func (c *reportCommand) save(out streams, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("write report %s: %w", c.Out, err)
	}
	if err := os.WriteFile(c.Out, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("save the report: %w", err)
	}
	_, err := fmt.Fprintln(out.stdout, c.Out)
	return err
}
