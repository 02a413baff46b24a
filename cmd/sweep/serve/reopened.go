package serve

import (
	"context"
	"errors"
	"sync"

	"sweep/sweep"
)

// reopened is a store that is opened when it is first read, and again after it was gone:
// locked, removed, replaced, or written by another version of the program.
type reopened struct {
	open func(context.Context) (sweep.Store, error)

	mu    sync.Mutex
	store sweep.Store // nil while none is open
}

// get returns the store, opened anew if the one that was open is no longer there.
func (r *reopened) get(ctx context.Context) (sweep.Store, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.store != nil && r.store.StillThere(ctx) != nil {
		r.drop()
	}
	if r.store == nil {
		st, err := r.open(ctx)
		if err != nil {
			return nil, err
		}
		r.store = st
	}
	return r.store, nil
}

// drop forgets the store, which those who still read it close by ending.
func (r *reopened) drop() {
	_ = r.store.Close() // it is of no use
	r.store = nil
}

// failed returns err, with which reading the store failed. Unless it says what the store
// does not have, the store is opened anew before it is read again.
func (r *reopened) failed(ctx context.Context, err error) error {
	if isMissing(err) || errors.Is(err, context.Canceled) || ctx.Err() != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.store != nil {
		r.drop()
	}
	return err
}

// Close closes the store.
func (r *reopened) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.store == nil {
		return nil
	}
	st := r.store
	r.store = nil
	return st.Close()
}
