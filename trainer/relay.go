package trainer

import (
	"context"
	"sync"
)

// relay computes the value of each key once. Whoever asks first computes it, the others
// wait; where that fails, or is cancelled, one of these computes it in turn.
type relay[K comparable, V any] struct {
	mu     sync.Mutex
	values map[K]*relayed[V]
}

type relayed[V any] struct {
	over  chan struct{} // closed when computing it is
	value V
	ok    bool // it was computed
}

// get returns the value of key, or the error of this caller's own compute or ctx.
func (r *relay[K, V]) get(ctx context.Context, key K, compute func() (V, error)) (value V, err error) {
	for {
		v, first := r.enter(key)
		if first {
			return r.compute(key, v, compute)
		}
		select {
		case <-v.over:
			if v.ok {
				return v.value, nil
			}
		case <-ctx.Done():
			return value, ctx.Err()
		}
	}
}

// enter returns the value of key, and whether it is the caller's to compute.
func (r *relay[K, V]) enter(key K) (v *relayed[V], first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.values[key]; ok {
		return v, false
	}
	if r.values == nil {
		r.values = map[K]*relayed[V]{}
	}
	v = &relayed[V]{over: make(chan struct{})}
	r.values[key] = v
	return v, true
}

// compute computes v or, where that fails, leaves its key to others.
func (r *relay[K, V]) compute(key K, v *relayed[V], compute func() (V, error)) (V, error) {
	defer func() { // also if compute panics
		if !v.ok {
			r.mu.Lock()
			delete(r.values, key)
			r.mu.Unlock()
		}
		close(v.over)
	}()
	var err error
	v.value, err = compute()
	v.ok = err == nil
	return v.value, err
}
