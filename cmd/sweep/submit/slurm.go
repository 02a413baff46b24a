package submit

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Slurm is a job array of workers. Fields that are empty or 0 are left to the cluster.
type Slurm struct {
	Name      string
	About     string // one line, for whoever reads the script
	Tasks     int    // of the array
	AtOnce    int    // tasks that may run at once
	CPUs      int    // of a task, as the following
	GPUs      string // how many, or their kind and how many, such as a100:2
	Memory    int64  // bytes
	Time      time.Duration
	Grace     time.Duration // from the signal to the limit of time
	Partition string
	Account   string
	Options   []Option // further lines for sbatch
	Setup     []string // lines of bash to run before the command
	Command   string   // as a shell reads it
}

// Option is an option of sbatch by its long name, without the dashes.
type Option struct{ Name, Value string }

// optionText is an option of sbatch, with or without its dashes.
var optionText = regexp.MustCompile(`^(?:--)?([a-z][a-z0-9-]+)(?:=(.+))?$`)

// ParseOption reads an option, such as qos=high or --exclusive.
func ParseOption(text string) (Option, error) {
	match := optionText.FindStringSubmatch(text)
	if match == nil {
		return Option{}, fmt.Errorf("%q is no option of sbatch by its long name, such as qos=high or exclusive", text)
	}
	o := Option{Name: match[1], Value: match[2]}
	if _, err := o.line(); err != nil {
		return Option{}, err
	}
	return o, nil
}

// line is the option in a script, in the quotes that sbatch reads.
func (o Option) line() (string, error) {
	text := "#SBATCH --" + o.Name
	switch {
	case strings.ContainsFunc(o.Value, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", fmt.Errorf("%s=%q: sbatch reads one line, without control characters", o.Name, o.Value)
	case o.Value == "":
		return text, nil
	case plainOption.MatchString(o.Value):
		return text + "=" + o.Value, nil
	case !strings.Contains(o.Value, "'"):
		return text + "='" + o.Value + "'", nil
	case !strings.ContainsAny(o.Value, `"\`):
		return text + `="` + o.Value + `"`, nil
	default:
		return "", fmt.Errorf("%s=%s: sbatch has no way to write both kinds of quotes", o.Name, o.Value)
	}
}

// plainOption needs no quotes in a script for sbatch.
var plainOption = regexp.MustCompile(`^[A-Za-z0-9_.,:;@%/+=()&|*^\[\]-]+$`)

// decided are options that this package writes itself, or that would undo what it writes.
var decided = []string{"array", "signal", "requeue", "no-requeue", "time", "nodes", "ntasks", "wrap", "parsable", "test-only", "wait"}

// presets may be said otherwise by further options.
var presets = []Option{{"job-name", ""}, {"output", "%x-%A_%a.log"}, {"open-mode", "append"}}

// Script is the script for sbatch. Its last line becomes the worker, so that signals to
// the batch shell reach it. A task is one process on one node, which has all that the
// batch step has; srun would stand between the two and do nothing.
func (s Slurm) Script() (string, error) {
	options, err := s.options()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("#!/bin/bash\n# " + s.About + "\n")
	for _, o := range options {
		line, err := o.line()
		if err != nil {
			return "", err
		}
		b.WriteString(line + "\n")
	}
	b.WriteString("\nset -e\n")
	for _, line := range s.Setup {
		b.WriteString(line + "\n")
	}
	b.WriteString("# Where the cluster does not bind tasks to cores, the worker still takes no more than it was given.\n" +
		"export GOMAXPROCS=\"$SLURM_CPUS_ON_NODE\"\n" +
		"exec " + s.Command + "\n")
	return b.String(), nil
}

// options are the lines for sbatch, in order.
func (s Slurm) options() ([]Option, error) {
	array := fmt.Sprintf("0-%d", s.Tasks-1)
	if s.AtOnce < s.Tasks {
		array += fmt.Sprintf("%%%d", s.AtOnce)
	}
	all := []Option{{"array", array}, {"nodes", "1"}, {"ntasks", "1"}, {"requeue", ""}}
	for _, o := range []Option{
		{"cpus-per-task", number(int64(s.CPUs))},
		{"mem", number((s.Memory + 1<<20 - 1) >> 20)}, // in MiB, which is sbatch's unit
		{"gres", prefixed("gpu:", s.GPUs)},
		{"time", slurmTime(s.Time)},
		{"signal", prefixed("B:USR1@", number(int64(s.Grace/time.Second)))},
		{"partition", s.Partition},
		{"account", s.Account},
	} {
		if o.Value != "" {
			all = append(all, o)
		}
	}
	said := map[string]bool{}
	for _, o := range all {
		said[o.Name] = true
	}
	for _, name := range decided {
		said[name] = true
	}
	for _, o := range s.Options {
		if said[o.Name] {
			return nil, fmt.Errorf("%s is written already, from what else was said; leave it out", o.Name)
		}
		said[o.Name] = true
	}
	var first []Option
	for _, o := range presets {
		if o.Name == "job-name" {
			o.Value = s.Name
		}
		if !said[o.Name] {
			first = append(first, o)
		}
	}
	return append(append(first, all...), s.Options...), nil
}

// number is a number that was given, "" for none.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func prefixed(prefix, value string) string {
	if value == "" {
		return ""
	}
	return prefix + value
}

// slurmTime is a length of time as sbatch reads it, in whole minutes, rounded up.
func slurmTime(d time.Duration) string {
	if d == 0 {
		return ""
	}
	minutes := int64((d + time.Minute - 1) / time.Minute)
	return fmt.Sprintf("%d-%02d:%02d:00", minutes/(24*60), minutes/60%24, minutes%60)
}

// maxArraySize is the setting in what 'scontrol show config' prints.
var maxArraySize = regexp.MustCompile(`(?m)^MaxArraySize\s*=\s*(\d+)\s*$`)

// LargestArray is how many tasks an array may have, by what 'scontrol show config'
// prints: the setting is one more than the largest index, and indices begin at 0.
func LargestArray(config string) (tasks int, known bool) {
	match := maxArraySize.FindStringSubmatch(config)
	if match == nil {
		return 0, false
	}
	tasks, err := strconv.Atoi(match[1])
	return tasks, err == nil
}
