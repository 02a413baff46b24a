//go:build unix && !linux

package command

import "testing"

// noneLeft cannot look for processes here.
func noneLeft(*testing.T, *Trainer) {}
