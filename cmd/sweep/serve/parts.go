package serve

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// parts are what a page shows, each with the version in which it last changed, so that a
// page that has seen a version is sent what is newer alone.
type parts struct {
	version int64
	all     map[string]part
}

type part struct {
	text    json.RawMessage // nil for one that is gone
	version int64
}

// begin starts another version: what is put from here on is of it.
func (p *parts) begin() { p.version++ }

// put has a part be v. It is as new as the version unless it was that before.
func (p *parts) put(name string, v any) {
	if p.all == nil {
		p.all = map[string]part{}
	}
	text := encode(v)
	if old, ok := p.all[name]; ok && bytes.Equal(old.text, text) {
		return
	}
	p.all[name] = part{text, p.version}
}

// keepFirst drops the parts that a prefix and a number name, but for the first n.
func (p *parts) keepFirst(prefix string, n int) {
	for name, old := range p.all {
		text, is := strings.CutPrefix(name, prefix)
		if place, _ := strconv.Atoi(text); is && old.text != nil && place >= n {
			p.all[name] = part{nil, p.version}
		}
	}
}

// since adds to into the parts that changed after a version; those that are gone are nil.
func (p *parts) since(version int64, into map[string]json.RawMessage) {
	for name, one := range p.all {
		if one.version > version && (one.text != nil || version > 0) {
			into[name] = one.text
		}
	}
}
