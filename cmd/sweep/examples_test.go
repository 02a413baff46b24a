package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"sweep/sweep/grid"

	"sweep/store/postgres/postgrestest"
)

// menusGrid is the sweep that the examples in the commands' help speak of.
const menusGrid = `
name     = "menus"
question = "Does rank matter?"
[fixed]
holdout = 0.002
steps   = 2
batch   = 1
seq     = 160
eval    = ["loss", "match"]
[grid]
r     = [4, 8]
alpha = [16, 32]
lr    = [1e-3, 1e-2]
seed  = [0, 1]
`

// helpOf returns the help of each command, such as "db check".
func helpOf(t *testing.T) map[string]string {
	t.Helper()
	parser, err := newParser(t.Context(), streams{}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, leaf := range parser.Model.Leaves(true) {
		name := leaf.Name
		for n := leaf.Parent; n.Type == kong.CommandNode; n = n.Parent {
			name = n.Name + " " + name
		}
		all[name] = leaf.Detail
	}
	if all["db check"] == "" || all["ls"] == "" {
		t.Fatalf("no help was found for commands that have some: %v", all)
	}
	return all
}

// examples are the indented lines of a text that start with a program's name.
func examples(text, program string) []string {
	var lines []string
	for _, match := range regexp.MustCompile(`(?m)^ +(`+regexp.QuoteMeta(program)+` .*)$`).FindAllStringSubmatch(text, -1) {
		lines = append(lines, match[1])
	}
	return lines
}

// trainedElsewhere are the files that the examples of import name, and the README, but for the logs,
// which an example of export writes.
const trainedElsewhere = `-- outputs/a8-lr1e-3-s0/trainer_state.json --
{"global_step": 10, "max_steps": 10, "log_history": [{"step": 10, "loss": 2.5}]}
-- outputs/a8-lr1e-3-s0/adapter_config.json --
{"r": 8, "lora_alpha": 8}
-- history.csv --
Step,a - train/loss,b - train/loss
10,2.5,2.25
-- config.csv --
Name,r,alpha,learning_rate
a,8,8,1e-3
b,8,16,1e-3
-- trials.csv --
number,value,params_r,params_alpha,params_lr,state
0,2.5,8,16,1e-3,COMPLETE
1,2.25,8,32,1e-3,COMPLETE
`

// exampleServer is the store on a server that examples name, as a word of a shell; without
// PostgreSQL it is a file, and is says so.
func exampleServer(t *testing.T) (name string, is bool) {
	address, err := postgrestest.New(t)
	if errors.Is(err, postgrestest.ErrNone) {
		return "server.db", false
	}
	if err != nil {
		t.Fatal(err)
	}
	return shellWord(address), true
}

// needsServer reports whether an example is about workers, who share a store on a server.
func needsServer(line string) bool {
	return regexp.MustCompile(`^sweep (work|workers|pause|resume|cancel|submit)( |$)|--detach`).MatchString(line)
}

// soon has workers of examples wait for less.
var soon = strings.NewReplacer("--idle-exit 5m", "--idle-exit 1s", "--for 3h50m", "--for 2s")

// servedAWhile has an example that serves pages do so on a port that is free, and be
// interrupted after three seconds, once: without --foreground the program might hear of it twice.
func servedAWhile(line string) string {
	if !strings.HasPrefix(line, "sweep serve") || strings.Contains(line, "--out") {
		return line
	}
	if line = regexp.MustCompile(`(--listen \S+):\d+`).ReplaceAllString(line, "$1:0"); !strings.Contains(line, "--listen") {
		line += " --listen 127.0.0.1:0"
	}
	return "timeout --foreground --preserve-status -s INT 3 " + line
}

// TestEveryExampleInHelpRuns runs the examples of each command in a folder of
// their own, with the store of a finished sweep.
func TestEveryExampleInHelpRuns(t *testing.T) {
	help := helpOf(t)
	server, isServer := exampleServer(t) // of workers
	other, _ := exampleServer(t)
	var script strings.Builder
	if isServer {
		script.WriteString(inShell("sweep run menus.toml --detach --db " + server))
	}
	script.WriteString("exec sweep run more-menus.toml\nexec sweep run menus.toml\nexec cp sweep.db trained.db\n")
	for _, name := range slices.Sorted(maps.Keys(help)) {
		lines := examples(help[name], "sweep")
		if len(lines) == 0 {
			t.Errorf("the help of %q has no example", name)
		}
		for _, line := range lines {
			if strings.Contains(line, "--symmetry") {
				continue // takes a minute
			}
			if needsServer(line) && !isServer {
				continue
			}
			address := other
			if needsServer(line) {
				address = server
			}
			line = servedAWhile(soon.Replace(strings.ReplaceAll(line, "postgres://me@db.example.org/lora", address)))
			script.WriteString("exec cp trained.db sweep.db\nstdin yes\n" + inShell(line))
		}
		script.WriteString("exec rm -rf backup.db\n")
	}
	script.WriteString("-- yes --\nyes\n-- token.txt --\ncorrect horse\n" + trainedElsewhere + "-- menus.toml --\n" + menusGrid +
		"-- more-menus.toml --\n" + strings.NewReplacer("menus", "more-menus", "r     = [4, 8]", "r     = [2]").Replace(menusGrid))
	runScript(t, script.String())
}

// filled puts something in the places that the manual leaves open.
var filled = strings.NewReplacer(
	"GRID.toml", "experiments/alpha-tracks-lr.toml", "NAME", "alpha-tracks-lr", "AXIS", "alpha",
	"RUN", "r4-a16-lr1e-3-s0", "OTHER", "r8-a16-lr1e-3-s0", "FILE", "backup.db", "FROM TO", "sweep.db copied.db", "COMMAND", "run",
	"MODEL", "builtin:tiny", "DATA", "builtin:menus", "SWEEP", "alpha-tracks-lr",
)

// TestEveryCommandOfTheManualRuns runs those of the README and of 'sweep help' on
// a grid as small as can be, of the same name and axes as the one that the README
// names.
func TestEveryCommandOfTheManualRuns(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const program = "go run ./cmd/sweep"
	var script strings.Builder
	lines := examples(string(readme), program)
	if len(lines) < 2 {
		t.Errorf("%d commands in the README", len(lines))
	}
	for _, line := range lines {
		script.WriteString(inShell("sweep" + strings.TrimPrefix(line, program)))
	}
	mentioned := regexp.MustCompile("`(sweep [^`]*)`").FindAllStringSubmatch(string(readme), -1)
	mentioned = append(mentioned, regexp.MustCompile(`(?m)^  (sweep .+?)(?:  .*)?$`).FindAllStringSubmatch(overview, -1)...)
	if len(mentioned) < 30 {
		t.Errorf("%d commands are mentioned in the README and in 'sweep help'", len(mentioned))
	}
	script.WriteString("exec cp sweep.db trained.db\n")
	server, isServer := exampleServer(t)
	for _, match := range mentioned {
		line := match[1]
		if strings.Contains(line, "--symmetry") || needsServer(line) && (!isServer || !strings.Contains(line, "SERVER")) {
			continue // takes a minute, or nobody says which server
		}
		line = strings.ReplaceAll(filled.Replace(strings.Replace(line, "sweep work ", "sweep work --for 2s ", 1)), "SERVER", server)
		line = servedAWhile(line)
		script.WriteString("exec cp trained.db sweep.db\nexec rm -f menus-tiny.toml\nstdin yes\n" + inShell(line))
	}
	script.WriteString("-- yes --\nyes\n" + trainedElsewhere + "-- experiments/alpha-tracks-lr.toml --\n" +
		strings.ReplaceAll(menusGrid, `"menus"`, `"alpha-tracks-lr"`))
	runScript(t, script.String())
}

// TestTheREADMEGoesPastOneMachineAsWritten runs the lines by which the README goes from one
// machine to many, in a shell, on a server that is there.
func TestTheREADMEGoesPastOneMachineAsWritten(t *testing.T) {
	server, isServer := exampleServer(t)
	if !isServer {
		t.Skip("skipped: no PostgreSQL")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	section := regexp.MustCompile(`(?s)## Past one machine\n(.*?)\n## `).FindStringSubmatch(string(readme))
	if section == nil {
		t.Fatal("the README has no section 'Past one machine'")
	}
	var lines []string
	for _, match := range regexp.MustCompile(`(?m)^    (.*)$`).FindAllStringSubmatch(section[1], -1) {
		line := strings.NewReplacer("postgres://me@db.example.org/lora", server, "GRID.toml", "menus.toml").Replace(soon.Replace(match[1]))
		lines = append(lines, line)
	}
	if len(lines) != 5 {
		t.Errorf("%d lines, want five:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	runScript(t, "exec sh -e walk.sh\nstdout '16 runs: 16 queued'\nstdout 'ended: 16 done'\nstdout '#SBATCH --array=0-19'\nexec sweep ls menus --db "+
		server+"\nstdout r8-a32-lr0.01-s1.*done\n-- walk.sh --\n"+strings.Join(lines, "\n")+"\n-- menus.toml --\n"+menusGrid)
}

// gridsOfTheREADME are the grids that the README shows: one for the built-in trainer, and
// one with a script.
func gridsOfTheREADME(t *testing.T) []string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var grids []string
	for _, match := range regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		grids = append(grids, match[1])
	}
	if len(grids) != 2 {
		t.Fatalf("the README shows %d grids", len(grids))
	}
	return grids
}

// TestTheGridsOfTheREADMEAreSome parses the grids that the README shows, and looks for the
// run in the first that the README's SQL names.
func TestTheGridsOfTheREADMEAreSome(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var specs []*grid.Spec
	for _, file := range gridsOfTheREADME(t) {
		spec, err := grid.DecodeSpec(strings.NewReader(file), "README.toml")
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, spec)
	}
	sql := regexp.MustCompile(`sweep = '(.*?)' AND name = '(.*?)'`).FindStringSubmatch(string(readme))
	if sql == nil || sql[1] != specs[0].Name {
		t.Fatalf("the README's SQL names %q, its grid is %s", sql, specs[0].Name)
	}
	for name := range specs[0].Cells() {
		if name == sql[2] {
			return
		}
	}
	t.Errorf("the README's SQL names the run %s, which its grid has not", sql[2])
}

// inShell is a line of a script that runs a command in a shell. Doctor exits
// with 1 where it finds something wrong with the machine.
func inShell(line string) string {
	if strings.HasPrefix(line, "sweep doctor") {
		line += " || test $? = 1"
	}
	return "exec sh -c '" + strings.ReplaceAll(line, "'", "''") + "'\n"
}

func runScript(t *testing.T, script string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "script.txtar")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Files: []string{file}, RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": exitsWith},
	})
}
