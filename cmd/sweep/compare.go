package main

import (
	"context"
	"fmt"
	"math"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

type compareCommand struct {
	First  string `predictor:"sweep" arg:"" name:"SWEEP" help:"A sweep, by name."`
	Second string `predictor:"sweep" arg:"" name:"OTHER" help:"The sweep to compare it with."`
	metricFlag
	output
	storeFlag
}

// Help shows examples.
func (compareCommand) Help() string {
	return `Tells what two sweeps differ in, which cells both have and, for each setting but
lr and seed, the best lr and the loss there, with their 95 % intervals. A loss is
that of each seed at the lr that the other seeds choose; 'change' is by what share
the second is higher, over the seeds that both have.

Examples:
  sweep compare menus more-menus
  sweep compare menus more-menus -o csv`
}

// Run sets two sweeps side by side.
func (c *compareCommand) Run(ctx context.Context, out streams) error {
	return c.read(ctx, out, func(st sweep.Store) error {
		var results [2][]sweep.Result
		var names [2]string
		for i, name := range []string{c.First, c.Second} {
			saved, all, err := savedResults(ctx, st, name)
			if err != nil {
				return err
			}
			if all, err = c.compared(all); err != nil {
				return fmt.Errorf("sweep %s: %w", saved.Name, err)
			}
			names[i], results[i] = saved.Name, all
		}
		pair, err := analysis.PairSweeps(results[0], results[1])
		if err != nil {
			return fmt.Errorf("compare %s and %s: %w", names[0], names[1], err)
		}
		if c.Output != "table" {
			return c.write(out.stdout, listPair(pair))
		}
		for _, line := range describePair(pair, names) {
			fmt.Fprintln(out.stdout, wrap(line, pageWidth(out.stdout), "  "))
		}
		return c.write(out.stdout, tabulatePair(pair, names))
	})
}

// describePair says what two sweeps differ in and share.
func describePair(p analysis.SweepPair, names [2]string) []string {
	var lines []string
	for _, d := range p.Differ {
		lines = append(lines, fmt.Sprintf("%s: %s in %s, %s in %s", d.Name, among(d.Values[0]), names[0], among(d.Values[1]), names[1]))
	}
	if len(lines) == 0 {
		lines = append(lines, "no setting differs")
	}
	shared := fmt.Sprintf("%s has %s, %s has %d; ", names[0], humanize.Count(p.Runs[0], "run"), names[1], p.Runs[1])
	if p.Shared > 0 {
		shared += humanize.Count(p.Shared, "run") + " in both, trained once"
	} else {
		shared += "none is in both"
	}
	if p.Alike != p.Shared {
		shared += fmt.Sprintf("; %s alike but for what is said above", humanize.Count(p.Alike, "cell"))
	}
	return append(lines, shared)
}

// among lists values, hashes by their start.
func among(values []analysis.Value) string {
	if len(values) == 0 {
		return "not known"
	}
	var texts []string
	for _, v := range values {
		texts = append(texts, readable(v.Text))
	}
	return strings.Join(texts, ", ")
}

// tabulatePair has a row for each setting, for people.
func tabulatePair(p analysis.SweepPair, names [2]string) listing {
	l := settingColumns(p)
	for _, name := range names {
		l.columns = append(l.columns, "lr "+name, "loss "+name)
	}
	l.columns = append(l.columns, "change")
	for i, s := range p.Settings {
		for _, side := range s.Side {
			if side == nil {
				l.rows[i] = append(l.rows[i], nil, nil)
				continue
			}
			l.rows[i] = append(l.rows[i], bestText(side.Best), estimateText(side.Loss))
		}
		var change any
		if s.Change.Known() {
			change = s.Change.Percent()
		}
		l.rows[i] = append(l.rows[i], change)
	}
	l.caption = capitalized(string(p.Quantity)) + " at the best lr, with 95 % intervals where there are several seeds; change: by what share it is higher in " + names[1] + "."
	return l
}

func capitalized(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// bestText writes a best lr and how it is known, nil if it is not.
func bestText(o statistics.Optimum) any {
	if o.Place == statistics.NoOptimum {
		return nil
	}
	at := digits(o.At, 3)
	switch {
	case o.Place == statistics.AtLow:
		return at + " or lower"
	case o.Place == statistics.AtHigh:
		return at + " or higher"
	case o.Place == statistics.AtDivergence:
		return at + ", the next diverges"
	case math.IsNaN(o.Low):
		return at
	}
	return fmt.Sprintf("%s (%s to %s)", at, digits(o.Low, 2), digits(o.High, 2))
}

// estimateText writes an estimate, nil if there is none.
func estimateText(e statistics.Estimate) any {
	if !e.Known() {
		return nil
	}
	return e.String()
}

// listPair is tabulatePair for programs.
func listPair(p analysis.SweepPair) listing {
	l := settingColumns(p)
	for _, side := range []string{"first", "second"} {
		for _, name := range []string{"lr", "lr_low", "lr_high", "lr_place", "loss", "loss_low", "loss_high", "done", "runs"} {
			l.columns = append(l.columns, side+"_"+name)
		}
	}
	l.columns = append(l.columns, "change", "change_low", "change_high", "seeds")
	for i, s := range p.Settings {
		for _, side := range s.Side {
			if side == nil {
				l.rows[i] = append(l.rows[i], make([]any, 9)...)
				continue
			}
			b := side.Best
			l.rows[i] = append(l.rows[i], present(b.At), present(b.Low), present(b.High), string(b.Place),
				present(side.Loss.Value), present(side.Loss.Low), present(side.Loss.High), side.Tally.Done, side.Tally.Total())
		}
		l.rows[i] = append(l.rows[i], present(s.Change.Value), present(s.Change.Low), present(s.Change.High), s.Seeds)
	}
	return l
}

// settingColumns has the settings alone.
func settingColumns(p analysis.SweepPair) listing {
	var l listing
	for _, s := range p.Settings {
		for _, at := range s.At {
			if _, err := l.index(at.Axis); err != nil {
				l.columns = append(l.columns, at.Axis)
			}
		}
	}
	for _, s := range p.Settings {
		row := make([]any, len(l.columns))
		for _, at := range s.At {
			i, _ := l.index(at.Axis) // which is there
			row[i] = valueOf(at)
		}
		l.rows = append(l.rows, row)
	}
	return l
}
