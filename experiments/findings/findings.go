package findings

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"sweep/sweep/analysis"
)

//go:generate go test -run "TestFindingsAreThoseOfTheCommittedRuns|TestTheREADMEsPredictionsAreJudgedByTheRuns" . -update

// text is made from the runs; see the package's test.
//
//go:embed tuned.json
var text []byte

// Recipes are the recipes that were trained in several settings of alpha, r or steps,
// with the best lr of each, the one with most settings first.
func Recipes() ([]analysis.Recipe, error) {
	var all []analysis.Recipe
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("read the built-in findings: %w", err)
	}
	return all, nil
}
