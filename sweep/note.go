package sweep

import (
	"fmt"
	"strings"
)

// Note is what a person wrote about a sweep or a run. It decides nothing.
type Note struct {
	Text string   // "" if there is none
	Tags []string // in order, each once
}

// Empty reports whether nothing was written.
func (n Note) Empty() bool { return n.Text == "" && len(n.Tags) == 0 }

// CheckTag refuses tags that could not be asked for.
func CheckTag(tag string) error {
	if tag == "" || tag != strings.TrimSpace(tag) || strings.ContainsAny(tag, "\n\t,") {
		return fmt.Errorf("%q: a tag is a word or a few, without commas and line breaks", tag)
	}
	return nil
}

// Subject is the sweep or the run that a note is about.
type Subject struct {
	Sweep string // name of the sweep; "" where it is a run
	Key   string // of the run
}
