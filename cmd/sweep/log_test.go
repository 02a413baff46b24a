package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/runner"
)

func TestAnEventIsOneLineOfTheLogWhateverItsErrorSays(t *testing.T) {
	const hostile = "no tensor \x1b[31m\u202e\u009b\ntime=2026 level=INFO msg=forged\r\u2028"
	var file bytes.Buffer
	log := slog.New(slog.NewTextHandler(&file, nil))
	logEvent(log, runner.Event{Kind: runner.EventEnded, Run: sweep.Run{Name: "r8"}, Outcome: sweep.Outcome{State: sweep.StateFailed, Error: hostile}})
	logEvent(log, runner.Event{Kind: runner.EventRestarted, Run: sweep.Run{Name: "r8"}, Err: errors.New(hostile)})
	text := file.String()
	if strings.Count(text, "\n") != 2 || text != sweep.Visible(text) {
		t.Errorf("the log is\n%q", text)
	}
}

func TestATableShowsAnErrorInItsCell(t *testing.T) {
	var out bytes.Buffer
	l := listing{columns: []string{"run", "error"}, rows: [][]any{{"r8", "a\tb\n\x1b[31m c"}}}
	if err := l.writeTable(terminal{&out}); err != nil {
		t.Fatal(err)
	}
	if want := "run  error\nr8   a b \\x1b[31m c\n"; out.String() != want {
		t.Errorf("the table is\n%q, want\n%q", out.String(), want)
	}
}
