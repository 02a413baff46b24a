package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sweep/cmd/sweep/serve/browsertest"
)

// filling is a grid whose 12 runs take a moment each.
const filling = `name = "filling"
[fixed]
steps = 12
holdout = 0.015
[grid]
alpha = [8, 64]
lr = [1e-3, 1e-2, 1e-1]
seed = [0, 1]
`

// TestAValleyFillsInABrowserWhileItsSweepTrains has a page open while the runs of a sweep
// train beside it.
func TestAValleyFillsInABrowserWhileItsSweepTrains(t *testing.T) {
	browser := browsertest.Start(t)
	folder := t.TempDir()
	file, db := filepath.Join(folder, "filling.toml"), filepath.Join(folder, "sweep.db")
	if err := os.WriteFile(file, []byte(filling), 0o644); err != nil {
		t.Fatal(err)
	}
	// A sweep that is interrupted before its first run ends is in the store, with nothing to show.
	ctx, cancel := context.WithCancel(t.Context())
	first := cancelling{cancel: cancel}
	if code := run(ctx, []string{"run", file, "--db", db, "--workers", "1"}, nil, &first, io.Discard); code != 130 {
		t.Fatalf("exit code %d: %s", code, first.String())
	}
	ctx, stop := context.WithCancel(t.Context())
	address, writer := io.Pipe()
	served := make(chan int, 1)
	go func() {
		served <- run(ctx, []string{"serve", "--db", db, "--listen", "127.0.0.1:0"}, nil, writer, os.Stderr)
		_ = writer.Close()
	}()
	defer func() {
		stop()
		<-served
	}()
	var at string
	if _, err := fmt.Fscan(address, &at); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, address) }()
	page := browser.Page(t, 1200, 900)
	page.Open(at + "sweep/filling")
	page.Wait("that nothing is known yet", `document.querySelector("h1")?.textContent.includes("othing to recommend yet")`)
	browsertest.Eval[bool](page, `document.querySelectorAll(".behind summary").forEach((s) => s.click()) || (window.loaded = true)`)
	page.Asked()

	const cells = `[...document.querySelectorAll(".behind")[0].querySelectorAll("tbody tr")].filter((r) => r.cells[2].textContent !== "–").length`
	trained := make(chan string, 1)
	go func() {
		var out bytes.Buffer
		if code := run(t.Context(), []string{"run", file, "--db", db, "--workers", "2"}, nil, &out, &out); code != 0 {
			trained <- out.String()
			return
		}
		trained <- ""
	}()
	var filled []int
	for end := time.Now().Add(time.Minute); len(filled) == 0 || filled[len(filled)-1] < 6; time.Sleep(50 * time.Millisecond) {
		if n := browsertest.Eval[int](page, cells); len(filled) == 0 || n > filled[len(filled)-1] {
			filled = append(filled, n)
		}
		if time.Now().After(end) {
			t.Fatalf("the valley filled to %d of 6 cells, then no more: %q", filled, page.Problems())
		}
	}
	if problem := <-trained; problem != "" {
		t.Fatal(problem)
	}
	if len(filled) < 3 {
		t.Errorf("the valley filled at once: it had %d cells", filled)
	}
	page.Wait("the answer", `document.querySelector("h1").textContent.startsWith("Use alpha ")`)
	page.Wait("all runs", `document.querySelector("#progress").textContent.includes("12 of 12 runs ended")`)
	for _, asked := range page.Asked() {
		if !strings.Contains(asked, "/events?") && !strings.HasSuffix(asked, "/icon.svg") { // which browsers take their time to ask for
			t.Errorf("the page asked for %s again: what is new comes by itself", asked)
		}
	}
	if !browsertest.Eval[bool](page, "window.loaded") {
		t.Error("the page was loaded again")
	}
	for _, problem := range page.Problems() {
		t.Error(problem)
	}
}
