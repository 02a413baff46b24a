package submit_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/cmd/sweep/submit"
)

// directives are the lines of a script that sbatch reads, without what they begin with.
func directives(script string) (lines []string) {
	for line := range strings.Lines(script) {
		if text, ok := strings.CutPrefix(line, "#SBATCH --"); ok {
			lines = append(lines, strings.TrimSpace(text))
		}
	}
	return lines
}

func TestSlurmIsAskedForWhatWasSaidAndForNothingElse(t *testing.T) {
	always := []string{"job-name=sweep", "output=%x-%A_%a.log", "open-mode=append", "array=0-2", "nodes=1", "ntasks=1", "requeue"}
	for _, c := range []struct {
		name string
		job  submit.Slurm
		want []string
	}{
		{"nothing", submit.Slurm{Name: "sweep", Tasks: 3, AtOnce: 3}, always},
		{"everything", submit.Slurm{
			Name: "sweep", Tasks: 3, AtOnce: 3, CPUs: 8, GPUs: "a100:2", Memory: 32e9, Time: 26*time.Hour + 61*time.Second,
			Grace: 2 * time.Minute, Partition: "gpu,big", Account: "lab",
		}, append(always[:7:7], "cpus-per-task=8", "mem=30518", "gres=gpu:a100:2", "time=1-02:02:00", "signal=B:USR1@120", "partition=gpu,big", "account=lab")},
		{"one after the other", submit.Slurm{Name: "sweep", Tasks: 6, AtOnce: 2}, append(always[:3:3], "array=0-5%2", "nodes=1", "ntasks=1", "requeue")},
		{
			"other presets",
			submit.Slurm{Name: "sweep", Tasks: 3, AtOnce: 3, Options: []submit.Option{{Name: "output", Value: "/logs/%j"}, {Name: "exclusive"}}},
			[]string{"job-name=sweep", "open-mode=append", "array=0-2", "nodes=1", "ntasks=1", "requeue", "output=/logs/%j", "exclusive"},
		},
	} {
		script, err := c.job.Script()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, directives(script)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestAnOptionIsWrittenOnceAndOnOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"--qos=preempt": "qos=preempt", "exclusive": "exclusive", "constraint=a100&nvlink": "constraint=a100&nvlink",
		`comment=a "b" #c`: `comment='a "b" #c'`, "comment=it's": `comment="it's"`,
	} {
		o, err := submit.ParseOption(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		script, err := submit.Slurm{Name: "sweep", Tasks: 1, AtOnce: 1, Options: []submit.Option{o}}.Script()
		if lines := directives(script); err != nil || lines[len(lines)-1] != want {
			t.Errorf("%s: %v, %v", text, lines, err)
		}
	}
	for _, text := range []string{"-p gpu", "", "qos=a\nb", "comment=it's \"so\"", "=x", "QOS=high"} {
		if o, err := submit.ParseOption(text); err == nil {
			t.Errorf("%q is taken for %v", text, o)
		}
	}
	for _, twice := range [][]submit.Option{{{Name: "array", Value: "0-9"}}, {{Name: "partition", Value: "x"}}, {{Name: "qos", Value: "a"}, {Name: "qos", Value: "b"}}} {
		if _, err := (submit.Slurm{Tasks: 1, AtOnce: 1, Partition: "gpu", Options: twice}).Script(); err == nil {
			t.Errorf("%v is written twice", twice)
		}
	}
}

func TestTheLargestArrayIsReadFromSlurmsConfiguration(t *testing.T) {
	if n, known := submit.LargestArray("MaxArraySize            = 1001\nMaxJobCount             = 10000\n"); n != 1001 || !known {
		t.Errorf("got %d, %v", n, known)
	}
	if n, known := submit.LargestArray("MaxJobCount             = 10000\n"); known {
		t.Errorf("got %d", n)
	}
}

func TestHostsAreReadWithTheirOptions(t *testing.T) {
	got, err := submit.ParseHosts("# the lab\ngpu1\n\n me@gpu2  gpus=0,1 label=a100 label=big # two cards\nssh://me@[::1]:2222\n")
	want := []submit.Host{
		{Address: "gpu1"},
		{Address: "me@gpu2", Options: []submit.Option{{Name: "gpus", Value: "0,1"}, {Name: "label", Value: "a100"}, {Name: "label", Value: "big"}}},
		{Address: "ssh://me@[::1]:2222"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for _, text := range []string{"-oProxyCommand=x", "gpu1;ls", "gpu1 workers", "gpu1 =2", "gpu1 workers=", "a$b"} {
		if hosts, err := submit.ParseHosts("ok\n" + text + "\n"); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
			t.Errorf("%q is taken for %v: %v", text, hosts, err)
		}
	}
}

// TestALaunchLeavesAWorkerBehind runs the script in each shell that there is.
func TestALaunchLeavesAWorkerBehind(t *testing.T) {
	for _, shell := range []string{"sh", "bash", "dash", "zsh"} {
		at, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			launch := func(command, program string, setup ...string) (stdout, stderr string, err error) {
				var out, errs strings.Builder
				c := exec.Command(at, "-s")
				c.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir()}
				c.Stdin = strings.NewReader(submit.Launch{Name: "work", Setup: setup, Program: program, Command: command}.Script())
				c.Stdout, c.Stderr = &out, &errs
				err = c.Run()
				return out.String(), errs.String(), err
			}
			// A line of the setup that reads its input does not take the rest of the script.
			stdout, stderr, err := launch("sleep 60", "sleep", "cat >/dev/null")
			number, log, found := strings.Cut(strings.TrimPrefix(strings.TrimSpace(stdout), "process "), ", log ")
			if err != nil || stderr != "" || !found || !strings.HasSuffix(log, "/.local/state/sweep/work.log") {
				t.Fatalf("%v: %s %s", err, stdout, stderr)
			}
			if out, err := exec.Command("kill", number).CombinedOutput(); err != nil {
				t.Errorf("the worker is not there: %s", out)
			}
			if stdout, stderr, err := launch("sh -c 'echo no such store; exit 2'", "sh"); err == nil || stdout != "" || !strings.Contains(stderr, "no such store") {
				t.Errorf("a worker that fails: %v: %s %s", err, stdout, stderr)
			}
			if stdout, stderr, err := launch("nowhere/sweep work", "nowhere/sweep"); err == nil || stdout != "" || !strings.Contains(stderr, "no such program here: nowhere/sweep") {
				t.Errorf("a program that is not there: %v: %s %s", err, stdout, stderr)
			}
			if _, _, err := launch("sleep 60", "sleep", "false"); err == nil {
				t.Error("the worker starts, although its setup failed")
			}
		})
	}
}
