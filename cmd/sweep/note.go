package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sweep/sweep"
)

type noteCommand struct {
	Name  string   `predictor:"sweep" arg:"" name:"NAME" help:"A sweep or, if none is called so, a run, by name or the start of its key."`
	Text  *string  `arg:"" optional:"" name:"TEXT" help:"What to write about it, in place of what was written before; '' takes that away."`
	Tag   []string `placeholder:"TAG" help:"Tags to add, separated by commas."`
	Untag []string `placeholder:"TAG" help:"Tags to take away, separated by commas."`
	runFlag
	storeFlag
}

// Help shows examples.
func (noteCommand) Help() string {
	return `'sweep ls' and 'sweep show' have notes and tags; 'sweep ls --tag TAG' lists what
is tagged.

Examples:
  sweep note menus 'the lr axis ends too low' --tag draft
  sweep note r8-a16-lr1e-3-s0 --sweep menus --tag odd
  sweep note menus --untag draft`
}

// Run writes a note, or shows it where nothing is to be written.
func (c *noteCommand) Run(ctx context.Context, out streams) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	st, err := openStore(c.DB, reading, newNotices(out.stderr).waiting(ctx, c.DB))
	if err != nil {
		return err
	}
	of, err := c.subject(ctx, st)
	if err = errors.Join(err, st.Close()); err != nil {
		return err
	}
	if st, err = openStore(c.DB, writing, newNotices(out.stderr).waiting(ctx, c.DB)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	var now sweep.Note
	err = st.EditNote(ctx, of, func(n sweep.Note) sweep.Note {
		now = c.edit(n)
		return now
	})
	if _, missing := errors.AsType[*sweep.NotFoundError](err); missing && of.Key != "" {
		return fmt.Errorf("run %s was never begun, so that there is nothing to note on it yet; note on its sweep", c.Name)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out.stdout, wrap(c.Name+": "+describeNote(now), 79, "  "))
	return err
}

// check refuses tags that could not be asked for.
func (c *noteCommand) check() error {
	for _, tag := range slices.Concat(c.Tag, c.Untag) {
		if err := sweep.CheckTag(tag); err != nil {
			return fmt.Errorf("--tag %w", err)
		}
	}
	return nil
}

// subject is what the name means.
func (c *noteCommand) subject(ctx context.Context, st sweep.Store) (sweep.Subject, error) {
	if c.Sweep == "" {
		_, err := st.SweepHead(ctx, c.Name)
		if _, missing := errors.AsType[*sweep.NotFoundError](err); !missing {
			return sweep.Subject{Sweep: c.Name}, err
		}
	}
	found, err := st.Find(ctx, c.Name, c.Sweep)
	return sweep.Subject{Key: found.Key}, err
}

// edit is a note as the command changes it.
func (c *noteCommand) edit(n sweep.Note) sweep.Note {
	if c.Text != nil {
		n.Text = *c.Text
	}
	for _, tag := range c.Tag {
		if !slices.Contains(n.Tags, tag) {
			n.Tags = append(n.Tags, tag)
		}
	}
	n.Tags = slices.DeleteFunc(n.Tags, func(tag string) bool { return slices.Contains(c.Untag, tag) })
	return n
}

// describeNote is a note in a line.
func describeNote(n sweep.Note) string {
	var parts []string
	if len(n.Tags) > 0 {
		parts = append(parts, "["+strings.Join(n.Tags, ", ")+"]")
	}
	if n.Text != "" {
		parts = append(parts, n.Text)
	}
	if len(parts) == 0 {
		return "no note"
	}
	return strings.Join(parts, " ")
}
