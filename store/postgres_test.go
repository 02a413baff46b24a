package store_test

import (
	"os"
	"sync"
	"testing"

	"sweep/store"
	"sweep/store/postgres/postgrestest"
	"sweep/store/storetest"
	"sweep/sweep"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Run(m)) }

// places maps the names that storetest has for stores to places on a server. A backup lies
// in the file that it names.
type places struct {
	mu sync.Mutex
	of map[string]string
}

// at is the place of a store, a new one if need be.
func (p *places) at(t *testing.T, name string, create bool) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := os.Stat(name); err == nil {
		return name
	}
	if p.of[name] == "" && create {
		p.of[name] = postgrestest.Store(t)
	}
	if p.of[name] == "" {
		return postgrestest.Store(t) // with nothing in it
	}
	return p.of[name]
}

func TestPostgreSQLIsAStore(t *testing.T) {
	p := places{of: map[string]string{}}
	storetest.Exercise(t, storetest.Backend{
		Open: func(name string) (sweep.Store, error) {
			return store.Open(p.at(t, name, true), sweep.DefaultPatience())
		},
		OpenReadOnly: func(name string) (sweep.Store, error) {
			return store.OpenReadOnly(p.at(t, name, false), sweep.DefaultPatience())
		},
	})
}
