package gpu

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
)

// slack is what sums of shares may be off by, as thirds and tenths are.
const slack = 1e-9

// Pool shares GPUs out. A request waits until all that came before it are served, so that
// one for several GPUs is not passed over for ever. Parts are put together: a GPU that
// nobody uses is taken last. Its methods are safe for concurrent use.
//
// Other processes do not know of it: two that use the same GPUs share them unawares.
type Pool struct {
	machine Machine

	mu    sync.Mutex
	free  []float64 // of each device
	queue []*request
}

// request is one that waits.
type request struct {
	share  float64
	served chan []int // the devices, once it is served
}

// NewPool shares out the GPUs of a machine, all of which are free.
func NewPool(m Machine) *Pool {
	p := &Pool{machine: m, free: make([]float64, len(m.Devices))}
	for i := range p.free {
		p.free[i] = 1
	}
	return p
}

// Machine returns the GPUs that are shared out.
func (p *Pool) Machine() Machine { return p.machine }

// Share is what a run gets that asks for a share, or for nil: one GPU, where there is any.
func (p *Pool) Share(asked *float64) float64 {
	switch {
	case asked != nil:
		return *asked
	case len(p.machine.Devices) > 0:
		return 1
	default:
		return 0
	}
}

// Check returns why a run can never have a share, nil if it can.
func (p *Pool) Check(share float64) error {
	switch {
	case !(share >= 0) || math.IsInf(share, 0):
		return fmt.Errorf("gpus = %g: a run's share is 0, a part of one GPU such as 0.5, or whole ones", share)
	case share > 1 && share != math.Trunc(share):
		return fmt.Errorf("gpus = %g: a run's share is a part of one GPU, or whole ones", share)
	case p.Capacity(share) > 0:
		return nil
	case len(p.machine.Devices) == 0:
		return fmt.Errorf("gpus = %g: there is no GPU that may be used here; leave gpus out to train without", share)
	case p.machine.Devices[0].Part():
		return fmt.Errorf("gpus = %g: GPUs here are parts that MIG made, of which a run uses one at the most", share)
	default:
		return fmt.Errorf("gpus = %g: a run asks for more GPUs than the %d that may be used here: %s", share, len(p.machine.Devices), Describe(p.machine.Devices))
	}
}

// Capacity is how many runs of a share fit at once; math.MaxInt for a share of 0.
func (p *Pool) Capacity(share float64) int {
	switch {
	case share == 0:
		return math.MaxInt
	case share <= 1:
		return int(1/share+slack) * len(p.machine.Devices)
	default:
		return len(p.whole()) / int(share)
	}
}

// Choices returns the devices that a run of a share may have, where all are free: for a
// part of a GPU or one, each of them. There are no devices in the one choice of a share of 0.
func (p *Pool) Choices(share float64) [][]Device {
	var all [][]Device
	switch {
	case share == 0:
		return [][]Device{nil}
	case share <= 1:
		for _, d := range p.machine.Devices {
			all = append(all, []Device{d})
		}
		return all
	}
	for at := range slices.Chunk(p.whole(), int(share)) {
		if len(at) == int(share) {
			all = append(all, p.grant(at, share).Devices)
		}
	}
	return all
}

// whole returns the devices that a run may use several of.
func (p *Pool) whole() []int {
	var at []int
	for i, d := range p.machine.Devices {
		if !d.Part() {
			at = append(at, i)
		}
	}
	return at
}

// Acquire waits until a share is free and takes it, until it is released. It fails if
// there can never be that much, or with the error of ctx if that ends before.
func (p *Pool) Acquire(ctx context.Context, share float64) (*Grant, error) {
	if err := p.Check(share); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if share == 0 {
		return &Grant{pool: p}, nil
	}
	r := &request{share, make(chan []int, 1)}
	p.mu.Lock()
	p.queue = append(p.queue, r)
	p.serve()
	p.mu.Unlock()
	select {
	case at := <-r.served:
		return p.grant(at, share), nil
	case <-ctx.Done():
		return nil, p.withdraw(ctx, r)
	}
}

// withdraw takes a request back, and what it was served meanwhile.
func (p *Pool) withdraw(ctx context.Context, r *request) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = slices.DeleteFunc(p.queue, func(other *request) bool { return other == r })
	select {
	case at := <-r.served:
		p.giveBack(at, r.share)
	default:
	}
	p.serve() // it may have been in the way of others
	return ctx.Err()
}

// serve serves the requests in their order, as far as the GPUs last.
func (p *Pool) serve() {
	for len(p.queue) > 0 {
		at := p.fit(p.queue[0].share)
		if at == nil {
			return
		}
		for _, i := range at {
			p.free[i] -= min(p.queue[0].share, 1)
		}
		p.queue[0].served <- at
		p.queue = p.queue[1:]
	}
}

// fit returns the devices for a share, nil if there are not enough. A part goes where
// least is left that holds it.
func (p *Pool) fit(share float64) []int {
	if share > 1 {
		idle := slices.DeleteFunc(p.whole(), func(i int) bool { return p.free[i] < 1-slack })
		if len(idle) < int(share) {
			return nil
		}
		return idle[:int(share)]
	}
	best := -1
	for i, free := range p.free {
		if free >= share-slack && (best < 0 || free < p.free[best]) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	return []int{best}
}

// giveBack makes the share free again.
func (p *Pool) giveBack(at []int, share float64) {
	for _, i := range at {
		if p.free[i] += min(share, 1); p.free[i] > 1-slack {
			p.free[i] = 1
		}
	}
}

func (p *Pool) grant(at []int, share float64) *Grant {
	g := &Grant{Share: share, pool: p, at: at}
	for _, i := range at {
		g.Devices = append(g.Devices, p.machine.Devices[i])
	}
	return g
}
