package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/cmd/sweep/submit"
	"sweep/sweep/regular"
)

type submitSSHCommand struct {
	workerFlags
	GPUs string `name:"gpus" placeholder:"LIST" help:"GPUs of a worker, as in sweep work."`

	Host    []string `arg:"" optional:"" name:"HOST" help:"Host as ssh takes it, such as user@gpu1. Options of one behind it, in quotes: 'gpu1 workers=2 gpus=0,1 memory=64GB label=a100'."`
	Hosts   string   `predictor:"file" placeholder:"FILE" help:"File with hosts, one a line, each with its options; # begins a comment."`
	Setup   []string `sep:"none" placeholder:"LINE" help:"A line of sh to run before the worker, such as '. venv/bin/activate'. It may be given several times."`
	Program string   `default:"sweep" placeholder:"PATH" help:"This program on the hosts: a name on their PATH, or a path from the home folder (default: ${default})."`
	Config  string   `predictor:"file" placeholder:"FILE" help:"Configuration of ssh (default: ssh's own)."`
	submitFlags
}

// Help shows examples.
func (submitSSHCommand) Help() string {
	return `The commands go to stdout, or to a file with -o, and may be pasted; with --yes
they are run. Each starts one worker that outlives the connection, with a log
in ~/.local/state/sweep of the host. It ends once there is nothing to do. ssh must
reach the host without a password; that of the store stands in ~/.pgpass there.
Where systemd ends what people leave behind (KillUserProcesses=yes in logind.conf),
workers end with the connection.

Examples:
  sweep submit ssh gpu1 me@gpu2 --db postgres://me@db.example.org/lora
  sweep submit ssh 'gpu1 gpus=0,1 workers=4' gpu2 --db postgres://me@db.example.org/lora --setup '. venv/bin/activate' -o start.sh`
}

// Run prints the commands that start workers, or runs them.
func (c *submitSSHCommand) Run(ctx context.Context, out streams) error {
	if err := c.checkStore(out); err != nil {
		return err
	}
	launches, err := c.launches(ctx)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, l := range launches {
		text.WriteString(l.pasted())
	}
	if err := c.write(ctx, out, text.String()); err != nil {
		return err
	}
	if !c.Yes {
		if c.Out != "" {
			fmt.Fprintf(out.stdout, "%s: to start them: sh %s\n", c.Out, commandLine(operand(c.Out)))
		}
		return nil
	}
	return c.start(ctx, out, launches)
}

// launches are how the workers start, one on each host that was named, here or in a file.
func (c *submitSSHCommand) launches(ctx context.Context) ([]launch, error) {
	if err := errors.Join(checkSetup(c.Setup), checkWords(c.Program, c.Config)); err != nil {
		return nil, err
	}
	hosts, err := c.hosts()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	var launches []launch
	for i, h := range hosts {
		l, err := c.launch(ctx, h, fmt.Sprintf("work-%s-%d", now.Format("20060102-150405"), i+1))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.Address, err)
		}
		launches = append(launches, l)
	}
	return launches, nil
}

func (c *submitSSHCommand) hosts() ([]submit.Host, error) {
	var hosts []submit.Host
	for _, text := range c.Host {
		h, err := submit.ParseHost(text)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, h)
	}
	if c.Hosts != "" {
		text, err := regular.Read(c.Hosts, maxHosts)
		if err != nil {
			return nil, fmt.Errorf("--hosts: %w", err)
		}
		more, err := submit.ParseHosts(string(text))
		if err != nil {
			return nil, fmt.Errorf("--hosts %s: %w", c.Hosts, err)
		}
		hosts = append(hosts, more...)
	}
	if len(hosts) == 0 {
		return nil, errors.New("name a host, or a file with some by --hosts")
	}
	return hosts, nil
}

// maxHosts bounds the bytes of a file with hosts.
const maxHosts = 1 << 20

// hostOptions are the flags of sweep work that a host may have of its own.
var hostOptions = []string{"workers", "gpus", "memory", "label", "cache"}

// launch is the start of a worker on a host.
func (c *submitSSHCommand) launch(ctx context.Context, h submit.Host, name string) (launch, error) {
	options := c.options()
	if c.GPUs != "" {
		options = append(options, submit.Option{Name: "gpus", Value: c.GPUs})
	}
	for _, own := range h.Options {
		if !slices.Contains(hostOptions, own.Name) {
			return launch{}, fmt.Errorf("a host has no option %s of its own; those are %s", own.Name, strings.Join(hostOptions, ", "))
		}
		if own.Name != "label" { // of which a worker may have several
			options = slices.DeleteFunc(options, func(o submit.Option) bool { return o.Name == own.Name })
		}
		options = append(options, own)
	}
	words, err := workWords(ctx, options)
	if err != nil {
		return launch{}, err
	}
	program := operand(c.Program)
	ssh := []string{"ssh", "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"}
	if c.Config != "" {
		ssh = append(ssh, "-F", c.Config)
	}
	return launch{
		host: h.Address, ssh: append(ssh, "--", h.Address, "sh", "-s"),
		script: submit.Launch{Name: name, Setup: c.Setup, Program: commandLine(program), Command: commandLine(append([]string{program}, words...)...)}.Script(),
	}, nil
}

// launch is the start of a worker on a host.
type launch struct {
	host   string
	ssh    []string // that runs a script on the host
	script string
}

// scriptEnd ends a script in a shell; none of its lines is it.
const scriptEnd = "END-OF-WORKER"

// pasted is the launch as a command for a shell.
func (l launch) pasted() string {
	return commandLine(l.ssh...) + " <<'" + scriptEnd + "'\n" + l.script + scriptEnd + "\n"
}

// atOnce is how many hosts are called at once.
const atOnce = 8

// start starts the workers and tells what became of each, in the order of the hosts.
func (c *submitSSHCommand) start(ctx context.Context, out streams, launches []launch) error {
	type answer struct {
		said string
		err  error
	}
	answers := make([]chan answer, len(launches))
	turns := make(chan struct{}, atOnce)
	for i, l := range launches {
		answers[i] = make(chan answer, 1)
		go func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			said, err := hand(ctx, l.script, l.ssh[0], l.ssh[1:]...)
			answers[i] <- answer{said, err}
		}()
	}
	var failed []string
	for i, l := range launches {
		a := <-answers[i]
		if a.err != nil {
			failed = append(failed, l.host)
			fmt.Fprintln(out.stderr, wrap(fmt.Sprintf("%s: %v", l.host, a.err), 79, "  "))
			continue
		}
		fmt.Fprintf(out.stdout, "%s: %s\n", l.host, a.said)
	}
	if n := len(launches) - len(failed); n > 0 {
		fmt.Fprintf(out.stdout, "%s started; to see them: %s\n", humanize.Count(n, "worker"), storeFlag{c.DB}.command("workers"))
		fmt.Fprintln(out.stdout, "to end one: ssh HOST kill PROCESS")
	}
	if ctx.Err() != nil {
		return &exitError{code: exitInterrupted}
	}
	if len(failed) > 0 {
		return &exitError{exitFailed, fmt.Errorf("no worker on %s", some(failed))}
	}
	return nil
}
