//go:build !unix

package main

import (
	"os"
	"syscall"
)

// endingSignals interrupt a command as Ctrl-C does.
var endingSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}
