package gpu

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// Request says which GPUs a person wants.
type Request struct {
	// Named is a list of GPUs with commas between them, by their index in nvidia-smi or
	// rocm-smi or by UUID, or the start of one. "none" is no GPU, and "" is all.
	Named string
	// Patience is how long nvidia-smi and rocm-smi may take; 0 is DefaultPatience.
	Patience time.Duration
}

// DefaultPatience is enough for nvidia-smi on a machine whose driver has to be loaded
// first.
const DefaultPatience = 30 * time.Second

// None is the request that hides all GPUs.
const None = "none"

// Find returns the GPUs that this process may use, of those that are named. It fails if a
// GPU is named, here or in a variable, that is not there or not granted. That
// nvidia-smi is there and fails is a note: GPUs that are named can be used all the same.
func Find(ctx context.Context, r Request) (Machine, error) {
	if r.Named == None {
		return Machine{Hidden: true}, nil
	}
	if r.Patience == 0 {
		r.Patience = DefaultPatience
	}
	m, err := list(ctx, r.Patience).granted()
	if ctx.Err() != nil {
		return m, ctx.Err()
	}
	if err != nil || r.Named == "" {
		return m, err
	}
	return m.named(r.Named)
}

// list asks the tools of the makers in turn.
func list(ctx context.Context, patience time.Duration) Machine {
	var notes []string
	for _, maker := range []struct {
		tool string
		list func(context.Context) (Machine, error)
	}{{"nvidia-smi", listNVIDIA}, {"rocm-smi", listAMD}} {
		m, err := inTime(ctx, patience, maker.list)
		if len(m.Devices) > 0 {
			return m
		}
		if err != nil && !errors.Is(err, exec.ErrNotFound) {
			notes = append(notes, fmt.Sprintf("%s tells of no GPU: %v", maker.tool, err))
		}
	}
	return Machine{Devices: listApple(), Notes: notes}
}

// inTime calls ask, which may take so long.
func inTime(ctx context.Context, patience time.Duration, ask func(context.Context) (Machine, error)) (Machine, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	m, err := ask(ctx)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("no answer within %v", patience)
	}
	return m, err
}

// output runs a program and returns its standard output. The error has the last line of
// what it said.
func output(ctx context.Context, name string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.WaitDelay = time.Second // a child of it may hold the pipes
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	err := c.Run()
	if err == nil || errors.Is(err, exec.ErrNotFound) {
		return out.Bytes(), err
	}
	for _, text := range [][]byte{said.Bytes(), out.Bytes()} {
		if lines := bytes.Split(bytes.TrimSpace(text), []byte("\n")); len(lines[len(lines)-1]) > 0 {
			return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(lines[len(lines)-1]))
		}
	}
	return nil, err
}
