package main

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
)

// byteSize is a number of bytes on the command line, such as 8GB or 512MiB.
type byteSize int64

// UnmarshalText parses a number and its unit.
func (b *byteSize) UnmarshalText(text []byte) error {
	number := strings.TrimRight(string(text), "kKMGTiB ")
	unit, known := map[string]float64{
		"": 1, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
		"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
	}[strings.TrimSpace(string(text[len(number):]))]
	x, err := strconv.ParseFloat(number, 64)
	if err != nil || !known || !(x > 0 && x*unit < 1<<62) {
		return fmt.Errorf("%q is no amount of memory; write one such as 8GB or 512MiB", text)
	}
	*b = byteSize(x * unit)
	return nil
}

// String is the amount as UnmarshalText reads it, to the byte; "" for none.
func (b byteSize) String() string {
	if b == 0 {
		return ""
	}
	for _, unit := range []struct {
		name string
		size byteSize
	}{{"TB", 1e12}, {"TiB", 1 << 40}, {"GB", 1e9}, {"GiB", 1 << 30}, {"MB", 1e6}, {"MiB", 1 << 20}} {
		if b%unit.size == 0 {
			return strconv.FormatInt(int64(b/unit.size), 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// freeMemory is what this process may still take of the machine's memory, and
// of its control group's where it is in one; 0 if unknown.
func freeMemory() int64 {
	free := field("/proc/meminfo", "MemAvailable:") * 1024
	limit := field("/sys/fs/cgroup/memory.max", "")
	if used := field("/sys/fs/cgroup/memory.current", ""); limit > used && limit-used < free {
		return limit - used
	}
	return free
}

// field is the number that follows a name in a file of the system, 0 if there
// is none.
func field(file, name string) int64 {
	f, err := os.Open(file)
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }() // it was only read
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), name); ok {
			n, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			x, _ := strconv.ParseInt(n, 10, 64) // "max" is no limit
			return x
		}
	}
	return 0
}

// runsShare is how much of a process' memory models and runs take unless it is said.
func runsShare(memory byteSize) byteSize { return memory / 4 * 3 }

// memoryFlag is how much memory a sweep may take.
type memoryFlag struct {
	Memory byteSize `placeholder:"SIZE" help:"Memory that models and runs in training may take, such as 8GB (default: three quarters of what is free). As many runs are trained at once as fit."`
}

// recomputeFlag says which runs have less memory and compute more.
type recomputeFlag struct {
	Recompute string `enum:"auto,always,never" default:"auto" help:"Which runs compute activations again for the backward pass, block by block, in place of keeping all: auto, those that would not fit into the memory otherwise; always; or never. It takes up to a third longer, and moves no bit of a curve (default: ${default})."`
}

// room is what a run may take beside models before it computes activations again, where
// runs have so much memory together; 0 is no limit.
func (f recomputeFlag) room(memory int64) int64 {
	switch f.Recompute {
	case "always":
		return 1
	case "never":
		return 0
	default:
		return max(memory, 0)
	}
}

// sayAgain says how many of some runs compute activations again; "" for none.
func sayAgain(estimates []sweep.Estimate) string {
	n := 0
	for _, e := range estimates {
		if e.Again {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return humanize.Count(n, "run") + " of " + strconv.Itoa(len(estimates)) + " compute activations again, to take less memory, and up to a third longer (--recompute)"
}

// limit is the flag, or its default where so much memory is free; 0 is none.
func (f memoryFlag) limit(free int64) int64 {
	return int64(cmp.Or(f.Memory, runsShare(byteSize(free))))
}
