package command

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sweep/trainer/gpu"
)

// environment says where the run was trained, each "name = value" on a line: what the
// program left in environment.txt, its interpreter, its GPUs, and where its metrics were
// found. It also says where the program ended, if that is not where the grid says.
func (a *attempt) environment() string {
	lines := a.folder.environment()
	if program := versions.of(a.program); program != "" {
		lines = append(lines, "program = "+program)
	}
	if on := gpu.Describe(a.grant.Devices); on != "" {
		lines = append(lines, "gpu = "+on)
	}
	lines = append(lines, "metrics = "+a.metrics.Source())
	if steps := a.run.Params.Steps; a.last != steps {
		lines = append(lines, fmt.Sprintf("ended = at step %d of %d", a.last, steps))
	}
	for _, note := range a.metrics.Notes() {
		lines = append(lines, "note = "+note)
	}
	return strings.Join(lines, "\n")
}

// versions are what interpreters say of themselves.
var versions interpreters

// interpreters asks each interpreter once.
type interpreters struct {
	mu    sync.Mutex
	known map[string]string
}

// versionFor is how long an interpreter may take to tell its version.
const versionFor = 10 * time.Second

// of returns the path of a program and, if it is Python, its version.
func (i *interpreters) of(path string) string {
	if !strings.HasPrefix(filepath.Base(path), "python") {
		return path
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if about, ok := i.known[path]; ok {
		return about
	}
	ctx, stop := context.WithTimeout(context.Background(), versionFor)
	defer stop()
	about := path
	if out, err := exec.CommandContext(ctx, path, "--version").Output(); err == nil {
		about += ", " + strings.TrimSpace(string(out))
	}
	if i.known == nil {
		i.known = map[string]string{}
	}
	i.known[path] = about
	return about
}
