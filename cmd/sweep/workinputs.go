package main

import (
	"context"
	"fmt"

	"sweep/store/postgres/fleet"
	"sweep/sweep"
)

// relocation says where the inputs of a queue's runs are on this machine.
type relocation struct{}

// trainer trains runs whose inputs are there.
func (relocation) trainer(t fineTuner) sweep.Trainer { return t }

// relocate finds the inputs of a queue, by one of its runs, or says which is not there or
// not what it was.
func (w *workerProcess) relocate(_ context.Context, _ fleet.Queue, run sweep.Run) (relocation, error) {
	is, err := w.trainer.Inspect(run.Params)
	if err == nil && is != run.Inputs {
		err = fmt.Errorf("its inputs are others here: %+v, where it was planned: %+v", is, run.Inputs)
	}
	return relocation{}, err
}
