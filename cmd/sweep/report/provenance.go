package report

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strconv"
	"strings"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// provenance lists what made the runs: of each fact, the different values.
func provenance(analyses []sweepAnalysis) []Item {
	var items []Item
	for _, from := range []struct {
		name string
		of   func(sweep.Result) string
	}{
		{"program", func(r sweep.Result) string { return r.Provenance.Version }},
		{"revision", func(r sweep.Result) string { return r.Provenance.FullRevision() }},
		{"CPU", func(r sweep.Result) string { return r.Provenance.CPU }},
		{"kernels", func(r sweep.Result) string { return r.Provenance.Kernels }},
		{"Go", func(r sweep.Result) string { return r.Provenance.Go }},
		{"numerics", trainedHere(func(r sweep.Result) string { return strconv.Itoa(r.Inputs.Numerics) })},
		{"model (SHA-256)", trainedHere(func(r sweep.Result) string { return sweep.ShortPath(r.Params.Model) + " " + r.Inputs.Model })},
		{"data (SHA-256)", trainedHere(func(r sweep.Result) string { return sweep.ShortPath(r.Params.Data) + " " + r.Inputs.Data })},
		{"unknown of imported runs", func(r sweep.Result) string { return r.Provenance.Unstated }},
	} {
		var values []string
		for _, r := range endedOf(analyses) {
			if v := from.of(r); v != "" && !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			items = append(items, Item{from.name, strings.Join(values, "; ")})
		}
	}
	return slices.Concat(trainerItems(analyses), items, environmentItems(analyses), rowItems(analyses))
}

// rowItems say what the rows were that the runs read.
func rowItems(analyses []sweepAnalysis) []Item {
	var runs []sweep.Run
	for _, r := range endedOf(analyses) {
		runs = append(runs, r.Run)
	}
	var items []Item
	for _, line := range RowsLines(runs) {
		items = append(items, Item{"rows", line})
	}
	return items
}

// trainedHere is a fact that runs of other trainers do not have.
func trainedHere(of func(sweep.Result) string) func(sweep.Result) string {
	return func(r sweep.Result) string {
		if !r.TrainedHere() {
			return ""
		}
		return of(r)
	}
}

// fingerprint is a SHA-256 over the curve hashes of the runs, in the order of
// their names: two stores with the same one hold the same curves to the bit.
func fingerprint(results []sweep.Result) string {
	var lines []string
	for _, r := range analysis.Runs(results) {
		if r.State.Final() {
			lines = append(lines, r.Name+" "+r.CurveHash+"\n")
		}
	}
	slices.Sort(lines)
	h := sha256.New()
	for _, line := range lines {
		_, _ = io.WriteString(h, line) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}
