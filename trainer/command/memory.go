package command

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/trainer/gpu"
)

// shortage is a text by which programs say that memory ran out, in lower case, and what
// to do then.
type shortage struct{ text, remedy string }

const (
	gpuRemedy     = "a smaller batch with more accumulate, a shorter seq, gradient checkpointing, a larger share of gpus, or a GPU with more memory"
	machineRemedy = "fewer runs at a time (--workers), fewer data loading processes, a smaller batch, or a machine with more memory"
)

// shortages returns what programs print: PyTorch's words for CUDA, ROCm and Apple's GPUs,
// those of cuDNN and cuBLAS, XLA's, and those of PyTorch, NumPy, Python and C++ for the
// machine's memory.
func shortages() []shortage {
	return []shortage{
		{"cuda out of memory", gpuRemedy},
		{"hip out of memory", gpuRemedy},
		{"mps backend out of memory", gpuRemedy},
		{"cuda error: out of memory", gpuRemedy},
		{"torch.outofmemoryerror", gpuRemedy},
		{"torch.cuda.outofmemoryerror", gpuRemedy},
		{"cublas_status_alloc_failed", gpuRemedy},
		{"cudnn_status_alloc_failed", gpuRemedy},
		{"resource_exhausted: out of memory", gpuRemedy},
		{"defaultcpuallocator: can't allocate memory", machineRemedy},
		{"defaultcpuallocator: not enough memory", machineRemedy},
		{"numpy.core._exceptions._arraymemoryerror", machineRemedy},
		{"numpy._core._exceptions._arraymemoryerror", machineRemedy},
		{"std::bad_alloc", machineRemedy},
		{"cannot allocate memory", machineRemedy},
	}
}

// killedOfIt returns what programs print whose processes were killed, in lower case: the
// loader of PyTorch, torchrun, and subprocess of Python.
func killedOfIt() []string {
	return []string{"is killed by signal: killed", "signal 9 (sigkill) received by pid", "died with <signals.sigkill: 9>"}
}

// outOfMemory says that memory ran out, by how the program ended and by what it printed
// last; nil if it did not.
func (a *attempt) outOfMemory(e exit) error {
	lines := lastLines(a.folder.log(a.number), causeWithin)
	killed := e.Signal == sigkill || e.Code == 128+sigkill || slices.ContainsFunc(lines, func(line string) bool {
		return slices.ContainsFunc(killedOfIt(), func(text string) bool { return strings.Contains(strings.ToLower(line), text) })
	})
	if e.OutOfMemory && killed {
		return fmt.Errorf("%w: the kernel killed it, as the machine's memory ran out, at step %d of %d; what helps: %s", sweep.ErrOutOfMemory, a.last, a.run.Params.Steps, machineRemedy)
	}
	for _, line := range slices.Backward(lines) {
		small := strings.ToLower(line)
		if strings.HasPrefix(small, "memoryerror") {
			return a.short(line, machineRemedy)
		}
		for _, s := range shortages() {
			if strings.Contains(small, s.text) {
				return a.short(line, s.remedy)
			}
		}
	}
	return nil
}

// causeWithin is how many lines at the end of a log may have the cause of a failure.
const causeWithin = 200

func (a *attempt) short(line, remedy string) error {
	return fmt.Errorf("%w at step %d of %d: %s; what helps: %s", sweep.ErrOutOfMemory, a.last, a.run.Params.Steps, sweep.OneLine(line), remedy)
}

// room says in words what decides how much memory a run has: this machine, the run's
// share of GPUs, and what the options say.
func (t *Trainer) room(share float64, devices []gpu.Device) string {
	words := []string{"on this machine"}
	if host, err := os.Hostname(); err == nil {
		words[0] = "on " + host
	}
	if on := gpu.Describe(devices); on != "" {
		words = append(words, fmt.Sprintf("gpus = %g: %s", share, on))
	}
	if about := t.memory.About; about != "" {
		words = append(words, about)
	}
	return strings.Join(words, ", ")
}

func (a *attempt) room() string { return a.trainer.room(a.grant.Share, a.grant.Devices) }

// Refuses reports whether Train would refuse a run, as its last attempt ran out of memory
// and nothing has changed since. Where a run may have GPUs of several kinds, it does if it
// would on one of them.
func (t *Trainer) Refuses(run sweep.Run) (bool, error) {
	at, err := folderOf(t.runs, run.Key)
	if err != nil {
		return false, err
	}
	p, err := at.past()
	if err != nil || len(p.attempts) == 0 || t.memory.TryAgain {
		return false, err
	}
	share, choices := 0.0, [][]gpu.Device{nil}
	if t.gpus != nil {
		share = t.gpus.Share(run.Params.Command.GPUs)
		choices = t.gpus.Choices(share)
	}
	return slices.ContainsFunc(choices, func(devices []gpu.Device) bool { return p.lacked(t.room(share, devices)) }), nil
}

// lacked reports whether the last attempt ran out of memory in a room.
func (p past) lacked(room string) bool {
	if len(p.attempts) == 0 {
		return false
	}
	last := p.records[p.attempts[len(p.attempts)-1]]
	return last.OutOfMemory && last.room == room
}

// refuseAgain refuses a run whose last attempt ran out of memory, where it would again.
func (a *attempt) refuseAgain() error {
	n, memory := len(a.past.attempts), a.trainer.memory
	if memory.TryAgain || !a.past.lacked(a.room()) {
		return nil
	}
	last := a.past.records[a.past.attempts[n-1]]
	how := ""
	if memory.How != "" {
		how = fmt.Sprintf("; '%s' tries it all the same", memory.How)
	}
	return fmt.Errorf("%w in attempt %d, %s, and nothing has changed since%s; what helps on GPUs: %s; on the machine: %s; log: %s",
		sweep.ErrOutOfMemory, last.Number, last.room, how, gpuRemedy, machineRemedy, a.folder.log(last.Number))
}
