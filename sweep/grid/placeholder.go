package grid

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sweep/sweep"
)

// stated returns the command of an arm, with the parameters that all its cells are given.
// It notes what of it does not fit the arm's parameters, as far as no file needs to be
// read: placeholders without a value, and values that do not get to the program.
func (d *decoder) stated(set settings, arm *Arm) *sweep.Command {
	c, all := set.command.Command, set.command.Command
	all.Stated = slices.Sorted(maps.Keys(arm.keys))
	c.Stated = slices.DeleteFunc(slices.Clone(all.Stated), set.conditional)
	if !slices.Contains(c.Stated, "steps") {
		p := arm.where("steps").problem()
		p.Fault = "is missing: set it for " + inCommandOf(arm) + ", whose progress, pruning and SWEEP_STEPS go by it"
		if _, set := arm.keys["epochs"]; set {
			p.Fault += "; nobody counts the rows that a command reads, so write what epochs comes to beside it"
		}
		d.noteOnce(p)
	}
	d.checkDerived(set, arm)
	placeholders, err := c.Placeholders()
	if err != nil {
		return &c // which was noted
	}
	d.checkPlaceholders(set.command, &all, placeholders)
	if c.Template == "" && len(c.Files) == 0 {
		d.checkReach(arm, &all, placeholders)
	}
	return &c
}

// checkDerived notes formulas of an arm with a command that read what the grid does not set,
// of which nothing is known.
func (d *decoder) checkDerived(set settings, arm *Arm) {
	for _, dv := range set.derived {
		for _, name := range dv.reads() {
			if _, sets := arm.keys[name]; !sets {
				p := dv.at.problem()
				p.Given, p.Fault = tomlText(dv.text), fmt.Sprintf("reads %s, which is not known of %s, as the grid does not set it", name, theProgramOf(arm))
				d.noteOnce(p)
			}
		}
	}
}

func inCommandOf(arm *Arm) string {
	if arm.Name == "" {
		return "a command"
	}
	return "the command of arm " + tomlText(arm.Name)
}

// checkPlaceholders notes placeholders that stand for nothing that the grid sets.
func (d *decoder) checkPlaceholders(c *command, all *sweep.Command, placeholders []string) {
	for _, name := range placeholders {
		p := c.at(c.with(name)).problem()
		switch {
		case name == "template" && all.Template == "":
			p.Fault = "has {template}, and there is no template; write template = \"config.yml\" beside it"
		case sweep.IsCommandPlaceholder(name), slices.Contains(all.Stated, name):
			continue
		default:
			p.Fault = "has {" + name + "}, " + withoutValue(name)
			p.Nearest = nearestPlaceholder(name, all.Stated)
		}
		d.noteOnce(p)
	}
	if all.Template != "" && !slices.Contains(placeholders, "template") {
		p := c.at("template").problem()
		p.Given, p.Fault = tomlText(all.Template), "is filled in for each run, and nothing tells the program where it is; write {template} in run or env"
		d.noteOnce(p)
	}
}

// withoutValue says what is wrong with a placeholder that has no value.
func withoutValue(name string) string {
	if _, err := sweep.LookupParameter(name); err == nil {
		return fmt.Sprintf("and the grid does not set %s; set it in [fixed] or [grid]", name)
	}
	return fmt.Sprintf("which is neither a parameter that the grid sets nor one of {%s}", strings.Join(sweep.CommandPlaceholders(), "}, {"))
}

func nearestPlaceholder(name string, stated []string) string {
	if q, alias := sweep.ParameterByAlias(name); alias && slices.Contains(stated, q.Name) {
		return "{" + q.Name + "}"
	}
	if near := sweep.Nearest(name, slices.Concat(stated, sweep.CommandPlaceholders())); near != "" && near != name {
		return "{" + near + "}"
	}
	return ""
}

// with returns the first key of a command that has the placeholder.
func (c *command) with(placeholder string) string {
	for _, text := range c.Run {
		if parts, err := sweep.ParseArgument(text); err == nil && slices.Contains(sweep.PlaceholdersIn(parts), placeholder) {
			return "run"
		}
	}
	return "env"
}

// checkReach notes parameters that do not get to a program, given all of a command's
// placeholders.
func (d *decoder) checkReach(arm *Arm, c *sweep.Command, placeholders []string) {
	for _, name := range c.Unreached(placeholders, false) {
		p := arm.where(name).problem()
		p.Fault = "does not get to " + theProgramOf(arm) + "; " + reachRemedy(name)
		d.noteOnce(p)
	}
}

func theProgramOf(arm *Arm) string {
	if arm.Name == "" {
		return "the command"
	}
	return "the command of arm " + tomlText(arm.Name)
}

// reachRemedy says how a parameter gets to a program.
func reachRemedy(name string) string {
	return fmt.Sprintf("write {%s} in run or env, or {args} or {params} there for all parameters, or name under files the one that reads SWEEP_PARAMS", name)
}

// state notes that the grid sets a parameter in a cell that a command trains.
func (c *cell) state(name string) {
	was := c.params.Command
	if was == nil || slices.Contains(was.Stated, name) {
		return
	}
	now := *was
	i, _ := slices.BinarySearch(was.Stated, name)
	now.Stated = slices.Insert(slices.Clone(was.Stated), i, name)
	c.params.Command = &now
}

// checkValues refuses a cell whose command has a placeholder without a value there, as a
// [[when]] sets the parameter in other cells only.
func (s *Spec) checkValues(cell string, c *sweep.Command) error {
	placeholders, err := c.Placeholders()
	if err != nil {
		return fmt.Errorf("%s: cell %s: %w", s.File, cell, err)
	}
	for _, name := range placeholders {
		if !sweep.IsCommandPlaceholder(name) && !slices.Contains(c.Stated, name) {
			return fmt.Errorf("%s: the command has {%s}, which has no value in cell %s, where no [[when]] sets it; give %s a value in [fixed] for such cells", s.File, name, cell, name)
		}
	}
	return nil
}
