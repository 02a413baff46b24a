package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// SweepSection is a sweep that the report rests on.
type SweepSection struct {
	Name, Question string
	Tally          string
	Missing        string // what is not trained, "" if all is
	Intervals      string // what they are over, "" before a run is done
	Fingerprint    string // over the hashes of all its curves
	Hashes         string // the command that lists them
	Imported       string // where its runs were read, "" for those trained here
	Train          string // the command that trains it, or how to train what was imported
	Grid           string // the TOML file
}

// ToTheBit reports whether the runs would come to the same bits if they were trained again.
func (r *Report) ToTheBit() bool {
	return !slices.ContainsFunc(endedOf(r.analyses), func(r sweep.Result) bool { return !r.TrainedHere() })
}

// Trained reports whether there is a sweep that was trained here.
func (r *Report) Trained() bool {
	return slices.ContainsFunc(r.Sweeps, func(s SweepSection) bool { return s.Imported == "" })
}

// ClaimSection is a claim and all that was found on it.
type ClaimSection struct {
	analysis.Claim
	Findings []Row
	Aside    string // parts that were not made to judge it
	Figures  []Figure
}

// Figure is one inside the page or beside it.
type Figure struct {
	Image   template.URL    // inside the page
	Narrow  bool            // for narrow screens, in place of those for wide ones
	InDark  template.Srcset // the same for a dark screen, "" if it has but one form
	Path    string          // beside the page
	Shows   string          // what it shows, as the caption begins
	Caption string          // the rest of it, "" where the figure itself has it
	Says    string          // what it comes to, for those who do not see it
}

// Text stands for the figure where it is not seen.
func (f Figure) Text() string {
	if f.Says == "" {
		return f.Shows
	}
	return f.Shows + ". It comes to: " + f.Says
}

// Item is a name and what stands beside it.
type Item struct{ Name, Value string }

func title(sweeps []Sweep) string {
	names := make([]string, len(sweeps))
	for i, sw := range sweeps {
		names[i] = sw.Name
	}
	if len(names) == 1 {
		return names[0]
	}
	return "What " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " show"
}

func newSweepSection(sw Sweep) SweepSection {
	s := SweepSection{
		Name: sw.Name, Question: sweep.OneLine(sw.Question),
		Fingerprint: fingerprint(sw.Results), Hashes: sw.ListHashes, Train: sw.Train, Imported: sweep.OneLine(sw.Imported),
		Grid: strings.TrimSpace(strings.ReplaceAll(sw.TOML, "\r\n", "\n")),
	}
	tally := analysis.Count(analysis.Runs(sw.Results), analysis.Judge(sw.Results))
	s.Tally = fmt.Sprintf("%s: %d done, %d diverged", humanize.Count(tally.Total(), "run"), tally.Done, tally.Diverged)
	if s.Imported != "" {
		s.Tally += ", trained elsewhere and imported from " + s.Imported
	}
	if tally.Left() > 0 {
		s.Missing = tally.Missed()
	}
	if tally.Done > 0 {
		s.Intervals = analysis.Judge(sw.Results).Worded(intervalsText(sw.Results))
	}
	return s
}

// intervalsText says whether the intervals of losses take in other held-out rows.
func intervalsText(results []sweep.Result) string {
	switch known, of := analysis.WithRowLosses(results); {
	case of == 0:
		return "Intervals are over seeds alone"
	case known == of:
		return "Intervals of losses at the end and of regrets are over seeds and held-out rows, those of the best lr over seeds"
	case known == 0:
		return "Intervals are over seeds alone, as the losses of several held-out rows are not known"
	default:
		return fmt.Sprintf("Intervals are over seeds alone where runs are compared that lack the losses of several held-out rows (%d of %d have them)", known, of)
	}
}

func marginText(m analysis.Margins, names MarginNames) string {
	return fmt.Sprintf("Losses are the same within %g %% (%s); a regret is small up to %g %% (%s).",
		100*m.Same, names.Same, 100*m.Regret, names.Regret)
}

// newClaimSection has the findings with the strongest evidence: those whose runs
// were made to judge the claim, if any were. If no finding says anything, one row
// says why.
func newClaimSection(letter string, analyses []sweepAnalysis) ClaimSection {
	var c ClaimSection
	var exact []Row // beside the others, since they answer another question
	var aside []string
	most := strongestEvidence(letter, analyses)
	for _, s := range analyses {
		for _, f := range s.findings {
			if f.Claim.Letter != letter {
				continue
			}
			c.Claim = f.Claim
			switch {
			case f.Exact:
				exact = append(exact, newRow(s, f))
			case most == analysis.Silent:
				c.addSilent(newRow(s, f))
			case f.EvidenceStrength() == most:
				c.Findings = append(c.Findings, newRow(s, f))
			case f.EvidenceStrength() == analysis.Suggestive:
				aside = append(aside, s.label()+" ("+partName(f.Part)+")")
			}
		}
	}
	c.Findings = append(c.Findings, exact...)
	if len(aside) > 0 {
		c.Aside = "Not judged, for want of seeds, of values or of trained pairs: " + strings.Join(aside, "; ") + "."
	}
	return c
}

func strongestEvidence(letter string, analyses []sweepAnalysis) analysis.EvidenceStrength {
	most := analysis.Silent
	for _, s := range analyses {
		for _, f := range s.findings {
			if f.Claim.Letter == letter && !f.Exact {
				most = max(most, f.EvidenceStrength())
			}
		}
	}
	return most
}

// addSilent merges rows that say no more than that nothing was varied.
func (c *ClaimSection) addSilent(r Row) {
	if len(c.Findings) == 0 {
		c.Findings = []Row{r}
		return
	}
	first := &c.Findings[0]
	first.Sweep, first.Part = first.Sweep+", "+r.Sweep, "all"
	for _, reason := range r.Reasons {
		if !slices.Contains(first.Reasons, reason) {
			first.Reasons = append(first.Reasons, reason)
		}
	}
	first.explain()
}

// Asked reports whether the runs ask anything of the claim.
func (c ClaimSection) Asked() bool {
	return slices.ContainsFunc(c.Findings, func(r Row) bool { return r.Verdict != string(analysis.NotAsked) })
}

// certifies reports whether all of its findings certify the code, and are no evidence
// about training.
func (c ClaimSection) certifies() bool {
	return !slices.ContainsFunc(c.Findings, func(r Row) bool { return !r.identity })
}

// Details are the claims in the order in which the page goes into them: what holds to
// the bit or not at all stands behind what training shows.
func (r *Report) Details() []ClaimSection {
	details := slices.Clone(r.Claims)
	slices.SortStableFunc(details, func(a, b ClaimSection) int { return btoi(a.certifies()) - btoi(b.certifies()) })
	return details
}

// ClaimRow is a row of the table of all claims.
type ClaimRow struct {
	Row
	Asked bool // the page goes into its claim
}

// ClaimRows are the findings on all claims, those that hold to the bit or not at all
// behind the others.
func (r *Report) ClaimRows() []ClaimRow {
	var rows []ClaimRow
	for _, c := range r.Claims {
		for _, f := range c.Findings {
			rows = append(rows, ClaimRow{f, c.Asked()})
		}
	}
	slices.SortStableFunc(rows, func(a, b ClaimRow) int { return btoi(a.identity) - btoi(b.identity) })
	return rows
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Several reports whether the page has to say which sweep or model a row is of.
func (r *Report) Several() bool { return len(r.analyses) > 1 }

// PartHeader heads the column that says what a row is of.
func (r *Report) PartHeader() string {
	if r.Several() {
		return "sweep, part"
	}
	return "part"
}
