package fleet

import (
	"context"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

// driver is how River asks the server, but for what needs no answer of it.
type driver struct{ *riverpgxv5.Driver }

// GetExecutor is what River's clients ask the server by outside transactions.
func (d driver) GetExecutor() riverdriver.Executor { return executor{d.Driver.GetExecutor()} }

type executor struct{ riverdriver.Executor }

// QueueGet tells a client that its queue is not paused, which each asks every two seconds:
// whether a sweep is paused is in fleet_queue.
func (executor) QueueGet(_ context.Context, params *riverdriver.QueueGetParams) (*rivertype.Queue, error) {
	return unpaused(params.Name), nil
}

// QueueCreateOrSetUpdatedAt writes nothing of a client that begins to work: all clients of a
// sweep would write the same row, one waiting for the other's commit, until thousands wait
// for longer than River lets them. Who works is in fleet_worker.
func (executor) QueueCreateOrSetUpdatedAt(_ context.Context, params *riverdriver.QueueCreateOrSetUpdatedAtParams) (*rivertype.Queue, error) {
	return unpaused(params.Name), nil
}

func unpaused(name string) *rivertype.Queue {
	return &rivertype.Queue{Name: name, Metadata: []byte("{}")}
}
