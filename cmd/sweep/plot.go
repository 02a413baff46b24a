package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"sweep/plots"
	"sweep/store"
	"sweep/sweep"
)

type plotCommand struct {
	By     string   `default:"alpha" placeholder:"AXIS" help:"Parameter to compare (default: ${default})."`
	Kind   string   `enum:"lr,curves,heatmap,collapse,regret" default:"lr" help:"lr: final loss against learning rate; curves: loss against step; heatmap: loss over --by and lr; collapse: loss against lr scaled by alpha and the start; regret: rules for alpha side by side over r (default: ${default})."`
	Sweep  string   `placeholder:"NAME" help:"Sweep to draw (default: the latest)."`
	Out    string   `default:"figures" placeholder:"DIR" help:"Folder for the figures, created if need be (default: ${default})."`
	Format []string `enum:"png,svg,pdf" default:"png,svg,pdf" help:"File formats, separated by commas (default: ${default})."`
	DB     string   `name:"db" default:"sweep.db" placeholder:"FILE" help:"Store (default: ${default})."`
}

// Run draws the figures and names the files it wrote.
func (c *plotCommand) Run(ctx context.Context, out streams) error {
	if _, err := sweep.LookupParameter(c.By); err != nil {
		return fmt.Errorf("--by %s: %w", c.By, err)
	}
	return readSweep(ctx, c.DB, c.Sweep, func(st *store.Store, saved store.Sweep, results []sweep.Result) error {
		figures, err := c.draw(ctx, st, saved, results)
		if err != nil {
			return fmt.Errorf("draw sweep %s: %w", saved.Name, err)
		}
		return c.save(out, saved.Name, figures)
	})
}

func (c *plotCommand) draw(ctx context.Context, st *store.Store, saved store.Sweep, results []sweep.Result) ([]plots.Figure, error) {
	options := plots.Options{Title: saved.Question}
	switch c.Kind {
	case "heatmap":
		return plots.Heatmap(results, c.By, options)
	case "collapse":
		return plots.Collapse(results, c.By, options)
	case "regret":
		return plots.Regret(results, options)
	case "lr":
		return plots.ByAxis(results, c.By, options)
	}
	curves, err := st.Curves(ctx, saved.Keys)
	if err != nil {
		return nil, err
	}
	return plots.Curves(results, curves, c.By, options)
}

// save writes each figure in every format, and its numbers as CSV.
func (c *plotCommand) save(out streams, name string, figures []plots.Figure) error {
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("make the folder for figures: %w", err)
	}
	by := c.By
	if c.Kind == "regret" {
		by = "r"
	}
	for _, f := range figures {
		base := filepath.Join(c.Out, fmt.Sprintf("%s-%s-%s%s", name, c.Kind, by, f.Suffix))
		for _, format := range c.Format {
			path := base + "." + format
			if err := f.Save(path); err != nil {
				return err
			}
			fmt.Fprintln(out.stdout, path)
		}
		if err := f.SaveData(base + ".csv"); err != nil {
			return err
		}
		fmt.Fprintln(out.stdout, base+".csv")
	}
	return nil
}
