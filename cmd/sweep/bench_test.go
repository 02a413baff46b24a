package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestBenchTellsWhereTheTimeGoes(t *testing.T) {
	stdout, _ := sweepCommand(t, 0, "bench", "--shape", "1x64", "--shape", "2x64", "--seq", "8", "--rank", "4", "--targets", "all-linear", "--for", "20ms", "-o", "json")
	var rows []map[string]any
	if err := json.Unmarshal([]byte(stdout), &rows); err != nil || len(rows) != 2 {
		t.Fatalf("%v in %s", err, stdout)
	}
	for i, shape := range []string{"1x64", "2x64"} {
		row := rows[i]
		if row["model"] != shape || row["batch"] != 2.0 || row["seq"] != 8.0 || row["r"] != 4.0 || row["targets"] != "all-linear" {
			t.Errorf("row %d is of %v", i, row)
		}
		for _, column := range []string{"tokens_per_second", "gflops", "peak_gflops", "share_of_peak", "step_ms", "lora_ms", "head_ms", "model_bytes", "run_bytes", "allocations_per_step"} {
			if x, _ := row[column].(float64); !(x > 0) {
				t.Errorf("%s of %s is %v", column, shape, row[column])
			}
		}
		lost := 0.0
		for column, x := range row {
			if strings.HasSuffix(column, "_lost") {
				lost += x.(float64)
			}
		}
		if share := row["share_of_peak"].(float64); math.Abs(share+lost-1) > 1e-6 {
			t.Errorf("%s reaches %v of the peak and loses %v", shape, share, lost)
		}
	}
	stdout, _ = sweepCommand(t, 0, "bench", "--shape", "1x64", "--seq", "8", "--for", "20ms")
	for _, part := range []string{"1x64, ", "tokens/s", "that the cores reach", "projections", "points lost", "optimizer"} {
		if !strings.Contains(stdout, part) {
			t.Errorf("%q is not in\n%s", part, stdout)
		}
	}
}

func TestBenchRefusesWhatItCannotMeasure(t *testing.T) {
	for want, args := range map[string][]string{
		"leave one of them out": {"--shape", "tiny", "--model", "builtin:tiny"},
		"--workers 0":           {"--workers", "0"},
		"--rank":                {"--rank", "-1"},
		"--for":                 {"--for", "-1s"},
		"12x768":                {"--shape", "huge"},
		"--targets":             {"--targets", "q_proj,(v"},
	} {
		if _, stderr := sweepCommand(t, exitWrong, append([]string{"bench"}, args...)...); !strings.Contains(stderr, want) {
			t.Errorf("%v: %s, want %q", args, stderr, want)
		}
	}
}
