package findings_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"sweep/sweep/statistics"
)

// TestTheREADMEsSentencesSayWhatWasMeasured holds the numbers in the README's sentences
// on the later grids to those of the table of predictions, which plain arithmetic over
// the runs checks.
func TestTheREADMEsSentencesSayWhatWasMeasured(t *testing.T) {
	text := readme(t)
	all := map[string][]predicted{}
	for _, grid := range stated {
		all[grid] = judged(t, grid)
	}
	at := func(grid, says string) (keys []statistics.Estimate) {
		for _, p := range all[grid] {
			if strings.HasPrefix(p.Prediction.Says, says) {
				keys = append(keys, p.Key)
			}
		}
		if len(keys) == 0 {
			t.Fatalf("%s predicts nothing that begins with %q", grid, says)
		}
		return keys
	}
	// rise and fall are a share as the README writes it, without and with the sign turned.
	rise := func(e statistics.Estimate) string { return e.Percent() }
	fall := func(e statistics.Estimate) string {
		return statistics.Estimate{Value: -e.Value, Low: -e.High, High: -e.Low}.Percent()
	}
	power := func(e statistics.Estimate) string { return fmt.Sprintf("%.2f", e.Value) }
	least, most := math.Inf(1), math.Inf(-1)
	for _, e := range append(at("slots", "At each length"), at("width", "At each width")...) {
		least, most = math.Min(least, e.Value), math.Max(most, e.Value)
	}
	narrow, wide := math.Inf(1), math.Inf(-1)
	for _, e := range at("width", "A model four times") {
		narrow, wide = math.Min(narrow, e.Value), math.Max(wide, e.Value)
	}
	long := at("equal-alphas-long", "Alpha 256 ends")[0]
	for _, want := range []string{
		"the loss after 56 steps falls by " + fall(at("settling", "From alpha 1 to 256, each")[0]),
		"After 56 steps alpha 256 ends " + fall(at("equal-alphas", "From alpha 4 to 256")[0]) + " below alpha 4",
		strings.Replace(rise(long), " (", " above, ", 1),
		"that it was trained with loses " + rise(at("rescale", "Trained at a good lr, alpha 22.6")[0]),
		"at 0.71 times " + rise(at("rescale", "Trained at a good lr, alpha 11.3")[0]),
		"twice the alpha makes their loss " + rise(at("rescale", "Trained at lr 1e-3")[0]) + " higher",
		"lowers the loss at the best lr by " + fall(at("rows", "Over all rows")[0]),
		"by " + fall(at("rows", "Over 64 rows")[0]) + " over 64 of them",
		"goes as r^" + power(at("rank-length", "At a fixed alpha")[0]) + " at alpha 16, r^" + power(at("rank-length", "Under alpha/sqrt(r)")[0]) +
			" under alpha/sqrt(r) and r^" + power(at("rank-length", "At alpha = 2r")[0]) + " at alpha = 2r",
		"it goes as batch^" + power(at("batch", "With as many steps")[0]) + ", with as many rows as batch^" + power(at("batch", "With as many rows")[0]),
		fmt.Sprintf("by powers of %.2f to %.2f", most, least),
		fmt.Sprintf("to a factor of %.2f to %.2f", narrow, wide),
	} {
		want = strings.TrimSuffix(want, ")")
		if !strings.Contains(text, want) {
			t.Errorf("the README does not say %q", want)
		}
	}
}
