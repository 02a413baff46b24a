package probe

import (
	"fmt"
	"strings"
	"time"

	"sweep/sweep"
)

// cost says what a step takes. The run that it is told from was alone.
func (s *session) cost() Finding {
	f := Finding{Check: "cost", Claim: "what a step takes is known"}
	const least = 100 * time.Millisecond // the steps after the first one take together, to be told apart
	c := s.curves[trained]
	shows := fmt.Sprintf("%s a run of %d steps", rounded(c.took), Steps)
	if memory := s.memory(); memory != "" {
		shows += "; " + memory
	}
	from, ok := c.heard[1]
	to, okToo := c.heard[Steps]
	if span := to.Sub(from); ok && okToo && span >= least {
		shows = fmt.Sprintf("%s a step; %s until the first one is over; %s", rounded(span/(Steps-1)), rounded(from.Sub(c.began)), shows)
		return f.answer(Yes, shows, "what a run takes is its start and so many steps")
	}
	return f.untold(shows, "the losses came together, so that steps are shorter than can be timed here; nearly all of a run is its start")
}

// memory is what a run took of the machine, and what its program logged of memory, under
// whatever name.
func (s *session) memory() string {
	var parts []string
	c := s.curves[trained]
	if s.Memory != nil {
		if bytes, err := s.Memory(c.run); err == nil && bytes > 0 {
			parts = append(parts, sweep.FormatBytes(bytes)+" of the machine's memory in its largest process")
		}
	}
	for _, m := range c.outcome.Measures {
		if strings.Contains(strings.ToLower(m.Name), "mem") {
			parts = append(parts, fmt.Sprintf("it logs %s = %s", m.Name, sweep.FormatValue(m.Value)))
		}
	}
	return strings.Join(parts, "; ")
}

func rounded(d time.Duration) string {
	switch {
	case d > 10*time.Second:
		return d.Round(time.Second).String()
	case d > 100*time.Millisecond:
		return d.Round(10 * time.Millisecond).String()
	default:
		return d.Round(100 * time.Microsecond).String()
	}
}
