package report

import (
	"errors"
	"slices"

	"sweep/plots"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// Input is what a report is made of.
type Input struct {
	Sweeps  []Sweep // of different names
	Margins analysis.Margins
	Names   MarginNames
	Style   plots.Style // of the page and its figures; "" to follow the reader's screen
	Command string      // that makes the report again
}

// quantity is what the results of all sweeps are compared by, in words. Sweeps that are
// compared by a metric all are; of those by loss one may have no evaluation loss.
func (in Input) quantity() analysis.Quantity { return analysis.Judge(in.Sweeps[0].Results) }

// Sweep is a sweep that a report rests on.
type Sweep struct {
	Name, Question string
	TOML           string         // the grid
	Results        []sweep.Result // of all its runs, those that were never begun included; of all sweeps by one metric
	Predicted      []sweep.Predicted
	TrainedWith    map[string]sweep.AdapterSettings // the adapters that its runs start from, by folder
	History        sweep.History
	Imported       string // where its runs were read, "" for those trained here
	Train          string // the command that trains it, or how to train what was imported
	ListHashes     string // the command that lists the hashes of its curves
	Next           string // the command that writes the grid of the runs that would decide most
}

// MarginNames are what a person sets each of the margins by, such as "--same".
type MarginNames struct{ Same, Regret string }

// Report is a report as its templates see it: words, in the order in which they
// are read.
type Report struct {
	Title      string
	Sweeps     []SweepSection
	Command    string // that makes the report again
	ComparedBy string // what the quantity is that runs are compared by, "" for a loss
	Margins    string // what counts as the same
	Predicted  PredictedSection
	Claims     []ClaimSection
	Answers    []AnswerSection
	Laws       []string
	Unasked    string // along which axes nobody asked how the best lr moves, "" if along all
	Objections []Objection
	Advice     []AdviceSection
	Models     *ModelSection // nil unless there is more than one model
	Provenance []Item
	Scheme     string // "light" or "dark", "" for what the reader's screen is

	analyses []sweepAnalysis
	style    plots.Style
	quantity analysis.Quantity
}

// Worded is a text about losses in the words of what runs are compared by.
func (r *Report) Worded(text string) string { return r.quantity.Worded(text) }

// New judges the claims by every sweep, model by model. The report has no figures
// until Draw draws them.
func New(in Input) (*Report, error) {
	if len(in.Sweeps) == 0 {
		return nil, errors.New("report: there is no sweep to report on")
	}
	analyses, err := analyse(in.Sweeps, in.Margins)
	if err != nil {
		return nil, err
	}
	q := in.quantity()
	r := &Report{
		Title: title(in.Sweeps), Command: in.Command, ComparedBy: comparedBy(q), Margins: q.Worded(marginText(in.Margins, in.Names)),
		Answers: answerSections(analyses), Laws: lawLines(analyses), Advice: advise(analyses, in.Margins), Provenance: provenance(analyses),
		Scheme: scheme(in.Style), analyses: analyses, style: in.Style, quantity: q,
	}
	r.Unasked = unaskedLaws(analyses)
	r.Predicted = newPredictedSection(in.Sweeps)
	for _, sw := range in.Sweeps {
		r.Sweeps = append(r.Sweeps, newSweepSection(sw))
	}
	for _, letter := range claimLetters(analyses) {
		r.Claims = append(r.Claims, newClaimSection(letter, analyses))
	}
	if len(modelsOf(analyses)) > 1 {
		r.Models = compareModels(analyses)
	}
	r.Objections = r.objections(in.Sweeps)
	return r, nil
}

// comparedBy says what a quantity is, "" for a loss.
func comparedBy(q analysis.Quantity) string {
	if q.Doc() == "" {
		return ""
	}
	return "Runs are compared by their " + string(q) + ": " + q.Doc() + "."
}

// scheme is the colours of a page whose figures have a style.
func scheme(s plots.Style) string {
	switch s {
	case "":
		return ""
	case plots.Dark:
		return "dark"
	default:
		return "light"
	}
}

func claimLetters(analyses []sweepAnalysis) []string {
	var letters []string
	for _, s := range analyses {
		for _, f := range s.findings {
			if !slices.Contains(letters, f.Claim.Letter) {
				letters = append(letters, f.Claim.Letter)
			}
		}
	}
	slices.Sort(letters)
	return letters
}
