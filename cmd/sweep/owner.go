package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// owner names a process to those that wait for its runs, here or elsewhere:
// "host/1234/5e0c41d7a9b2/88123". Processes of two containers, or of two machines,
// may share a host's name and a number; so a name goes on with a hash of the boot
// and the namespace that the number counts in, and with when the process began.
// Both are missing where the system does not report them.
type owner struct {
	host  string
	pid   int
	space string // hash of boot and namespace, "" if unknown
	began string // in clock ticks since the boot, "" if unknown
}

// thisProcess names this process as an owner.
func thisProcess() owner {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	o := owner{host: host, pid: os.Getpid(), space: processSpace()}
	if o.space != "" {
		o.began, _ = processBegan(o.pid)
	}
	return o
}

func (o owner) String() string {
	name := fmt.Sprintf("%s/%d", o.host, o.pid)
	if o.space != "" && o.began != "" {
		name += "/" + o.space + "/" + o.began
	}
	return name
}

// parseOwner reads what String writes.
func parseOwner(name string) (o owner, ok bool) {
	parts := strings.Split(name, "/")
	if len(parts) != 4 {
		return o, false // the machine and the namespace of its number are unknown
	}
	pid, err := strconv.Atoi(parts[1])
	return owner{parts[0], pid, parts[2], parts[3]}, err == nil && pid > 0
}

// shortOwner is what people want to know of an owner: host and number.
func shortOwner(name string) string {
	if o, ok := parseOwner(name); ok {
		return fmt.Sprintf("%s/%d", o.host, o.pid)
	}
	return name
}

// ownerDead returns a function that reports whether an owner is known to be dead:
// it ran in the same space as self, and either no process has its number now or
// one that began at another time. An owner elsewhere is never known to be: its
// lease decides. processes returns when a process began, "" if unknown, and
// whether there is one.
func ownerDead(self owner, processes func(pid int) (began string, alive bool)) func(name string) bool {
	return func(name string) bool {
		o, ok := parseOwner(name)
		if !ok || self.space == "" || o.host != self.host || o.space != self.space {
			return false
		}
		began, alive := processes(o.pid)
		return !alive || began != "" && began != o.began
	}
}

// processOf looks up a process of this one's namespace.
func processOf(pid int) (began string, alive bool) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return "", true
	}
	defer func() { _ = p.Release() }() // nothing depends on it
	if errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone) {
		return "", false
	}
	began, _ = processBegan(pid)
	return began, true
}

// processSpace is a hash of what makes a process' number its own: the boot and
// the namespaces. It is "" where the system does not report them, or where /proc
// is that of another namespace.
func processSpace() string {
	boot, bootErr := os.ReadFile("/proc/sys/kernel/random/boot_id")
	space, spaceErr := os.Readlink("/proc/self/ns/pid")
	self, selfErr := os.Readlink("/proc/self")
	if errors.Join(bootErr, spaceErr, selfErr) != nil || self != strconv.Itoa(os.Getpid()) {
		return ""
	}
	clock, _ := os.Readlink("/proc/self/ns/time") // from which processBegan counts; "" before Linux 5.6
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s", bytes.TrimSpace(boot), space, clock))
	return fmt.Sprintf("%x", sum[:6])
}

// processBegan is when a process began, as proc(5) has it: the 22nd field of its
// stat, and the 20th after the name, which stands in parentheses and may hold
// anything.
func processBegan(pid int) (string, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 {
		return "", fmt.Errorf("/proc/%d/stat has %d fields after the name", pid, len(fields))
	}
	return fields[19], nil
}
