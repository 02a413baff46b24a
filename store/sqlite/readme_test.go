package sqlite_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sweep/sweep"
)

// TestSQLOfTheReadme runs each statement that README.md gives to sqlite3, for a
// run of one sweep, as the program would: text in double quotes is a name to it,
// and may be no value.
func TestSQLOfTheReadme(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sweep.db")
	s := open(t, path)
	defer shut(t, s)
	fill(t, s)
	if err := s.SaveSweep(t.Context(), sweep.SavedSweep{Name: "my-ablation", Keys: []string{"k1"}, Names: []string{"r8-a16-lr1e-3-s0"}}); err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile("`sqlite3 sweep\\.db \"([^`]*)\"`").FindAllSubmatch(readme, -1)
	if len(commands) == 0 {
		t.Fatal("README.md gives none")
	}
	for _, c := range commands {
		statement := strings.Join(strings.Fields(string(c[1])), " ")
		if strings.Contains(statement, `"`) {
			t.Errorf("%s: a double quote ends the shell's", statement)
		}
		if lines := query(t, path, statement); len(lines) != 4 || lines[1] != "1 2" {
			t.Errorf("%s gives %q", statement, lines)
		}
	}
}
