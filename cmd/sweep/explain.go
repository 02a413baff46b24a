package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sweep/cmd/sweep/forecast"
	"sweep/sweep"
	"sweep/sweep/filter"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

// explain is what a person is told of err: what it says and, behind each error
// in it that has a remedy, what that is by this program's commands and flags.
func explain(err error) string {
	text := fmt.Sprint(err)
	eachError(err, func(e any) {
		if cause, remedy := remedyOf(e); remedy != "" {
			text = strings.Replace(text, cause, cause+remedy, 1)
		}
	})
	return text
}

// eachError calls visit with err, which may be nil, and with all that it wraps,
// the outer ones first.
func eachError(err any, visit func(err any)) {
	visit(err)
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		eachError(err.Unwrap(), visit)
	case interface{ Unwrap() []error }:
		for _, e := range err.Unwrap() {
			eachError(e, visit)
		}
	}
}

// remedyOf is what an error says itself, those that it wraps included, and how a
// person is told what to do about it.
func remedyOf(err any) (cause, remedy string) {
	switch e := err.(type) {
	case *sweep.StoreError:
		if hint := hintOf(e); hint != "" {
			return e.Error(), " (" + hint + ")"
		}
	case *sweep.UnknownNameError:
		if e.Nearest == "" {
			return e.Error(), "; " + listOf(e.Kind)
		}
	case *filter.SyntaxError:
		if e.Unlisted {
			return e.Error(), " (" + listOf("column") + ")"
		}
	case *grid.SpecError:
		if slices.ContainsFunc(e.Problems, func(p grid.Problem) bool { return p.Unlisted }) {
			return e.Error(), "\n" + listOf("parameter")
		}
	case *forecast.ModelsError:
		return e.Error(), "; raise --memory, or give each model a grid of its own"
	case *runner.MemoryError:
		return e.Error(), "; lower batch or seq, or raise --memory"
	}
	if err == any(sweep.ErrDamagedCopy) {
		return sweep.ErrDamagedCopy.Error(), "; `sweep db check` tells whether the store is, too"
	}
	return "", ""
}

// listOf names the command that lists the names of a kind.
func listOf(kind string) string {
	if kind == "parameter" {
		return "'sweep help params' lists all parameters"
	}
	return "'sweep help columns' lists all parameters and columns"
}

// hintOf is what to do about what a store found.
func hintOf(e *sweep.StoreError) string {
	if unknown, ok := errors.AsType[*sweep.NotFoundError](e); ok && unknown.Kind == "run" && unknown.Nearest == "" {
		return "`sweep ls SWEEP` lists the runs of a sweep, by name and key"
	}
	if errors.Is(e, sweep.ErrDamaged) {
		return "restore a copy of the store, or remove the run with `sweep rm` and train it again; `sweep db check` lists all damage"
	}
	return strings.NewReplacer(sweep.StoreFlag, "--db", sweep.TrainCommand, "sweep run GRID.toml").Replace(string(e.Hint))
}
