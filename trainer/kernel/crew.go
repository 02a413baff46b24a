package kernel

import (
	"slices"
	"sync"
)

// Crew shares out cores to queues: where there are fewer of these, helpers on the other
// cores take parts of their calls. How many help, and how fast they are, changes no bit of
// what a queue computes. A nil Crew helps nobody.
type Crew struct {
	cores    int
	mu       sync.Mutex
	teams    []*team
	expected int // queues, at the least
}

// NewCrew returns a crew of so many cores.
func NewCrew(cores int) *Crew { return &Crew{cores: cores} }

// Join has idle cores help with what is queued by a Set that Queue returned, until leave is
// called.
func (c *Crew) Join(k *Set) (leave func(), err error) {
	if c == nil || !canHelp {
		return func() {}, nil
	}
	t, err := newTeam(k.table)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k.queue.team = t
	c.teams = append(c.teams, t)
	c.share()
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		k.queue.team = nil
		t.close()
		c.teams = slices.DeleteFunc(c.teams, func(other *team) bool { return other == t })
		c.share()
	}, nil
}

// Expect has so many queues, at the least, share the cores until over is called.
func (c *Crew) Expect(queues int) (over func()) {
	if c == nil {
		return func() {}
	}
	set := func(n int) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.expected = n
		c.share()
	}
	set(queues)
	return func() { set(0) }
}

// share tells each queue how many helpers it has.
func (c *Crew) share() {
	n := max(len(c.teams), c.expected)
	for i, t := range c.teams {
		t.want(max(0, (c.cores-1-i)/n))
	}
}
