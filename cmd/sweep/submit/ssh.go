package submit

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Host is a machine that ssh reaches, with what is said of it alone.
type Host struct {
	Address string // as ssh takes it: an alias, user@host, or ssh://user@host:port
	Options []Option
}

// address is what ssh takes for a host and not for an option.
var address = regexp.MustCompile(`^[A-Za-z0-9_\[][A-Za-z0-9_.:@/%\[\]-]*$`)

// ParseHost reads a host, with options behind it if there are some:
//
//	user@gpu1 gpus=0,1 workers=2
func ParseHost(text string) (Host, error) {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return Host{}, errors.New("a host without a name")
	}
	h := Host{Address: fields[0]}
	if !address.MatchString(h.Address) {
		return Host{}, fmt.Errorf("%q is no host for ssh, such as user@gpu1 or ssh://user@gpu1:2222", h.Address)
	}
	for _, field := range fields[1:] {
		name, value, ok := strings.Cut(field, "=")
		if !ok || name == "" || value == "" {
			return Host{}, fmt.Errorf("%s: %q behind a host is none of its options, such as workers=2", h.Address, field)
		}
		h.Options = append(h.Options, Option{name, value})
	}
	return h, nil
}

// ParseHosts reads a file with a host a line. Empty lines and what follows a # are
// skipped.
func ParseHosts(text string) ([]Host, error) {
	var hosts []Host
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		h, err := ParseHost(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		hosts = append(hosts, h)
	}
	return hosts, nil
}

// Launch starts a worker on the machine that its script runs on, to outlive it.
type Launch struct {
	Name    string   // of the log, without an ending
	Setup   []string // lines of sh to run before the command
	Program string   // that must be there, as a shell reads it
	Command string   // that runs it, as a shell reads it
}

// Script is a script for sh, to be read from its standard input, so that it does not
// matter which shell the account has. It prints the worker's number and where its log is,
// or why there is none.
func (l Launch) Script() string {
	var setup strings.Builder
	for _, line := range l.Setup {
		setup.WriteString(line + "\n")
	}
	return fmt.Sprintf(launch, setup.String(), l.Program, l.Name, l.Command)
}

// launch is read to its end before any of it runs, as it stands in braces: no line of the
// setup takes the rest for its input.
const launch = `{
set -e
%[1]sif ! command -v %[2]s >/dev/null; then
	echo 'there is no such program here:' %[2]s >&2
	exit 127
fi
folder="${XDG_STATE_HOME:-$HOME/.local/state}/sweep"
mkdir -p "$folder"
log="$folder"/%[3]s.log
session=
if command -v setsid >/dev/null; then
	session=setsid
fi
$session nohup %[4]s </dev/null >>"$log" 2>&1 &
worker=$!
sleep 2
if ! kill -0 "$worker" 2>/dev/null; then
	echo "the worker has ended; $log ends with:" >&2
	tail -n 5 "$log" >&2
	exit 1
fi
echo "process $worker, log $log"
exit
}
`
