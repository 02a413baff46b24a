package main

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"sweep/sweep"
)

type versionCommand struct{}

// Help shows examples.
func (versionCommand) Help() string {
	return `Examples:
  sweep version`
}

// Run prints what decides whether two runs can be compared.
func (versionCommand) Run(out streams) error {
	t := newFineTuner()
	p := provenance(t)
	_, err := fmt.Fprintf(out.stdout, "sweep %s\nrevision %s\nnumerics %d\nkernels %s\n%s on %s\n",
		p.Version, cmp.Or(p.FullRevision(), "unknown"), t.describe().numerics, p.Kernels, p.Go, p.CPU)
	return err
}

// provenance is what a run trained by this process would be stored with.
func provenance(t fineTuner) sweep.Provenance {
	p := sweep.Provenance{Version: "(devel)", CPU: cpuModel(), Kernels: t.describe().kernels, Go: runtime.Version()}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return p
	}
	if build.Main.Version != "" {
		p.Version = build.Main.Version
	}
	for _, s := range build.Settings {
		switch s.Key {
		case "vcs.revision":
			p.Revision = s.Value
		case "vcs.modified":
			p.Dirty = s.Value == "true"
		}
	}
	return p
}

// cpuModel names the processor as Linux does, elsewhere its architecture.
func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
