package command

import (
	"fmt"
	"os"
	"strconv"
)

// scripts are the programs that tests train by.
var scripts = map[string]func(args []string) int{
	"logs": func([]string) int {
		logSteps(1, steps())
		return 0
	},
}

// steps is $SWEEP_STEPS.
func steps() int {
	n, err := strconv.Atoi(os.Getenv("SWEEP_STEPS"))
	if err != nil {
		panic(err)
	}
	return n
}

// logSteps appends a line for each step to $SWEEP_METRICS.
func logSteps(from, to int) {
	for step := from; step <= to; step++ {
		logLine(fmt.Sprintf(`{"step": %d, "loss": %g}`, step, 2+1/float64(step)))
	}
}

// logLine appends a line to $SWEEP_METRICS.
func logLine(line string) { logText(line + "\n") }

func logText(text string) {
	f, err := os.OpenFile(os.Getenv("SWEEP_METRICS"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		panic(err)
	}
}
