package fleet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"sweep/sweep"
)

// Needs is what the runs of a queue need of a worker.
type Needs struct {
	Inputs   []sweep.Input `json:"inputs,omitempty"`
	Numerics int           `json:"numerics,omitempty"` // version of the arithmetic; 0 for a command's runs
	Command  string        `json:"command,omitempty"`  // the program that trains them, "" for the built-in trainer
	GPUs     *float64      `json:"gpus,omitempty"`     // a run's share; nil is one where the machine has any, of a command
	Memory   int64         `json:"memory,omitempty"`   // bytes that one of the runs takes; 0 if unknown
	Least    int64         `json:"least,omitempty"`    // bytes that it could do with, computing activations again
	Shared   int64         `json:"shared,omitempty"`   // bytes that the model takes beside them, once
	Labels   []string      `json:"labels,omitempty"`   // that a worker must have
}

// queueName is the name in River of the queue of an arm of a sweep: the same for the same
// needs.
func queueName(sweepName, arm string, needs []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %s", sweepName, arm, needs)
	return "sweep-" + hex.EncodeToString(h.Sum(nil)[:8])
}

func (n Needs) encode() ([]byte, error) { return json.Marshal(n) }
