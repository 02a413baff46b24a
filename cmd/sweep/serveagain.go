package main

import (
	"reflect"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// trainAgain is the command that trains one run of a sweep again, in a store of its own,
// since this one has it. Where the grid's file is not there, or cannot be cut down to one
// cell by settings, it is the command that trains all of the sweep.
func trainAgain(saved sweep.SavedSweep, r sweep.Result) string {
	if trainedHere(saved) != nil {
		return trainThere
	}
	other := storeFlag{"again.db"}
	file, settings := gridFile(saved), grid.Settings(saved.TOML)
	if alone := settingsOf(saved, r); isCell(file, settings, alone, r.Name) {
		words := []string{"run", operand(file)}
		return other.command(append(words, setFlag{append(settings, alone...)}.flags()...)...)
	}
	return other.command(onGrid("run", saved)...)
}

// settingsOf has each axis of a sweep at the value that a run has.
func settingsOf(saved sweep.SavedSweep, r sweep.Result) (settings []string) {
	spec, err := specOf(saved)
	if err != nil {
		return nil
	}
	for _, name := range spec.AxisNames() {
		if q, err := sweep.LookupParameter(name, spec.Customs()...); err == nil {
			settings = append(settings, "grid."+name+"=["+inTOML(q.Value(r.Params))+"]")
		}
	}
	return settings
}

// isCell reports whether a grid with some settings more is one cell, which is what the grid
// calls by a name.
func isCell(file string, settings, more []string, name string) bool {
	whole, err := grid.ParseSpec(file, settings...)
	if err != nil {
		return false
	}
	one, err := grid.ParseSpec(file, append(settings[:len(settings):len(settings)], more...)...)
	if err != nil {
		return false
	}
	var cells []sweep.Params
	for _, p := range one.Cells() {
		cells = append(cells, p)
	}
	for cell, p := range whole.Cells() {
		if cell == name {
			return len(cells) == 1 && reflect.DeepEqual(p, cells[0])
		}
	}
	return false
}
