package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
	"sweep/sweep/grid"
)

// TestIdleWorkersAreShown has a worker wait for work, beside runs that it may not train.
func TestIdleWorkersAreShown(t *testing.T) {
	home(t)
	db := postgrestest.Store(t)
	file, _ := writeGrid(t, heldGrid)
	sweepCommand(t, 0, "run", file, "--detach", "--needs", "big", "--db", db)
	ctx, cancel := context.WithCancel(t.Context())
	said, pages := new(watched), new(watched)
	worker := background(ctx, said, "work", "--db", db)
	server := background(ctx, pages, "serve", "--db", db, "--listen", "127.0.0.1:0")
	defer func() {
		cancel()
		<-worker
		<-server
	}()
	url := regexp.MustCompile(`http://\S+/`)
	eventually(t, "the pages are served", func() bool { return url.MatchString(pages.String()) })
	var text string
	eventually(t, "the idle worker is shown", func() bool {
		answer, err := http.Get(url.FindString(pages.String()) + "sweep/held/board")
		if err != nil {
			return false
		}
		all, _ := io.ReadAll(answer.Body)
		text = string(all)
		return answer.Body.Close() == nil && strings.Contains(text, `"idle":[{"name":`) && strings.Contains(text, "label big")
	})
	if !strings.Contains(text, `"workers":[]`) {
		t.Errorf("somebody trains runs that nobody may train: %s", text)
	}
}

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
