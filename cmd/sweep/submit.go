package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sweep/cmd/sweep/submit"
	"sweep/store"
	"sweep/sweep"
	"sweep/sweep/atomicfile"
)

// submitCommand has machines that others schedule train what is queued.
type submitCommand struct {
	Slurm submitSlurmCommand `cmd:"" help:"Write a script that has Slurm start an array of workers, or submit it."`
	K8s   submitK8sCommand   `cmd:"" name:"k8s" help:"Write a manifest that has Kubernetes start workers, or submit it."`
	SSH   submitSSHCommand   `cmd:"" name:"ssh" help:"Start a worker on each of some hosts by ssh, or print how."`
}

// workerFlags say what each worker is told: they are those of sweep work.
type workerFlags struct {
	choiceFlags
	cacheFlag
	DB              storeName     `name:"db" required:"" placeholder:"STORE" help:"Store on a server, as a worker reaches it: postgres://user@host/database, without a password."`
	Workers         *int          `placeholder:"N" help:"Runs that each worker trains at once (default: as many as its machine has cores or, of runs of commands, room on its GPUs)."`
	Memory          byteSize      `placeholder:"SIZE" help:"Memory that runs of a worker may take (default: three quarters of what it has)."`
	IdleExit        time.Duration `default:"5m" placeholder:"TIME" help:"End a worker once there was nothing to do for so long (default: ${default}; 0: wait for more)."`
	For             time.Duration `placeholder:"TIME" help:"End a worker after so long, such as 3h50m: its runs are given back with their checkpoints."`
	CheckpointEvery time.Duration `placeholder:"TIME" help:"How often a run in training is kept, as in sweep work."`
	Lease           time.Duration `placeholder:"TIME" help:"How long after its last sign of life a worker's runs are its own, as in sweep work."`
}

// options are the flags of sweep work that were given.
func (f workerFlags) options() []submit.Option {
	options := []submit.Option{{Name: "db", Value: string(f.DB)}}
	add := func(name, value string) {
		if value != "" {
			options = append(options, submit.Option{Name: name, Value: value})
		}
	}
	if f.Workers != nil {
		add("workers", strconv.Itoa(*f.Workers))
	}
	add("memory", f.Memory.String())
	for _, name := range f.Sweep {
		add("sweep", name)
	}
	add("only", f.Only)
	for _, label := range f.Label {
		add("label", label)
	}
	add("cache", f.Cache)
	for _, d := range []struct {
		name string
		time time.Duration
	}{{"idle-exit", f.IdleExit}, {"for", f.For}, {"checkpoint-every", f.CheckpointEvery}, {"lease", f.Lease}} {
		if d.time != 0 {
			add(d.name, shortTime(d.time))
		}
	}
	return options
}

// workWords are the arguments of sweep work. What that would refuse is refused.
func workWords(ctx context.Context, options []submit.Option) ([]string, error) {
	words := []string{"work"}
	for _, o := range options {
		words = append(words, "--"+o.Name+"="+o.Value)
	}
	if err := checkWords(words...); err != nil {
		return nil, err
	}
	parser, err := newParser(ctx, streams{nil, io.Discard, io.Discard}, func(int) {})
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(words)
	if err != nil {
		return nil, err
	}
	work := parsed.Selected().Target.Addr().Interface().(*workCommand)
	if err := work.checkFlags(); err != nil {
		return nil, err
	}
	_, err = work.condition()
	return words, err
}

// checkWords refuses words with characters that cannot be seen, which shells differ in
// how to write.
func checkWords(words ...string) error {
	for _, word := range words {
		if sweep.Visible(word) != word || strings.ContainsAny(word, "\n\t") {
			return fmt.Errorf("%q has characters that cannot be seen", word)
		}
	}
	return nil
}

