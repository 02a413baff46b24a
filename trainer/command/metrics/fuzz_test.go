package metrics_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sweep/sweep"
	"sweep/trainer/command/metrics"
)

// FuzzLines reads any $SWEEP_METRICS, at once and in two parts.
func FuzzLines(f *testing.F) {
	f.Add([]byte(`{"step": 1, "loss": 2.5, "grad_norm": 0.75}`+"\n"+`{"step": 2, "loss": NaN, "eval": {"acc": "inf"}}`+"\n"), 20)
	f.Add([]byte("{\"step\": 0, \"loss\": null}\r\n{'step': 3, 'loss': tensor(1.5, grad_fn=<Mean>)}\nhello\n{\"step\": 1, \"a\\u00e4\\\"\": 1e999}"), 50)
	f.Fuzz(func(t *testing.T, text []byte, split int) { readInParts(t, "file", "metrics-1.jsonl", text, split) })
}

// FuzzTrainerLog reads anything that a program may print, at once and in two parts.
func FuzzTrainerLog(f *testing.F) {
	for _, way := range []string{"plain", "sparse", "no-bar"} {
		log, err := os.ReadFile(filepath.Join("testdata", way, "log-1.txt"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(log, len(log)/2)
	}
	f.Add([]byte("\x1b[A  5%|#  | 1/12 [00:00<00:01]\r{'loss': nan}\r\x1b[A 10%|# | 2/12 [00:00<?]{\"step\": 4, \"loss\": 1}\n"), 30)
	f.Fuzz(func(t *testing.T, text []byte, split int) { readInParts(t, "stdout", "log-1.txt", text, split) })
}

// FuzzTrainerState reads any trainer_state.json.
func FuzzTrainerState(f *testing.F) {
	state, err := os.ReadFile(filepath.Join("testdata", "evaluated", "trainer_state.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(state, 100)
	f.Add([]byte(`{"log_history": [{"step": 1, "loss": 2}, {"step": 0, "loss": 1}], "log_history": [{}]}`), 10)
	f.Fuzz(func(t *testing.T, text []byte, _ int) { readInParts(t, "trainer_state", "trainer_state.json", text, 0) })
}

// readInParts reads a file that grows from a part to the whole, and holds the curve to that
// of the whole at once.
func readInParts(t *testing.T, from, name string, text []byte, split int) {
	t.Helper()
	dir := t.TempDir()
	o := metrics.Options{
		Dir: dir, Steps: 12, Metrics: sweep.CommandMetrics{From: from},
		Attempts: []metrics.Attempt{{Number: 1, Log: filepath.Join(dir, "log-1.txt"), File: filepath.Join(dir, "metrics-1.jsonl")}},
	}
	var followers [2]*metrics.Follower
	for i := range followers {
		var err error
		if followers[i], err = metrics.Follow(o); err != nil {
			t.Fatal(err)
		}
	}
	write := func(text []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var curve []sweep.Point
	apply := func(c metrics.Change, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if c.None() {
			return
		}
		at, _ := slices.BinarySearchFunc(curve, c.From, func(p sweep.Point, step int) int { return p.Step - step })
		if at < len(curve) != c.Rewrites && (c.From > 0 || len(curve) > 0) {
			t.Errorf("a change from step %d on says %v of whether it rewrites a curve of %d points, from the point %d on", c.From, c.Rewrites, len(curve), at)
		}
		curve = append(curve[:at:at], c.Points...)
	}
	if split > 0 && split < len(text) {
		write(text[:split])
		apply(followers[0].Poll())
	}
	write(text)
	apply(followers[0].Finish())
	if _, err := followers[1].Finish(); err != nil {
		t.Fatal(err)
	}
	whole := followers[1].Curve()
	if sweep.HashCurve(curve) != sweep.HashCurve(whole) {
		t.Errorf("in parts the curve is\n%s\nand at once\n%s", written(curve), written(whole))
	}
	for i, p := range whole {
		if i > 0 && p.Step <= whole[i-1].Step || p.Step < 0 || p.Step == 0 && p.HasLoss() {
			t.Errorf("point %d is at step %d", i, p.Step)
		}
		for j, m := range p.Measures {
			if j > 0 && m.Name <= p.Measures[j-1].Name || m.Name == "" {
				t.Errorf("the measures at step %d are %v", p.Step, p.Measures)
			}
		}
	}
}
