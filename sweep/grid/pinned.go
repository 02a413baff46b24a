package grid

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"sweep/sweep"
)

// HubUse is a name on the Hugging Face hub, and the parameter that has it.
type HubUse struct {
	Parameter string
	Name      string // a sweep.HubName
}

// pins are the names that uses were found to stand for.
type pins map[HubUse]string

// at returns what a path was found to be, the path itself if nobody looked.
func (p pins) at(parameter, path string) string {
	return cmp.Or(p[HubUse{parameter, path}], path)
}

// pinnedKeys are the keys of a [[pinned]].
var pinnedKeys = []string{"parameter", "name", "found"}

// decodePinned reads the [[pinned]] tables of a grid: what the names on the Hugging Face
// hub were found to be.
func (d *decoder) decodePinned(root section) {
	for _, table := range d.subtables(root, "pinned") {
		for _, name := range table.names() {
			if !slices.Contains(pinnedKeys, name) {
				d.noteUnknown(table, name, pinnedKeys...)
			}
		}
		var texts [3]string
		for i, key := range pinnedKeys {
			texts[i] = d.textOf(table.key(key), table.values[key])
		}
		h, err := sweep.ParseHubName(texts[2])
		if err == nil && !h.IsCommit() {
			err = errors.New("has no commit of 40 digits behind an '@'")
		}
		if err != nil && texts[2] != "" {
			d.note(Problem{Key: table.key("found"), Given: tomlText(texts[2]), Fault: err.Error(), Allowed: sweep.HubForms})
			continue
		}
		d.library.pinned[HubUse{texts[0], texts[1]}] = texts[2]
	}
}

// HubUses returns the names on the Hugging Face hub that runs may read, by parameter,
// each once.
func (s *Spec) HubUses() (all []HubUse) {
	if s.Imported != "" {
		return nil
	}
	for _, q := range pathParameters() {
		for i := range s.Arms {
			for _, path := range s.Arms[i].paths(q) {
				if use := (HubUse{q.Name, path}); sweep.IsHubName(path) && !slices.Contains(all, use) {
					all = append(all, use)
				}
			}
		}
	}
	return all
}

// Pin returns the grid in which names on the Hugging Face hub stand for what they were
// found to be: names with a commit. Source then ends with these, each as [[pinned]], so
// that it means the same when a branch has moved on.
func (s *Spec) Pin(found map[HubUse]string) (*Spec, error) {
	type entry struct {
		Parameter string `toml:"parameter"`
		Name      string `toml:"name"`
		Found     string `toml:"found"`
	}
	var entries []entry
	for _, use := range s.HubUses() {
		if is := found[use]; is != "" && is != use.Name {
			entries = append(entries, entry{use.Parameter, use.Name, is})
		}
	}
	if len(entries) == 0 {
		return s, nil
	}
	text, err := toml.Marshal(map[string]any{"pinned": entries})
	if err != nil {
		return nil, fmt.Errorf("keep the commits of names on the Hugging Face hub: %w", err)
	}
	source := s.Source + "\n# What names on the Hugging Face hub stood for, as they were read.\n" + string(text)
	return DecodeSpec(strings.NewReader(source), s.File)
}

// adoptCommits gives the names of repositories in p the commits that they have in the
// cell, which is the same run: what the run reads of both is the same.
func adoptCommits(p, cell *sweep.Params) {
	for _, q := range pathParameters() {
		was, errWas := sweep.ParseHubName(*q.PathIn(p))
		is, errIs := sweep.ParseHubName(*q.PathIn(cell))
		if errWas == nil && errIs == nil && was.Repository() == is.Repository() && was.Path == is.Path {
			*q.PathIn(p) = *q.PathIn(cell)
		}
	}
}
