package serve

import (
	"bytes"
	"encoding/json"
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

// keep drops the parts for which there is no place any more.
func (p *parts) keep(is func(name string) bool) {
	for name, old := range p.all {
		if old.text != nil && !is(name) {
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
