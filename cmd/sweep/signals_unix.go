//go:build unix

package main

import (
	"os"
	"syscall"
)

// endingSignals interrupt a command as Ctrl-C does. Slurm sends SIGUSR1 some time before a
// job's limit where it is told to (sbatch --signal), and SIGTERM at the limit; Kubernetes
// sends SIGTERM.
var endingSignals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGUSR1}
