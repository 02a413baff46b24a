package report_test

import (
	"strings"
	"testing"

	"sweep/cmd/sweep/report"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// written is a report on runs, as Markdown without its figures.
func written(t *testing.T, results []sweep.Result) string {
	t.Helper()
	r, err := report.New(report.Input{
		Sweeps:  []report.Sweep{{Name: "menus", TOML: "name = 'menus'", Results: results, Train: "train it", ListHashes: "list them"}},
		Margins: analysis.DefaultMargins(), Names: report.MarginNames{Same: "--same", Regret: "--regret"}, Command: "make it again",
	})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := r.Markdown(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// byCommand has a command train the runs of one seed.
func byCommand(seed int) []sweep.Result {
	results := valley()
	for i := range results {
		r := &results[i]
		r.Arm = "ours"
		if r.Params.Seed == seed || seed < 0 {
			r.Arm = "theirs"
			r.Params.Command = &sweep.Command{Run: []string{"python", "train.py", "--lr", "{lr}"}, Stated: []string{"alpha", "lr", "seed", "steps"}}
			r.Params.Custom = sweep.Custom{"packing": true}
			r.Environment = "torch = 2.15.0\ngpu = NVIDIA H200, 151 GB, driver 570.86.15\nunheard-of = 1"
		}
	}
	return results
}

func TestAReportSaysWhichTrainerMadeACurve(t *testing.T) {
	text := written(t, byCommand(1))
	for _, want := range []string{
		"- trained by: arm ours: the built-in trainer; arm theirs: the command python train.py --lr {lr}, whose curves are not claimed to be the same to the bit each time\n",
		"- known of runs of commands: alpha, lr, packing, seed, steps; what else their programs set is not known here\n",
		"- GPU: NVIDIA H200, 151 GB, driver 570.86.15\n", "- torch: 2.15.0\n",
		"To train these runs again, save", "All runs are of one model (builtin:tiny) on one task",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "unheard-of") {
		t.Error("the report lists what nobody reads")
	}
}

func TestAReportOnRunsOfTheBuiltInTrainerSaysThatTheyAreTheSameToTheBit(t *testing.T) {
	text := written(t, valley())
	if strings.Contains(text, "trained by") || !strings.Contains(text, "To train these runs again to the bit, save") {
		t.Errorf("the report is\n%s", text)
	}
}

func TestAReportDoesNotNameAModelThatOnlyTheCommandKnows(t *testing.T) {
	text := written(t, byCommand(-1))
	for _, wrong := range []string{"builtin:", "to the bit, save", "model (SHA-256)", "adamw"} {
		if strings.Contains(text, wrong) {
			t.Errorf("the report says %q:\n%s", wrong, text)
		}
	}
	if want := "rows held out by the program, whose loss it logs as eval_loss"; !strings.Contains(text, want) {
		t.Errorf("the report does not say %q", want)
	}
}