// shortTime is a length of time without what is 0 at its end, such as 3h50m.
func shortTime(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// checkStore refuses an address that is none, or must not be written down.
func (f workerFlags) checkStore(out streams) error {
	if !f.DB.onServer() {
		return nil // sweep work says what is wrong with it
	}
	if err := store.CheckName(string(f.DB)); err != nil {
		return fmt.Errorf("--db: %w", err)
	}
	if f.DB.String() != string(f.DB) {
		return fmt.Errorf("--db %s: the address has a password, and others can read what is submitted; leave it out, and give it to workers in ~/.pgpass, in a service of ~/.pg_service.conf or, on Kubernetes, by --secret", f.DB)
	}
	if here := f.DB.thisMachine(); here != "" {
		fmt.Fprintln(out.stderr, wrap(fmt.Sprintf("note: --db %s %s; a worker on another machine looks for it there", f.DB, here), 79, "  "))
	}
	return nil
}

// thisMachine says what makes an address on a server one that only this machine reaches,
// "" if nothing does.
func (n storeName) thisMachine() string {
	address, err := url.Parse(string(n))
	if err != nil || address.Scheme == "" { // a service, which says where it is
		return ""
	}
	host := address.Hostname()
	if h := address.Query().Get("host"); h != "" {
		host = h
	}
	switch {
	case host == "" && address.Query().Get("service") == "":
		return "names no host"
	case strings.HasPrefix(host, "/"):
		return "is a socket of this machine"
	case host == "localhost" || host == "::1" || strings.HasPrefix(host, "127."):
		return "names this machine"
	}
	return ""
}

// submitFlags are what the ways to submit share.
type submitFlags struct {
	Out string `short:"o" predictor:"file" placeholder:"FILE" help:"File to write, which must not be there yet (default: stdout)."`
	Yes bool   `short:"y" help:"Submit it."`
}

// write writes the text to the file that was named, or to stdout where it is not
// submitted.
func (f submitFlags) write(ctx context.Context, out streams, text string) error {
	if f.Out == "" {
		if f.Yes {
			return nil
		}
		_, err := io.WriteString(direct(out.stdout), text)
		return err
	}
	if _, err := os.Lstat(f.Out); err == nil {
		return fmt.Errorf("%s is there already; name another file with --out", f.Out)
	}
	return atomicfile.Write(ctx, f.Out, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// hand runs a scheduler's own program with a text as its input and returns what it
// prints.
func hand(ctx context.Context, text, program string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, program, args...)
	c.Stdin = strings.NewReader(text)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	said, err := c.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("there is no %s on the PATH of this machine; leave out --yes, and submit what is written where there is one", program)
	}
	if err != nil {
		return "", &exitError{exitFailed, fmt.Errorf("%s: %w\n%s", commandLine(append([]string{program}, args...)...), err, strings.TrimSpace(stderr.String()))}
	}
	return strings.TrimSpace(string(said)), nil
}

// thisProgram is the path of this program, for machines that share its folder.
func thisProgram() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w; name it with --program", err)
	}
	if strings.Contains(path, "go-build") {
		return "", errors.New("'go run' leaves no program behind that workers could run; build one with 'go build -o sweep ./cmd/sweep' and name it with --program")
	}
	return path, nil
}

// jobName is a name that Slurm, Kubernetes and file systems all take. Kubernetes adds the
// number of a worker and needs the rest of 63 characters for it.
var jobName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$`)

func checkJobName(name string) error {
	if !jobName.MatchString(name) {
		return fmt.Errorf("--name %s: a name has lower-case letters, digits and dashes, such as sweep-a100, and up to 52 of them", name)
	}
	return nil
}

// checkSetup refuses lines that are more than one.
func checkSetup(lines []string) error {
	for _, line := range lines {
		if strings.ContainsAny(line, "\n\r\x00") {
			return fmt.Errorf("--setup %q: give each line a --setup of its own", line)
		}
		if line == scriptEnd {
			return fmt.Errorf("--setup %s: that ends the script; leave it out", line)
		}
	}
	return nil
}
