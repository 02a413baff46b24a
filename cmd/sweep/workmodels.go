package main

import (
	"maps"
	"sync"

	"sweep/store/postgres/fleet"
	"sweep/sweep"
)

// workerModels are the models that a worker has read, each with a trainer of its own, so
// that it forgets a model with its trainer, and the memory that they and the runs in training
// take.
type workerModels struct {
	limit     int64 // bytes, 0 for none
	recompute recomputeFlag
	fresh     func() fineTuner

	mu    sync.Mutex
	read  map[string]*readModel // by the model's content
	inUse int64                 // bytes, of runs in training
}

// readModel is a model that was read.
type readModel struct {
	trainer fineTuner
	bytes   int64
	runs    int // of it in training
}

func newWorkerModels(limit int64, recompute recomputeFlag, fresh func() fineTuner) *workerModels {
	return &workerModels{limit: limit, recompute: recompute, fresh: fresh, read: map[string]*readModel{}}
}

// trainer is the trainer of the model of a run. Another than it had before says that the
// model was forgotten meanwhile.
func (m *workerModels) trainer(run sweep.Run, needs fleet.Needs) fineTuner {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.model(run, needs).trainer
}

// model is that of a run, which is to be read where it was not. Others that no run trains
// are forgotten then.
func (m *workerModels) model(run sweep.Run, needs fleet.Needs) *readModel {
	hash := run.Inputs.Model
	if kept, ok := m.read[hash]; ok {
		return kept
	}
	maps.DeleteFunc(m.read, func(_ string, other *readModel) bool { return other.runs == 0 })
	t := m.fresh()
	t.setRoom(m.room(needs))
	m.read[hash] = &readModel{trainer: t, bytes: needs.Shared}
	return m.read[hash]
}

// room is what a run may take before it computes activations again; without a limit there
// is always more.
func (m *workerModels) room(needs fleet.Needs) int64 {
	return m.recompute.room(m.limit - needs.Shared)
}

// bytes is what a run takes here, as its trainer says; 0 if unknown.
func (m *workerModels) bytes(needs fleet.Needs) int64 {
	if room := m.room(needs); room > 0 && needs.Memory > room {
		return needs.Least
	}
	return needs.Memory
}

// begin takes the memory of a run until end is called. It takes none, and is not ok, where
// others leave too little: a run alone always has its memory.
func (m *workerModels) begin(run sweep.Run, needs fleet.Needs) (end func(), ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	model, bytes := m.model(run, needs), m.bytes(needs)
	if m.limit > 0 && m.busy() && m.inUse+bytes+m.models(model) > m.limit {
		return nil, false
	}
	model.runs++
	m.inUse += bytes
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		model.runs--
		m.inUse -= bytes
	}, true
}

// busy reports whether any run is in training.
func (m *workerModels) busy() bool {
	for _, model := range m.read {
		if model.runs > 0 {
			return true
		}
	}
	return false
}

// models is what those of runs in training take, and one more.
func (m *workerModels) models(more *readModel) (bytes int64) {
	for _, model := range m.read {
		if model.runs > 0 || model == more {
			bytes += model.bytes
		}
	}
	return bytes
}
