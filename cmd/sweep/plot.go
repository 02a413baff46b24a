package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sweep/plots"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

type plotCommand struct {
	By      string   `predictor:"axis" placeholder:"AXIS" help:"Parameter to compare, for the kinds lr, curves, heatmap and collapse (default: alpha)."`
	Kind    string   `enum:"${kinds}" default:"lr" placeholder:"KIND" help:"What to draw: ${kinds}; see above (default: ${default})."`
	Sweep   []string `predictor:"sweep" placeholder:"NAME" help:"Sweep to draw, or several, separated by commas, to lay over one another (default: the latest)."`
	Overlay bool     `help:"Lay the arms of the sweep over one another, as --sweep does with several sweeps."`
	Where   string   `predictor:"column" placeholder:"CONDITION" help:"Draw the runs for which this holds, such as 'r = 8 and alpha > 16'. It may read every parameter and column."`
	Out     string   `default:"figures" placeholder:"DIR" help:"Folder for the figures, created if need be (default: ${default})."`
	Format  []string `enum:"png,svg,pdf" default:"png,svg,pdf" help:"File formats, separated by commas (default: ${default})."`
	Width   string   `enum:"one,two" default:"two" help:"Columns that the figure takes: one is 8.5 cm, two are 17.5 cm; on slides 7.6 and 15.2 cm (default: ${default})."`
	metricFlag
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
  sweep plot --kind curves --by r --sweep menus --style slides
  sweep plot --kind curves --metric match
  sweep plot --sweep menus,more-menus --where 'lr < 0.1'`
}

// Run draws the figures and names the files it wrote.
func (c *plotCommand) Run(ctx context.Context, out streams) error {
	by := cmp.Or(c.By, "alpha")
	kind, err := plots.LookupKind(c.Kind)
	if err != nil {
		return err
	}
	if c.chosen() != sweep.MetricLoss && !kind.ByMetric() {
		return fmt.Errorf("--metric %s: figures of kind %s show losses whatever the metric", c.Metric, kind.Name)
	}
	return c.read(ctx, out, func(st sweep.Store) error {
		layers, options, err := c.layers(ctx, st, kind)
		if err != nil {
			return err
		}
		var names []string
		var all []sweep.Result
		for _, l := range layers {
			names = append(names, l.Name)
			all = append(all, l.Results...)
		}
		if _, err := sweep.LookupParameter(by, sweep.CustomParameters(all)...); err != nil {
			return fmt.Errorf("--by %s: %w", by, err)
		}
		if c.By != "" && kind.By {
			if err := analysis.Varies(all, by); err != nil {
				return fmt.Errorf("--by %s: sweep %s: %w", by, strings.Join(names, ", "), err)
			}
		}
		if kind.OverRows {
			for _, l := range layers {
				if err := addRowLosses(ctx, st, l.Results); err != nil {
					return err
				}
			}
		}
		if c.Overlay {
			if layers, err = byArm(layers); err != nil {
				return err
			}
			options.Layers = "arm"
		}
		figures, err := kind.Draw(ctx, layers, by, st, options)
		if err != nil {
			return fmt.Errorf("draw sweep %s: %w", strings.Join(names, ", "), err)
		}
		name := strings.Join(names, "+") + "-" + kind.Name
		if kind.By {
			name += "-" + by
		}
		if c.chosen() != sweep.MetricLoss {
			name += "-" + asFileName.Replace(c.Metric)
		}
		if c.Overlay {
			name += "-overlay"
		}
		return c.save(out, name, figures)
	})
}

// asFileName replaces what names of metrics may hold and those of files may not.
var asFileName = strings.NewReplacer("/", "-", `\`, "-", ":", "-", "*", "-", "?", "-", `"`, "-", "<", "-", ">", "-", "|", "-")

// layers reads the sweeps to draw, and how to draw them.
func (c *plotCommand) layers(ctx context.Context, st sweep.Store, kind plots.FigureKind) ([]plots.Layer, plots.Options, error) {
	options := c.options("")
	options.Width = plots.Width(c.Width)
	options.NoTitle, options.NoCaption, options.Outline = c.NoTitle, c.NoCaption, c.Outline
	names := c.Sweep
	if len(names) == 0 {
		names = []string{""} // the latest
	}
	var layers []plots.Layer
	var titles []string
	drawn, total := 0, 0
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, options, fmt.Errorf("--sweep names %s twice: name each sweep once", name)
		}
		saved, results, err := savedResults(ctx, st, name)
		if err != nil {
			return nil, options, err
		}
		some, err := selectRuns(c.Where, results)
		if err != nil {
			return nil, options, err
		}
		if len(some) == 0 && len(results) > 0 {
			return nil, options, fmt.Errorf("--where %s: sweep %s has no such run among its %d", c.Where, saved.Name, len(results))
		}
		if kind.OverTime {
			options.Metric = c.chosen()
		} else if some, err = c.compared(some); err != nil {
			return nil, options, fmt.Errorf("sweep %s: %w", saved.Name, err)
		}
		drawn, total = drawn+len(some), total+len(results)
		layers = append(layers, plots.Layer{Name: saved.Name, Results: some})
		titles = append(titles, saved.Question)
	}
	options.Title = strings.Join(slices.Compact(titles), " / ")
	if c.Where != "" {
		options.Notes = []string{fmt.Sprintf("Runs where %s: %d of %d", c.Where, drawn, total)}
	}
	return layers, options, nil
}

// byArm makes a layer of each arm of a sweep.
func byArm(sweeps []plots.Layer) ([]plots.Layer, error) {
	if len(sweeps) > 1 {
		return nil, errors.New("--overlay lays the arms of one sweep over one another, and --sweep several sweeps: choose one of the two")
	}
	var layers []plots.Layer
	for _, r := range sweeps[0].Results {
		i := slices.IndexFunc(layers, func(l plots.Layer) bool { return l.Name == r.Arm })
		if i < 0 {
			i, layers = len(layers), append(layers, plots.Layer{Name: r.Arm})
		}
		r.Arm = "" // a layer has one only
		layers[i].Results = append(layers[i].Results, r)
	}
	if len(layers) < 2 {
		return nil, fmt.Errorf("--overlay: sweep %s has no arms to lay over one another", sweeps[0].Name)
	}
	return layers, nil
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
