package serve

import (
	"context"
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

// drop forgets the store. What still reads it ends with an error, and is asked for again.
func (r *reopened) drop() {
	_ = r.store.Close() // it is of no use
	r.store = nil
}

// failed returns err, with which reading a store failed. Unless it says what the store does
// not have, the store is opened anew before it is read again.
func (r *reopened) failed(ctx context.Context, st sweep.Store, err error) error {
	if isMissing(err) || ctx.Err() != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.store == st {
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
