package grid_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCornersAreTheCellsAtTheEndsOfEveryAxis(t *testing.T) {
	for name, c := range map[string]struct {
		grid string
		want []string
	}{
		"numbers in any order, one seed": {
			"[grid]\nlr = [1e-3, 1e-1, 1e-4, 1e-2]\nr = [4, 8, 16]\nseed = [7, 8]",
			[]string{"lr0.1-r4-s7", "lr0.1-r16-s7", "lr1e-4-r4-s7", "lr1e-4-r16-s7"},
		},
		"every word": {
			"[fixed]\nweight_decay = 0.1\n[grid]\noptimizer = ['adamw', 'adam', 'sgd']\nalpha = [1, 2, 4]",
			[]string{"adamw-a1", "adamw-a4", "adam-a1", "adam-a4", "sgd-a1", "sgd-a4"},
		},
		"what moves together": {
			"[[zip]]\nbatch = [4, 16, 8]\nsteps = [400, 100, 200]",
			[]string{"batch4-steps400", "batch8-steps200"},
		},
		"an axis of some cells": {
			"[grid]\nalpha = [1, 2, 4]\n[[when]]\nwhere = 'alpha = 4'\ndropout = [0, 0.1, 0.2]",
			[]string{"a1", "a4-dropout0", "a4-dropout0.2"},
		},
		"one value":       {"[grid]\nalpha = [1]\nlr = [1e-3]", []string{"a1-lr1e-3"}},
		"excluded corner": {"[grid]\nalpha = [1, 2, 4]\nr = [1, 2, 4]\n[[exclude]]\nwhere = 'alpha = 4 and r = 4'", []string{"a1-r1", "a1-r4", "a4-r1"}},
		"no corner left":  {"[grid]\nalpha = [1, 2, 4]\nr = [1, 2, 3, 4]\n[[require]]\nwhere = 'alpha = 2'", []string{"a2-r1", "a2-r4"}},
		"arms": {
			"[grid]\nlr = [1e-4, 1e-3, 1e-2]\n[[arm]]\nname = 'a'\n[[arm]]\nname = 'b'\nfixed.r = 4",
			[]string{"a/lr1e-4", "a/lr0.01", "b/lr1e-4", "b/lr0.01"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, names(plan(t, c.grid).Corners())); diff != "" {
				t.Error(diff)
			}
		})
	}
}
