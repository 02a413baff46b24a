//go:build unix

package command

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// scripts are the programs that tests train by, by their names.
var scripts = map[string]func(args []string) int{
	// logs logs all steps.
	"logs": func([]string) int {
		logSteps(1, steps())
		return 0
	},
	// prints prints its arguments and some of its environment, a line each, and logs.
	"prints": func(args []string) int {
		for _, arg := range args {
			fmt.Println("argument", arg)
		}
		for _, entry := range os.Environ() {
			if strings.HasPrefix(entry, "SWEEP_") || strings.HasPrefix(entry, "MY_") || strings.HasPrefix(entry, "CUDA_") || strings.HasPrefix(entry, "PYTHONUNBUFFERED") {
				fmt.Println(entry)
			}
		}
		logSteps(1, steps())
		return 0
	},
	// lines logs its arguments, a line each.
	"lines": func(args []string) int {
		for _, line := range args {
			logLine(line)
		}
		return 0
	},
	// fails logs its arguments, a line each, and fails.
	"fails": func(args []string) int {
		for _, line := range args {
			logLine(line)
		}
		return 1
	},
	// exits logs so many steps, prints the rest of the arguments, and exits with a code.
	"exits": func(args []string) int {
		logSteps(1, atoi(args[1]))
		for _, line := range args[2:] {
			fmt.Println(line)
		}
		return atoi(args[0])
	},
	// half logs a step and half of another's line, and exits with a code.
	"half": func(args []string) int {
		logSteps(1, 1)
		logText(`{"step": 2, "loss": 1.`)
		return atoi(args[0])
	},
	// holds has a child that holds so many bytes, and logs.
	"holds": func(args []string) int {
		if args[0] == "child" {
			held := make([]byte, 1+atoi(args[1]))
			for i := range held {
				held[i] = byte(i)
			}
			return int(held[0])
		}
		self, err := os.Executable()
		if err != nil {
			panic(err)
		}
		if err := exec.Command(self, scriptArgument, "holds", "child", args[0]).Run(); err != nil {
			panic(err)
		}
		logSteps(1, steps())
		return 0
	},
	// hangs logs so many steps and does nothing any more.
	"hangs": func(args []string) int {
		logSteps(1, atoi(args[0]))
		time.Sleep(time.Hour)
		return 0
	},
	// deaf is hangs that ignores SIGTERM.
	"deaf": func(args []string) int {
		signal.Ignore(syscall.SIGTERM)
		logSteps(1, atoi(args[0]))
		time.Sleep(time.Hour)
		return 0
	},
	// saves logs so many steps and, when it gets SIGTERM, one more, and exits with a code.
	"saves": func(args []string) int {
		told := make(chan os.Signal, 1)
		signal.Notify(told, syscall.SIGTERM)
		n := atoi(args[0])
		logSteps(1, n)
		<-told
		time.Sleep(50 * time.Millisecond)
		logSteps(n+1, n+1)
		return atoi(args[1])
	},
	// floods prints so many bytes and then logs.
	"floods": func(args []string) int {
		out := bufio.NewWriterSize(os.Stdout, 1<<20)
		for n := atoi(args[0]); n > 0; n -= 100 {
			fmt.Fprintf(out, "%099d\n", n)
		}
		if err := out.Flush(); err != nil {
			return 1
		}
		logSteps(1, steps())
		return 0
	},
	// floodsAndHangs prints so many bytes and does nothing any more.
	"floodsAndHangs": func(args []string) int {
		fmt.Println(strings.Repeat("x", atoi(args[0])))
		time.Sleep(time.Hour)
		return 0
	},
	// eats logs a step and then takes memory without end.
	"eats": func([]string) int {
		logSteps(1, 1)
		for eaten := []byte(nil); ; {
			eaten = append(eaten, bytes.Repeat([]byte{1}, 16<<20)...)
			time.Sleep(time.Duration(eaten[0])) // it is in use
		}
	},
	// forks starts programs of its own, one in its group and one in a session of its own,
	// both deaf, logs, and then does what the argument says.
	"forks": func(args []string) int {
		for _, own := range []bool{false, true} {
			child := exec.Command("/proc/self/exe", scriptArgument, "deaf", "0")
			child.SysProcAttr = &syscall.SysProcAttr{Setsid: own}
			if err := child.Start(); err != nil {
				panic(err)
			}
		}
		logSteps(1, steps())
		if args[0] == "hang" {
			time.Sleep(time.Hour)
		}
		return 0
	},
	// resumes counts its steps in a file in its folder, and exits with a code after so many
	// in each attempt but the last. It goes on so many steps before those that it counted.
	"resumes": func(args []string) int {
		state := filepath.Join(os.Getenv("SWEEP_DIR"), "state")
		from := 0
		if os.Getenv("SWEEP_RESUME") == "1" {
			text, err := os.ReadFile(state)
			if err != nil {
				panic(err)
			}
			from = max(0, atoi(string(text))-atoi(args[2]))
		}
		to := min(from+atoi(args[1]), steps())
		for step := from + 1; step <= to; step++ {
			logLine(fmt.Sprintf(`{"step": %d, "loss": %g, "attempt": %s}`, step, 2+1/float64(step), os.Getenv("SWEEP_ATTEMPT")))
		}
		if err := os.WriteFile(state, []byte(strconv.Itoa(to)), 0o666); err != nil {
			panic(err)
		}
		if to < steps() {
			return atoi(args[0])
		}
		return 0
	},
	// slow logs a step every 20 ms, and goes on from where its folder says.
	"slow": func([]string) int {
		state := filepath.Join(os.Getenv("SWEEP_DIR"), "state")
		text, _ := os.ReadFile(state) // there is none at first
		from, _ := strconv.Atoi(string(text))
		for step := from + 1; step <= steps(); step++ {
			time.Sleep(20 * time.Millisecond)
			logSteps(step, step)
			if err := os.WriteFile(state, []byte(strconv.Itoa(step)), 0o666); err != nil {
				panic(err)
			}
		}
		return 0
	},
	// tells writes what the program was trained with into its folder, and logs.
	"tells": func(args []string) int {
		if err := os.WriteFile(filepath.Join(os.Getenv("SWEEP_DIR"), "environment.txt"), []byte(strings.Join(args, "\n")), 0o666); err != nil {
			panic(err)
		}
		logSteps(1, steps())
		return 0
	},
}

func atoi(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

// steps is $SWEEP_STEPS.
func steps() int { return atoi(os.Getenv("SWEEP_STEPS")) }

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
