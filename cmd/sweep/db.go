package main

import (
	"context"
	"fmt"
	"os"

	"sweep/sweep"
)

// dbCommand is the commands on the store itself.
type dbCommand struct {
	Check  dbCheckCommand  `cmd:"" help:"Read the whole store and tell what is damaged."`
	Backup dbBackupCommand `cmd:"" help:"Copy the store to a file, even while sweeps run."`
	Copy   dbCopyCommand   `cmd:"" help:"Copy a sweep, or all of a store, to another store."`
}

type dbCheckCommand struct{ storeFlag }

// Help shows examples.
func (dbCheckCommand) Help() string {
	return `All that is stored of runs and sweeps is compared with the hashes made when it
was written: settings, outcomes, curves, adapters, checkpoints, grids. Of a file
every page is read, too. Exit code 1 says that something is damaged.

Examples:
  sweep db check`
}

// Run checks the store.
func (c *dbCheckCommand) Run(ctx context.Context, out streams) error {
	return c.read(ctx, out, func(st sweep.Store) error {
		if err := st.Check(ctx); err != nil {
			return &exitError{exitFailed, err}
		}
		_, err := fmt.Fprintf(out.stdout, "%s: no damage\n", c.DB)
		return err
	})
}

type dbBackupCommand struct {
	File string `predictor:"file" arg:"" name:"FILE" help:"File to write; there must be none yet."`
	storeFlag
}

// Help shows examples.
func (dbBackupCommand) Help() string {
	return `The copy is the store as it is at one instant, whatever is written meanwhile.
It is checked before it gets its name. It is a store itself: --db names it. That
of a store on a server is a file, too; pg_dump makes one for the server.

Examples:
  sweep db backup backup.db
  sweep ls --db backup.db`
}

// Run copies the store.
func (c *dbBackupCommand) Run(ctx context.Context, out streams) error {
	return c.read(ctx, out, func(st sweep.Store) error {
		if err := st.Backup(ctx, c.File); err != nil {
			return err
		}
		at, err := os.Stat(c.File)
		if err != nil {
			return fmt.Errorf("look at the backup: %w", err)
		}
		_, err = fmt.Fprintf(out.stdout, "%s: %.1f MB\n", c.File, float64(at.Size())/1e6)
		return err
	})
}
