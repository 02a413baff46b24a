package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// cluster is a Slurm of one node, which is this machine and has three cores, or so it
// says, in the partitions low and high: jobs of high preempt those of low.
type cluster struct{ *testing.T }

// startCluster starts munged, slurmctld and slurmd in a temporary folder, for this user,
// who is root for slurmd to start jobs.
func startCluster(t *testing.T) cluster {
	t.Helper()
	for _, program := range []string{"/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd", "sbatch"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("skipped: no Slurm: %v", err)
		}
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ = strings.Cut(name, ".")
	dir := t.TempDir()
	for _, folder := range []string{"state", "spool", "munge"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(dir, "slurm.conf")
	for path, text := range map[string]string{
		filepath.Join(dir, "munge", "key"): strings.Repeat("a key for a test ", 64),
		config:                             fmt.Sprintf(strings.NewReplacer("DIR", dir, "NODE", name, "USER", me.Username).Replace(slurmConfig), freePort(t), freePort(t)),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("SLURM_CONF", config)
	socket := filepath.Join(dir, "munge", "socket")
	in := func(name string) string { return filepath.Join(dir, "munge", name) }
	munged := startProgram(t, "/usr/sbin/munged", "--force", "--foreground", "--key-file="+in("key"), "--socket="+socket,
		"--pid-file="+in("pid"), "--log-file="+in("log"), "--seed-file="+in("seed"))
	eventually(t, "munged listens", func() bool { return munged.over() || exists(socket) })
	daemons := map[string]*process{"munged": munged, "slurmctld": startProgram(t, "/usr/sbin/slurmctld", "-D"), "slurmd": startProgram(t, "/usr/sbin/slurmd", "-D")}
	c := cluster{t}
	t.Cleanup(func() {
		// Jobs outlive a slurmd that is killed.
		_ = exec.Command("scancel", "--user="+me.Username).Run() // if Slurm is there still
		time.Sleep(2 * time.Second)
	})
	eventually(t, "the node is idle", func() bool {
		for name, daemon := range daemons {
			if daemon.over() {
				t.Fatalf("%s ended: %v\n%s", name, daemon.err, daemon.stderr)
			}
		}
		out, _ := exec.Command("sinfo", "--noheader", "--format=%T").Output()
		return strings.Contains(string(out), "idle")
	})
	return c
}

// slurmConfig has credentials expire soon, as a job that was put back waits for that.
const slurmConfig = `ClusterName=test
SlurmctldHost=NODE(127.0.0.1)
SlurmUser=USER
SlurmdUser=USER
SlurmctldPort=%d
SlurmdPort=%d
AuthType=auth/munge
AuthInfo=socket=DIR/munge/socket,cred_expire=5
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
StateSaveLocation=DIR/state
SlurmdSpoolDir=DIR/spool
SlurmctldPidFile=DIR/slurmctld.pid
SlurmdPidFile=DIR/slurmd.pid
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
MaxArraySize=20
KillWait=20
NodeName=NODE NodeAddr=127.0.0.1 CPUs=3
PartitionName=low Nodes=NODE Default=YES PriorityTier=1 PreemptMode=REQUEUE MaxTime=INFINITE State=UP
PartitionName=high Nodes=NODE PriorityTier=10 PreemptMode=OFF MaxTime=INFINITE State=UP
`

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// does runs a program of Slurm's and returns what it prints.
func (c cluster) does(program string, args ...string) string {
	c.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		c.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// submit submits workers and returns the job's number.
func (c cluster) submit(db string, words ...string) string {
	c.Helper()
	stdout, _ := sweepCommand(c.T, 0, append([]string{
		"submit", "slurm", "--db", db, "--program", thisSweep(c.T), "--partition", "low", "--cpus", "1", "--workers", "1", "--option", "output=%a.log", "--yes",
	}, words...)...)
	id := regexp.MustCompile(`^job (\d+): `).FindStringSubmatch(stdout)
	if id == nil {
		c.Fatalf("no number of a job in\n%s", stdout)
	}
	return id[1]
}

// within waits for longer than eventually does: Slurm takes its time.
func (c cluster) within(limit time.Duration, what string, holds func() bool) {
	c.Helper()
	ctx, stop := context.WithTimeout(c.Context(), limit)
	defer stop()
	for !holds() {
		select {
		case <-ctx.Done():
			c.Fatalf("waited in vain until %s\n%s", what, c.does("squeue"))
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// shows reports whether Slurm says something of a job.
func (c cluster) shows(job, text string) bool {
	return strings.Contains(c.does("scontrol", "show", "job", job), text)
}

// givenBack reports whether no run of the latest sweep is in training, and some have a
// checkpoint to go on from.
func givenBack(t *testing.T, db string) bool {
	kept := 0
	runs, _ := stored(t, db)
	for _, r := range runs {
		if r.State == sweep.StateRunning {
			return false
		}
		if r.State == sweep.StatePending && r.Progress.Checkpoint > 0 {
			kept++
		}
	}
	return kept > 0
}

// TestSlurmStartsPreemptsAndEndsWorkers runs a Slurm of its own, as Debian's slurm-wlm and
// munge have it.
func TestSlurmStartsPreemptsAndEndsWorkers(t *testing.T) {
	if os.Getenv("SWEEP_SLURM") == "" {
		t.Skip("skipped: SWEEP_SLURM is not set")
	}
	home(t)
	db := postgrestest.Store(t)
	slurm := startCluster(t)
	t.Chdir(t.TempDir()) // where logs go
	logged := func(task, text string) bool {
		log, _ := os.ReadFile(task + ".log")
		return strings.Contains(string(log), text)
	}
	_, stderr := sweepCommand(t, 2, "submit", "slurm", "--db", db, "--program", thisSweep(t), "--count", "7", "--repeat", "3")
	says(t, stderr, "these are 21 tasks, and an array has 20 at the most on this cluster (MaxArraySize)")

	// Three workers train; a job that matters more puts one off, which comes back.
	file, alone := writeGrid(t, strings.NewReplacer("150", "4000", "[0, 1, 2, 3]", "[0, 1, 2, 3, 4, 5]").Replace(heldGrid))
	sweepCommand(t, 0, "run", file, "--db", alone)
	sweepCommand(t, 0, "run", file, "--detach", "--db", db)
	job := slurm.submit(db, "--count", "3", "--idle-exit", "20s", "--time", "1h")
	slurm.within(time.Minute, "three train", func() bool {
		return logged("0", ": began") && logged("1", ": began") && logged("2", ": began")
	})
	slurm.does("sbatch", "--partition=high", "--ntasks=1", "--output=/dev/null", "--wrap=sleep 1")
	slurm.within(time.Minute, "one is put back", func() bool { return slurm.shows(job, "Restarts=1") })
	slurm.within(3*time.Minute, "all have ended", func() bool { return slurm.does("squeue", "--noheader") == "" })
	if diff := cmp.Diff(hashesIn(t, alone), hashesIn(t, db)); diff != "" {
		t.Errorf("-alone +by Slurm:\n%s", diff)
	}
	nothingQueued(t, db)
	put := 0
	for _, task := range []string{"0", "1", "2"} {
		if logged(task, "DUE TO PREEMPTION") && logged(task, ": given back") {
			put++
		}
	}
	if put == 0 || !slurm.shows(job, "JobState=COMPLETED") || slurm.shows(job, "JobState=FAILED") {
		t.Errorf("%d workers were preempted and gave their runs back:\n%s", put, slurm.does("scontrol", "show", "job", job))
	}

	// The limit of time comes early: the signal reaches the worker before. One that is put
	// back by hand trains again, and one that is cancelled ends.
	long, _ := writeGrid(t, strings.NewReplacer("held", "long", "150", "1000000").Replace(heldGrid))
	sweepCommand(t, 0, "run", long, "--detach", "--db", db)
	for how, end := range map[string]func(job string){
		"by the limit": func(job string) { slurm.does("scontrol", "update", "JobId="+job, "TimeLimit=1") },
		"by hand": func(job string) {
			slurm.does("scontrol", "requeue", job)
			slurm.within(time.Minute, "it is put back", func() bool { return slurm.shows(job, "Restarts=1") && givenBack(t, db) })
			slurm.within(time.Minute, "it trains again", func() bool { return !givenBack(t, db) })
			slurm.does("scancel", job)
		},
	} {
		job := slurm.submit(db, "--count", "1", "--for", "1h", "--grace", "50s")
		inTraining(t, db)
		end(job)
		slurm.within(2*time.Minute, "the job has ended", func() bool { return slurm.does("squeue", "--noheader") == "" })
		if !givenBack(t, db) {
			t.Errorf("%s: the runs are not given back", how)
		}
		if slurm.shows(job, "JobState=TIMEOUT") {
			t.Errorf("%s: the worker did not end in time:\n%s", how, slurm.does("scontrol", "show", "job", job))
		}
	}
}
