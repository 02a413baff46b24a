package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAPrintedCommandIsReadAsItsWords(t *testing.T) {
	for shell, letters := range map[string]*rapid.Generator[rune]{
		"sh":   rapid.RuneFrom([]rune("az09 '\"\\$`~#&|;<>(){}[]*?!=-é漢")),
		"bash": rapid.OneOf(rapid.RuneFrom([]rune("a0 '\"\\$`~!\n\t\x1b\u202e")), rapid.Rune().Filter(func(r rune) bool { return r > 0 })),
	} {
		if _, err := exec.LookPath(shell); err != nil {
			continue
		}
		words := rapid.SliceOfN(rapid.StringOfN(letters, -1, 10, -1), 1, 200).Example(1)
		printed, err := exec.Command(shell, "-c", `printf '%s\0' `+commandLine(words...)).Output()
		if err != nil {
			t.Fatalf("%s: %v", shell, err)
		}
		if diff := cmp.Diff(words, strings.Split(strings.TrimSuffix(string(printed), "\x00"), "\x00")); diff != "" {
			t.Errorf("%s: %s", shell, diff)
		}
	}
}

func TestCommandsArePrintedPlainlyWhereTheyCanBe(t *testing.T) {
	for _, c := range []struct {
		want  string
		words []string
	}{
		{"sweep run a/grid.toml", []string{"sweep", "run", "a/grid.toml"}},
		{"sweep run ./-x.toml", []string{"sweep", "run", operand("-x.toml")}},
		{"sweep report --same 2%", []string{"sweep", "report", "--same", "2%"}},
		{"sweep ls x --db 'my store.db'", onStore("my store.db", "sweep", "ls", "x")},
		{"sweep ls x", onStore(defaultStore, "sweep", "ls", "x")},
		{`sweep ls --where 'state = "failed"'`, []string{"sweep", "ls", "--where", `state = "failed"`}},
		{`'it'\''s a grid.toml' ''`, []string{"it's a grid.toml", ""}},
		{`$'a\012b\033'`, []string{"a\nb\x1b"}},
	} {
		if got := commandLine(c.words...); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// TestEveryCommandThatIsPrintedRuns pastes into a shell what run, its preflight
// and reports tell a person to type.
func TestEveryCommandThatIsPrintedRuns(t *testing.T) {
	const grid = `'a folder/it''s a "grid".toml'`
	runScript(t, `
mkdir 'a folder'
cp menus.toml `+grid+`
# --preflight tells how to train the rest.
exec sweep run `+grid+` --db 'my $store.db' --preflight --workers 1
cp stdout out
exec sed -n -e 's/^to train them: //p' out
stdout '^sweep run '
cp stdout do.sh
exec sh -e do.sh
# So does run, and how to draw the figure.
cp stdout out
exec sed -n -e 's/^to draw the figure: //p' out
stdout '^sweep plot .*my'
cp stdout do.sh
exec sh -e do.sh
exists figures/menus-lr-r.png
# A report tells how it is made, and where the hashes are.
exec sweep report --db 'my $store.db' --style dark --out 'my report.md'
exec sed -n -e 's/^    sweep/sweep/p' 'my report.md'
stdout '^sweep report .*--style dark'
stdout '^sweep ls menus .*my'
cp stdout do.sh
rm 'my report.md'
exec sh -e do.sh
exists 'my report.md'
# So does a page, which shows them as a browser copies them.
exec sweep report --db 'my $store.db' --out 'my page.html'
exec sed -n -e 's/.*<pre><code>\(sweep [^<]*\)<.*/\1/p' 'my page.html'
cp stdout escaped
exec sed -e 's/&#39;/''/g' -e 's/&#34;/"/g' -e 's/&amp;/\&/g' escaped
stdout '^sweep report .*--out ''my page.html'''
stdout '^sweep run ''a folder/'
stdout '^sweep ls menus .*my'
cp stdout do.sh
rm 'my page.html'
exec sh -e do.sh
exists 'my page.html'
# A store that is not there is made as the error says.
code 2 sweep ls --db 'no $store.db'
stderr 'GRID.toml --db ''no \$store.db'''
`+"\n-- menus.toml --\n"+menusGrid)
}
