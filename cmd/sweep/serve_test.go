package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/grid"
)

func TestTheCommandThatTrainsARunAgainIsOfItAlone(t *testing.T) {
	const text = `name = "menus"
question = "Does alpha matter?"
[fixed]
steps = 2
[grid]
alpha = [8, 16]
lr = { log = [1e-3, 1e-1], points = 3 }
%s
`
	for _, c := range []struct{ name, more, cell, want string }{
		{"axes", "seed = [0, 1]", "a16-lr0.01-s1", `--set 'grid.alpha=[16]' --set 'grid.lr=[0.01]' --set 'grid.seed=[1]'`},
		{"axes that move together", "[[zip]]\nr = [4, 8]\nseed = [0, 1]", "a16-lr0.01-r8-s1", `--set 'grid.alpha=[16]' --set 'grid.lr=[0.01]' --set 'grid.r=[8]' --set 'grid.seed=[1]'`},
		{"arms", "[[arm]]\nname = \"small\"\n[arm.fixed]\nr = 4\n[[arm]]\nname = \"large\"\n[arm.fixed]\nr = 8", "large/a16-lr0.01", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "menus.toml")
			whole := strings.Replace(text, "%s", c.more, 1)
			if err := os.WriteFile(file, []byte(whole), 0o600); err != nil {
				t.Fatal(err)
			}
			spec, err := grid.ParseSpec(file)
			if err != nil {
				t.Fatal(err)
			}
			var r sweep.Result
			var cells []string
			for name, p := range spec.Cells() {
				cells = append(cells, name)
				if name == c.cell {
					r.Name, r.Params = name, p
				}
			}
			if r.Name == "" {
				t.Fatalf("the grid has %v", cells)
			}
			got := trainAgain(sweep.SavedSweep{Name: "menus", TOML: whole, File: file}, r)
			if !strings.Contains(got, " run "+file+" "+c.want) || !strings.HasSuffix(got, " --db again.db") || c.want == "" && strings.Contains(got, "--set") {
				t.Errorf("%s is trained again by %s", c.cell, got)
			}
		})
	}
}
