package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sweep/experiments/scripts"
	"sweep/sweep"
	"sweep/sweep/tfevents"
	"sweep/trainer/command/metrics"
)

// TestTheExamplesOfHowAProgramLogsAreRead has the example of each source read by that
// source.
func TestTheExamplesOfHowAProgramLogsAreRead(t *testing.T) {
	examples := regexp.MustCompile(`(?m)^"([a-z_]+)": [^\n]*\n(?:\S[^\n]*\n)*\n((?: {4}[^\n]*\n)+)`).FindAllStringSubmatch(explainCommand(), -1)
	var shown []string
	for _, example := range examples {
		from, text := example[1], strings.ReplaceAll(strings.TrimPrefix(example[2], "    "), "\n    ", "\n")
		shown = append(shown, from)
		points := readExample(t, from, text)
		if len(points) == 0 || points[0].Step != 1 || points[0].Loss != 2.5 {
			t.Errorf("the example of %s has the curve %+v, from\n%s", from, points, text)
		}
	}
	if got, want := strings.Join(shown, " "), strings.Join(sweep.MetricSources(), " "); got != want {
		t.Errorf("there are examples of %s; want %s", got, want)
	}
}

// readExample is the curve of a run that wrote a text where a source reads it.
func readExample(t *testing.T, from, text string) []sweep.Point {
	t.Helper()
	dir := t.TempDir()
	o := metrics.Options{
		Dir: dir, Steps: 10, Metrics: sweep.CommandMetrics{From: from},
		Attempts: []metrics.Attempt{{Number: 1, Log: filepath.Join(dir, "log"), File: filepath.Join(dir, "metrics")}},
	}
	path := map[string]string{"file": "metrics", "stdout": "log", "pattern": "log", "trainer_state": "trainer_state.json", "tensorboard": "events.out.tfevents.1"}[from]
	switch from {
	case "tensorboard":
		text = eventsOf(t, text)
	case "pattern":
		o.Metrics.Pattern = regexp.MustCompile(`(?m)^.*\(\?P<step>.*$`).FindString(aboutMetrics)
	}
	if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := metrics.Follow(o)
	if err != nil {
		t.Fatal(err)
	}
	change, err := f.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return change.Points
}

// eventsOf is the event file that Python's calls of add_scalar would write.
func eventsOf(t *testing.T, python string) string {
	t.Helper()
	call := regexp.MustCompile(`add_scalar\("(.*?)", (.*?), (\d+)\)`).FindStringSubmatch(python)
	if call == nil {
		t.Fatalf("there is no add_scalar in %s", python)
	}
	value, err := strconv.ParseFloat(call[2], 64)
	if err != nil {
		t.Fatal(err)
	}
	step, err := strconv.ParseInt(call[3], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	w, err := tfevents.NewWriter(&b, time.Now())
	for _, err := range []error{err, w.Scalars(step, time.Now(), tfevents.Scalar{Tag: call[1], Value: value}), w.Flush()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// TestHelpShowsTheCallbackThatTheScriptsUse holds what a person copies to the file that is
// tested with transformers.
func TestHelpShowsTheCallbackThatTheScriptsUse(t *testing.T) {
	shown := strings.ReplaceAll(explainCommand(), "\n    ", "\n")
	if !strings.HasSuffix(strings.TrimSpace(shown), strings.TrimSpace(scripts.Callback())) || !strings.Contains(shown, "logging_nan_inf_filter = False") {
		t.Errorf("the help does not end with the callback:\n%s", shown)
	}
}
