package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
)

func TestHelpNamesTheVariablesThatAProgramGets(t *testing.T) {
	file, db := writeGrid(t, `
name = "names"
[command]
run     = ["sh", "-c", '''env | grep ^SWEEP_ | cut -d= -f1 | sort > names; echo '{{"step": 1, "loss": 1}}' ''']
timeout = "1h"
[fixed]
steps = 1
`)
	sweepCommand(t, 0, "run", file, "--db", db)
	text, err := os.ReadFile(filepath.Join(filepath.Dir(file), "names"))
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, found := range regexp.MustCompile(`(?m)^    (SWEEP_[A-Z]+) `).FindAllStringSubmatch(aboutRunning, -1) {
		named = append(named, found[1])
	}
	slices.Sort(named)
	if got := strings.Fields(string(text)); !slices.Equal(got, named) {
		t.Errorf("a program gets %q, and help names %q", got, named)
	}
}

func TestHelpNamesThePlaceholdersThatAreNoParameters(t *testing.T) {
	_, table, _ := strings.Cut(aboutRunning, "These are no parameters:\n")
	table, _, _ = strings.Cut(table, "\nA parameter that")
	var named []string
	for _, found := range regexp.MustCompile(`\{([a-z.:]+)\}`).FindAllStringSubmatch(table, -1) {
		named = append(named, found[1])
	}
	slices.Sort(named)
	known := slices.Sorted(slices.Values(sweep.CommandPlaceholders()))
	if named = slices.Compact(named); !slices.Equal(named, known) {
		t.Errorf("help names %q, want %q", named, known)
	}
}

func TestHelpNamesTheKeysOfACommand(t *testing.T) {
	file, db := writeGrid(t, "name = 'x'\n[command]\nrun = ['true']\nnonsense = 1\n[fixed]\nsteps = 1\n")
	_, refused := sweepCommand(t, 2, "plan", file, "--db", db)
	_, list, ok := strings.Cut(strings.Join(strings.Fields(refused), " "), "command.nonsense is unknown here; allowed: ")
	if !ok {
		t.Fatal(refused)
	}
	known := strings.Split(list, ", ")
	slices.Sort(known)
	_, table, _ := strings.Cut(aboutRunning, "These are its keys")
	table, _, _ = strings.Cut(table, "\nParameters. ")
	var named []string
	for _, found := range regexp.MustCompile(`(?m)^    ([a-z_]+) {2}`).FindAllStringSubmatch(table, -1) {
		named = append(named, found[1])
	}
	if slices.Sort(named); !slices.Equal(named, known) {
		t.Errorf("help names %q, want %q", named, known)
	}
}
