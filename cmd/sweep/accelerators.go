package main

import (
	"cmp"
	"context"
	"os/exec"
	"strings"
	"time"
)

// accelerators reports what commands find here that train runs: GPUs, and Python.
func accelerators(ctx context.Context) []diagnosis {
	gpus := diagnosis{what: "gpus"}
	about, notes, err := newFineTuner().describeGPUs(ctx)
	gpus.found = cmp.Or(about, "none; runs of commands train without, as many at once as --workers says")
	switch {
	case err != nil:
		gpus.found, gpus.remedy = "cannot be told: "+explain(err), "mend the variable, or name GPUs with --gpus"
	case len(notes) > 0 && about == "":
		gpus.remedy = strings.Join(notes, "; ") + ": mend the driver, or name GPUs with --gpus"
	case len(notes) > 0:
		gpus.found += "; " + strings.Join(notes, "; ")
	}
	return []diagnosis{gpus, interpreter(ctx)}
}

// askPython prints the version of Python and of the packages that train adapters.
const askPython = `import sys, importlib.metadata as m
names = []
for n in ("torch", "transformers", "peft", "trl"):
    try: names.append(n + " " + m.version(n))
    except m.PackageNotFoundError: pass
print(sys.executable + ", " + sys.version.split()[0] + "; " + (", ".join(names) or "none of torch, transformers, peft, trl"))`

// interpreterFor is how long Python may take to tell its version.
const interpreterFor = 20 * time.Second

// interpreter reports the Python that run = ["python", ...] starts.
func interpreter(ctx context.Context) diagnosis {
	d := diagnosis{what: "python"}
	ctx, stop := context.WithTimeout(ctx, interpreterFor)
	defer stop()
	for _, name := range []string{"python", "python3"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		c := exec.CommandContext(ctx, path, "-c", askPython)
		c.WaitDelay = time.Second
		out, err := c.Output()
		if err != nil {
			d.found, d.remedy = path, "it does not run ("+err.Error()+"): name another by its path in run = [...]"
			return d
		}
		d.found = strings.TrimSpace(string(out))
		if name == "python3" {
			d.found += `; there is no python on PATH: write "python3" in run = [...]`
		}
		return d
	}
	d.found = "none on PATH; name one by its path in run = [...]"
	return d
}
