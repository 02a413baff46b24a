package plots_test

import (
	"strings"
	"testing"

	"sweep/sweep"
)

func TestACaptionSaysWhichTrainersMadeTheCurves(t *testing.T) {
	command := &sweep.Command{Run: []string{"/usr/bin/python", "train.py", "--lr", "{lr}"}, Stated: []string{"alpha", "lr", "r", "seed", "steps"}}
	for name, c := range map[string]struct {
		arms bool // as arms of one sweep
		of   func(seed int) *sweep.Command
		want string // at the end of the settings, "" for nothing
	}{
		"the built-in trainer": {false, func(int) *sweep.Command { return nil }, ""},
		"a command":            {false, func(int) *sweep.Command { return command }, ", trained by python train.py."},
		"both": {true, func(seed int) *sweep.Command {
			if seed == 0 {
				return nil
			}
			return command
		}, ", trained by python train.py in theirs, else by the built-in trainer."},
	} {
		t.Run(name, func(t *testing.T) {
			results := alter(usual().results(), everyRun, func(r *sweep.Result) {
				if r.Params.Command = c.of(r.Params.Seed); r.Params.Command != nil && c.arms {
					r.Arm = "theirs"
				}
			})
			var caption strings.Builder
			if err := byAxis(t, results, "alpha")[0].WriteCaption(&caption); err != nil {
				t.Fatal(err)
			}
			text := strings.Join(strings.Fields(caption.String()), " ")
			if c.want == "" && strings.Contains(text, "trained by") || !strings.Contains(text, c.want) {
				t.Errorf("the caption is %s; want %q", text, c.want)
			}
			if strings.Contains(text, "R = ") || c.want != "" && !strings.Contains(text, " All with r = 8, ") {
				t.Errorf("the caption is %s; names of parameters have no capitals", text)
			}
			if known := strings.Contains(text, "adamw"); known != (c.want == "") {
				t.Errorf("the optimizer, of which the grid of the command says nothing, is shown: %v", known)
			}
		})
	}
}
