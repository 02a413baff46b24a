package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sweep/plots"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

type plotCommand struct {
	By     string   `placeholder:"AXIS" help:"Parameter to compare, for the kinds lr, curves, heatmap and collapse (default: alpha)."`
	Kind   string   `enum:"${kinds}" default:"lr" placeholder:"KIND" help:"What to draw: ${kinds}; see above (default: ${default})."`
	Sweep  string   `predictor:"sweep" placeholder:"NAME" help:"Sweep to draw (default: the latest)."`
	Out    string   `default:"figures" placeholder:"DIR" help:"Folder for the figures, created if need be (default: ${default})."`
	Format []string `enum:"png,svg,pdf" default:"png,svg,pdf" help:"File formats, separated by commas (default: ${default})."`
	Width  string   `enum:"one,two" default:"two" help:"Columns that the figure takes: one is 8.5 cm, two are 17.5 cm; on slides 7.6 and 15.2 cm (default: ${default})."`
	figureFlags
	NoTitle   bool `help:"Draw no title, as where a document sets its own."`
	NoCaption bool `help:"Draw no caption; write it to a .txt file beside the figure."`
	Outline   bool `help:"Write the letters of SVG files as shapes: they look the same on every machine, but cannot be searched or edited."`
	storeFlag
}

// figureFlags say what figures are for.
type figureFlags struct {
	Style string `enum:"paper,slides,dark" default:"paper" help:"paper: text of 7 to 9 points; slides: larger; dark: larger, light on dark (default: ${default})."`
}

func (f figureFlags) options(title string) plots.Options {
	return plots.Options{Title: title, Style: plots.Style(f.Style)}
}

// kindNames are what --kind may be.
func kindNames() string {
	var names []string
	for _, k := range plots.Kinds() {
		names = append(names, k.Name)
	}
	return strings.Join(names, ",")
}

// Help tells what each kind shows.
func (plotCommand) Help() string {
	text := "Kinds:\n"
	for _, k := range plots.Kinds() {
		text += fmt.Sprintf("  %-9s %s\n", k.Name, k.Shows("--by"))
	}
	return text + `
Examples:
  sweep plot --by alpha
  sweep plot --kind heatmap --width one --format pdf --no-title --no-caption
  sweep plot --kind curves --by r --sweep menus --style slides`
}

// Run draws the figures and names the files it wrote.
func (c *plotCommand) Run(ctx context.Context, out streams) error {
	by := cmp.Or(c.By, "alpha")
	if _, err := sweep.LookupParameter(by); err != nil {
		return fmt.Errorf("--by %s: %w", by, err)
	}
	return readSweep(ctx, out, c.DB, c.Sweep, func(st sweep.Store, saved sweep.SavedSweep, results []sweep.Result) error {
		kind, err := plots.LookupKind(c.Kind)
		if err != nil {
			return err
		}
		if c.By != "" && kind.By {
			if err := analysis.Varies(results, by); err != nil {
				return fmt.Errorf("--by %s: sweep %s: %w", by, saved.Name, err)
			}
		}
		options := c.options(saved.Question)
		options.Width = plots.Width(c.Width)
		options.NoTitle, options.NoCaption, options.Outline = c.NoTitle, c.NoCaption, c.Outline
		figures, err := kind.Draw(ctx, results, by, st, options)
		if err != nil {
			return fmt.Errorf("draw sweep %s: %w", saved.Name, err)
		}
		name := saved.Name + "-" + kind.Name
		if kind.By {
			name += "-" + by
		}
		return c.save(out, name, figures)
	})
}

// save writes each figure in every format, its numbers as CSV, and its caption if
// it is not drawn.
func (c *plotCommand) save(out streams, name string, figures []plots.Figure) error {
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("make the folder for figures: %w", err)
	}
	for _, f := range figures {
		base := filepath.Join(c.Out, name+f.Suffix)
		saves := map[string]func(string) error{".csv": f.SaveData}
		var suffixes []string
		for _, format := range c.Format {
			suffixes = append(suffixes, "."+format)
			saves["."+format] = f.Save
		}
		if c.NoCaption {
			suffixes = append(suffixes, ".txt")
			saves[".txt"] = f.SaveCaption
		}
		for _, suffix := range append(suffixes, ".csv") {
			if err := saves[suffix](base + suffix); err != nil {
				return err
			}
			fmt.Fprintln(out.stdout, base+suffix)
		}
	}
	return nil
}
