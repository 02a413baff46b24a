package main

import (
	"os"
	"os/exec"
	"testing"
)

// TestWhichOwnersAreKnownToBeDead judges owners in every relation to this process. One that may be
// alive must never count as gone: its run would be trained twice.
func TestWhichOwnersAreKnownToBeDead(t *testing.T) {
	self := owner{"host", 10, "space", "500"}
	running := func(pid int) (string, bool) {
		began, alive := map[int]string{10: "500", 11: "600", 12: ""}[pid]
		return began, alive
	}
	for _, c := range []struct {
		name, owner string
		gone        bool
	}{
		{"this process", self.String(), false},
		{"another that is alive", owner{"host", 11, "space", "600"}.String(), false},
		{"one that has ended", owner{"host", 13, "space", "700"}.String(), true},
		{"one whose number another has by now", owner{"host", 11, "space", "550"}.String(), true},
		{"one that is there and hides when it began", owner{"host", 12, "space", "600"}.String(), false},
		{"one of another container of the same name", owner{"host", 13, "elsewhere", "700"}.String(), false},
		{"one of another machine", owner{"host2", 13, "space", "700"}.String(), false},
		{"one that does not tell its space", owner{"host", 13, "", ""}.String(), false},
		{"one that does not tell when it began", owner{"host", 13, "space", ""}.String(), false},
		{"nonsense", "host/13/space", false},
		{"a number that is none", "host/0/space/1", false},
		{"nobody", "", false},
	} {
		if got := ownerDead(self, running)(c.owner); got != c.gone {
			t.Errorf("%s (%s): gone is %v", c.name, c.owner, got)
		}
	}
	unknown := owner{"host", 10, "", ""}
	if ownerDead(unknown, running)(owner{"host", 13, "space", "700"}.String()) {
		t.Error("a process that does not know its space takes another for gone")
	}
}

func TestOnlyProcessesThatEndedAreDead(t *testing.T) {
	self := thisProcess()
	if self.space == "" {
		t.Skip("the system does not tell namespaces")
	}
	p := start(t, []string{"version"})
	other := self
	other.pid = p.Process.Pid
	other.began, _ = processBegan(other.pid)
	gone := ownerDead(self, processOf)
	if gone(self.String()) {
		t.Errorf("%v is this process and counts as gone", self)
	}
	<-p.ended
	if !gone(other.String()) {
		t.Errorf("%v has ended and does not count as gone", other)
	}
}

// TestAnotherNamespaceIsAnotherSpace starts a process in a PID namespace of its
// own, with the same host name, where the system allows that.
func TestAnotherNamespaceIsAnotherSpace(t *testing.T) {
	if os.Getenv("SWEEP_PRINT_OWNER") != "" {
		_, _ = os.Stdout.WriteString(thisProcess().String() + "\n")
		os.Exit(0)
	}
	for _, how := range [][]string{{"--pid", "--fork", "--mount-proc"}, {"--pid", "--fork"}} {
		c := exec.CommandContext(t.Context(), "unshare", append(how, os.Args[0], "-test.run", t.Name())...)
		c.Env = append(os.Environ(), "SWEEP_PRINT_OWNER=1")
		name, err := c.Output()
		if err != nil {
			t.Skipf("no namespaces here: %v", err)
		}
		if ownerDead(thisProcess(), processOf)(string(name[:len(name)-1])) {
			t.Errorf("%q counts as gone, although it counts in a namespace of its own (unshare %v)", name, how)
		}
	}
}
