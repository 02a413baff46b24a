package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
)

type doctorCommand struct {
	output
	storeFlag
}

// Help shows examples.
func (doctorCommand) Help() string {
	return `Nothing is changed. Exit code 1 says that there is a problem; each comes with
its remedy.

Examples:
  sweep doctor
  sweep doctor -o json`
}

// diagnosis is what was found of one thing, and what to do about it.
type diagnosis struct {
	what, found string
	remedy      string // "" where nothing is wrong
}

// scarce is how little memory or disk is a problem, in bytes.
const scarce = 1 << 30

// Run looks at the machine and the store.
func (c *doctorCommand) Run(ctx context.Context, out streams) error {
	l := listing{columns: []string{"what", "found", "remedy"}}
	problems := 0
	for _, d := range slices.Concat(binary(), c.machine(), accelerators(ctx), c.store(ctx)) {
		l.rows = append(l.rows, []any{d.what, d.found, d.remedy})
		if d.remedy != "" {
			problems++
		}
	}
	if c.Output != "table" {
		if err := c.write(out.stdout, l); err != nil {
			return err
		}
	} else {
		for _, row := range l.rows {
			fmt.Fprintln(out.stdout, wrap(fmt.Sprintf("%-9s %s", row[0], row[1]), 79, "          "))
			if row[2] != "" {
				fmt.Fprintln(out.stdout, wrap(fmt.Sprintf("%-9s ! %s", "", row[2]), 79, "            "))
			}
		}
	}
	if problems > 0 {
		return &exitError{exitFailed, fmt.Errorf("%s found", humanize.Count(problems, "problem"))}
	}
	return nil
}

// binary reports what this program is, and which kernels it runs.
func binary() []diagnosis {
	t := newFineTuner()
	p, facts := provenance(t), t.describe()
	kernels := diagnosis{what: "kernels", found: fmt.Sprintf("%s, of %s; compiled by %s", p.Kernels, strings.Join(facts.levels, " "), facts.compiler)}
	if len(facts.levels) == 1 {
		kernels.remedy = "this processor has none of the vector instructions there are kernels for: training is right, and slow"
	}
	return []diagnosis{
		{what: "program", found: fmt.Sprintf("sweep %s, revision %s, numerics %d, %s", p.Version, cmp.Or(p.FullRevision(), "unknown"), facts.numerics, p.Go)},
		{what: "processor", found: p.CPU},
		kernels,
	}
}

// machine reports the cores, the memory and the disk that this process has.
func (c *doctorCommand) machine() []diagnosis {
	threads := diagnosis{what: "cores", found: fmt.Sprintf("%d, of which this process may use %d", runtime.NumCPU(), cores)}
	if average, err := load.Avg(); err == nil {
		threads.found += fmt.Sprintf("; load %.1f", average.Load1)
		if average.Load1 > 1.5*float64(cores) {
			threads.remedy = "other processes compete for the cores: end them, or lower --workers"
		}
	}
	memory := diagnosis{what: "memory"}
	if m, err := mem.VirtualMemory(); err != nil {
		memory.found = "unknown: " + err.Error()
	} else {
		free := freeMemory()
		if free <= 0 { // the system is not Linux
			free = int64(m.Available)
		}
		memory.found = fmt.Sprintf("%.1f GB, %.1f GB free", float64(m.Total)/1e9, float64(free)/1e9)
		if free < scarce {
			memory.remedy = "little memory is free: lower --workers, batch or seq, or end other processes"
		}
	}
	if c.DB.onServer() {
		return []diagnosis{threads, memory}
	}
	return []diagnosis{threads, memory, c.disk()}
}

// network are file systems on which SQLite's locks and its shared memory do not
// work between machines.
var network = []string{"nfs", "nfs4", "cifs", "smb2", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "lustre"}

func (c *doctorCommand) disk() diagnosis {
	d := diagnosis{what: "disk"}
	usage, err := disk.Usage(filepath.Dir(string(c.DB)))
	if err != nil {
		d.found = "unknown: " + err.Error()
		d.remedy = "name a store in a folder that exists, with --db"
		return d
	}
	d.found = fmt.Sprintf("%.1f GB free for the store", float64(usage.Free)/1e9)
	if usage.Fstype != "" { // Windows names none for a folder
		d.found += ", on " + usage.Fstype
	}
	switch {
	case slices.Contains(network, strings.ToLower(usage.Fstype)):
		d.remedy = "the store is on a network file system, where SQLite may lose data: put it on a local disk with --db"
	case usage.Free < scarce:
		d.remedy = "the disk is nearly full: free some space, or put the store elsewhere with --db"
	}
	return d
}

// size is how large a store is that is a file, to be read after its name.
func (c *doctorCommand) size() (string, error) {
	if c.DB.onServer() {
		return "", nil
	}
	at, err := os.Stat(string(c.DB))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(", %.1f MB", float64(at.Size())/1e6), nil
}

// store reports what the store holds.
func (c *doctorCommand) store(ctx context.Context) []diagnosis {
	d := diagnosis{what: "store"}
	size, err := c.size()
	var sweeps []sweep.SavedSweep
	runs := map[string]sweep.State{}
	if err == nil {
		err = c.soon(ctx, func(st sweep.Store) error {
			if sweeps, err = st.Sweeps(ctx); err != nil {
				return err
			}
			var keys []string
			for _, s := range sweeps {
				keys = append(keys, s.Keys...)
			}
			runs, err = st.States(ctx, keys)
			return err
		})
	}
	if errors.Is(err, fs.ErrNotExist) {
		d.found = fmt.Sprintf("%s does not exist yet; the first `%s` makes it", c.DB, c.command("run", "GRID.toml"))
		return []diagnosis{d}
	}
	if err != nil {
		d.found, d.remedy = c.DB.String(), explain(err)
		return []diagnosis{d}
	}
	n := map[sweep.State]int{}
	for _, state := range runs {
		n[state]++
	}
	d.found = fmt.Sprintf("%s%s: %s; of their runs %d done, %d diverged, %d running, %d failed", c.DB,
		size, humanize.Count(len(sweeps), "sweep"), n[sweep.StateDone], n[sweep.StateDiverged], n[sweep.StateRunning], n[sweep.StateFailed])
	for _, s := range sweeps {
		if slices.ContainsFunc(s.Keys, func(key string) bool { return runs[key] == sweep.StateFailed }) {
			d.remedy = fmt.Sprintf("some runs failed: `%s` tells why; `%s` tries them again",
				c.command("ls", s.Name, "--where", `state = "failed"`), c.command("run", "GRID.toml"))
			break
		}
	}
	return []diagnosis{d}
}
