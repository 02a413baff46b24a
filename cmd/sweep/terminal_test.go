package main

import "testing"

func TestATerminalsColumnsAreCounted(t *testing.T) {
	for line, want := range map[string]int{"abc": 3, "漢字": 4, "e\u0301": 1, "🙂!": 3, "α…": 2} {
		if got := columnsOf(line); got != want {
			t.Errorf("%q takes %d columns, want %d", line, got, want)
		}
	}
	if got := cut("漢字漢字", func() int { return 6 }); got != "漢字…" {
		t.Errorf("cut to 6 columns: %s", got)
	}
}
