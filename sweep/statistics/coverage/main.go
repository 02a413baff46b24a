// Command coverage judges the estimators of package statistics by simulation: how
// often what they call a 95 % interval holds a truth that is known, how wide it is,
// and how often a test says what is not so. It prints the tables of README.md
// beside it:
//
//	go run ./sweep/statistics/coverage > sweep/statistics/coverage/README.md
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
)

// slower is by how much fewer trials the estimators by parabolas and resampled
// cells get, and those of many valleys, which take the time of all others together.
const slower = 4

func main() {
	trials := flag.Int("trials", 1000, "trials in each cell of the tables")
	flag.Parse()
	write(os.Stdout, *trials)
}

func write(w io.Writer, trials int) {
	fmt.Fprintf(w, "# Coverage\n\nMade by `go run ./sweep/statistics/coverage`, from simulated losses; shapes are in shapes.go. A cell is the share of 95 %% intervals that\n"+
		"hold the truth, over %d trials, and their mean width. What rests on parabolas or resampled cells is there to compare, over %d trials; so many have the\n"+
		"powers and the agreement of valleys, too, which take the longest.\n", trials, trials/slower)
	for _, t := range []table{bestTable(trials), powerTable(trials / slower), powersTable(trials / slower), keepingTable(trials), worstTable(trials), meansTable(trials), agreementTable(trials / slower), trendTable(trials), looksTable(trials), sameTable(trials), rowsTable(trials / slower)} {
		t.write(w)
	}
}

// A table is rows of cells, each of which is worked out by itself.
type table struct {
	title, text string
	head        []string
	rows        []row
}

type row struct {
	labels []string
	cells  []func() string
}

// write works out the cells, several at a time, and prints them in order.
func (t table) write(w io.Writer) {
	done := make([][]string, len(t.rows))
	var wait sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, r := range t.rows {
		done[i] = make([]string, len(r.cells))
		for j, cell := range r.cells {
			wait.Add(1)
			go func() {
				defer wait.Done()
				free <- struct{}{}
				done[i][j] = cell()
				<-free
			}()
		}
	}
	wait.Wait()
	fmt.Fprintf(w, "\n## %s\n\n%s\n\n| %s |\n|%s\n", t.title, t.text, strings.Join(t.head, " | "), strings.Repeat("---|", len(t.head)))
	for i, r := range t.rows {
		fmt.Fprintf(w, "| %s | %s |\n", strings.Join(r.labels, " | "), strings.Join(done[i], " | "))
	}
}
