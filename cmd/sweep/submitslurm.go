package main

import (
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/cmd/sweep/submit"
)

type submitSlurmCommand struct {
	workerFlags
	Count     int           `default:"1" placeholder:"N" help:"Workers at once, each on a node or a part of one (default: ${default})."`
	Repeat    int           `default:"1" placeholder:"N" help:"Jobs that each worker has, one after the other, where runs take longer than a job may (default: ${default}). Those that find nothing to do end."`
	CPUs      int           `name:"cpus" placeholder:"N" help:"Cores of each worker (default: the cluster's own)."`
	GPUs      string        `name:"gpus" placeholder:"N" help:"GPUs of each worker, or kind and number, such as a100:2 (default: none)."`
	Mem       byteSize      `placeholder:"SIZE" help:"Memory of each worker, such as 32GB (default: the cluster's own)."`
	Time      time.Duration `placeholder:"TIME" help:"Limit of each job, such as 4h (default: --for and --grace, or the cluster's own). --for is less by --grace and a minute, unless it is said."`
	Grace     time.Duration `default:"2m" placeholder:"TIME" help:"How long before the limit a worker is told to end (default: ${default}). It ends after the steps that its runs are in."`
	Partition string        `placeholder:"NAME" help:"Partition, or several with commas between them."`
	Account   string        `placeholder:"NAME" help:"Account that is charged."`
	Option    []string      `sep:"none" placeholder:"OPTION" help:"Another option of sbatch, such as qos=preempt or exclusive. It may be given several times."`
	Setup     []string      `sep:"none" placeholder:"LINE" help:"A line of bash to run before the worker, such as 'module load cuda'. It may be given several times."`
	Program   string        `placeholder:"PATH" help:"This program as nodes find it (default: where it is here)."`
	Name      string        `default:"sweep" placeholder:"NAME" help:"Name of the job (default: ${default})."`
	submitFlags
}

// Help shows examples.
func (submitSlurmCommand) Help() string {
	return `The script goes to stdout, or to a file with -o; with --yes it is submitted. Each
worker is one task of a job array, on one node. It ends once there is nothing to
do. Before the limit of time, and where it is preempted or cancelled, it gives
its runs back with their checkpoints; one that was preempted is queued again. The
password of the store stands in ~/.pgpass, which nodes must see.

Examples:
  sweep submit slurm --db postgres://me@db.example.org/lora --count 8 --time 4h
  sweep submit slurm --db postgres://me@db.example.org/lora --count 8 --gpus a100:1 --cpus 8 --mem 64GB --partition gpu --setup '. venv/bin/activate'
  sweep submit slurm --db postgres://me@db.example.org/lora --count 4 --repeat 6 --time 12h -o workers.sh`
}

// Run writes the script, and submits it where that is said.
func (c *submitSlurmCommand) Run(ctx context.Context, out streams) error {
	if err := c.check(out); err != nil {
		return err
	}
	job, err := c.job(ctx)
	if err != nil {
		return err
	}
	script, err := job.Script()
	if err != nil {
		return fmt.Errorf("--option: %w", err)
	}
	if err := c.fits(ctx, out, job.Tasks); err != nil {
		return err
	}
	if err := c.write(ctx, out, script); err != nil {
		return err
	}
	if !c.Yes {
		if c.Out != "" {
			fmt.Fprintf(out.stdout, "%s: to submit it: sbatch %s\n", c.Out, commandLine(operand(c.Out)))
		}
		return nil
	}
	return c.submit(ctx, out, script)
}

// check refuses what makes no sense, before anything is written.
func (c *submitSlurmCommand) check(out streams) error {
	if err := c.checkStore(out); err != nil {
		return err
	}
	if err := checkJobName(c.Name); err != nil {
		return err
	}
	switch {
	case c.Count < 1 || c.Repeat < 1:
		return fmt.Errorf("--count %d with --repeat %d: at least one worker must train", c.Count, c.Repeat)
	case c.CPUs < 0:
		return fmt.Errorf("--cpus %d: a worker has at least one core", c.CPUs)
	case c.GPUs != "" && !slurmGPUs.MatchString(c.GPUs):
		return fmt.Errorf("--gpus %s: say how many, such as 2, or their kind and how many, such as a100:2", c.GPUs)
	case c.Grace < time.Second || c.Grace > maxGrace:
		return fmt.Errorf("--grace %s: Slurm takes from 1s to %s", shortTime(c.Grace), shortTime(maxGrace))
	case c.Time != 0 && c.Time < c.Grace+2*early:
		return fmt.Errorf("--time %s: with --grace %s it takes %s to have a minute to train in", shortTime(c.Time), shortTime(c.Grace), shortTime(c.Grace+2*early))
	case c.Time != 0 && c.For > c.Time-c.Grace:
		return fmt.Errorf("--for %s: with --time %s and --grace %s a worker is told to end before; give it %s at the most, or more --time", shortTime(c.For), shortTime(c.Time), shortTime(c.Grace), shortTime(c.Time-c.Grace))
	case c.Memory != 0 && c.Mem != 0 && c.Memory > c.Mem:
		return fmt.Errorf("--memory: runs cannot take more than the worker has by --mem")
	}
	for flag, value := range map[string]string{"--partition": c.Partition, "--account": c.Account} {
		if value != "" && !slurmNames.MatchString(value) {
			return fmt.Errorf("%s %q: this is no name of one in Slurm", flag, value)
		}
	}
	return nil
}

var (
	slurmGPUs  = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_.-]*:)?[1-9][0-9]{0,3}$`)
	slurmNames = regexp.MustCompile(`^[A-Za-z0-9_.@+-]+(,[A-Za-z0-9_.@+-]+)*$`)
)

const (
	maxGrace = 65535 * time.Second
	early    = time.Minute // by which Slurm may be early with a signal
)

// job is the array of workers.
func (c *submitSlurmCommand) job(ctx context.Context) (job submit.Slurm, err error) {
	job = submit.Slurm{
		Name: c.Name, About: "Workers of " + c.DB.String() + ", by 'sweep submit slurm'.", Tasks: c.Count * c.Repeat, AtOnce: c.Count,
		CPUs: c.CPUs, GPUs: c.GPUs, Memory: int64(c.Mem), Time: c.Time, Grace: c.Grace,
		Partition: c.Partition, Account: c.Account, Setup: c.Setup,
	}
	for _, text := range c.Option {
		o, err := submit.ParseOption(text)
		if err != nil {
			return job, fmt.Errorf("--option: %w", err)
		}
		job.Options = append(job.Options, o)
	}
	if err := checkSetup(c.Setup); err != nil {
		return job, err
	}
	program := c.Program
	switch {
	case program == "":
		program, err = thisProgram()
	case strings.Contains(program, "/"): // jobs begin in the folder that they are submitted from
		program, err = filepath.Abs(program)
	}
	if err != nil {
		return job, err
	}
	worker, err := c.worker()
	if err != nil {
		return job, err
	}
	if c.Time == 0 && c.For != 0 {
		job.Time = c.For + c.Grace + early
	}
	words, err := workWords(ctx, worker.options())
	if err != nil {
		return job, err
	}
	job.Command = commandLine(append([]string{operand(program)}, words...)...)
	return job, checkWords(program)
}

// worker is what each worker is told, by what is asked of Slurm for it.
func (c *submitSlurmCommand) worker() (w workerFlags, err error) {
	w = c.workerFlags
	w.Memory = cmp.Or(w.Memory, runsShare(c.Mem))
	if c.Time != 0 && c.For == 0 {
		w.For = c.Time - c.Grace - early
	}
	if w.Cache != "" {
		w.Cache, err = filepath.Abs(w.Cache)
	}
	return w, err
}

// fits refuses an array that is larger than the cluster takes, where Slurm says how large
// that is.
func (c *submitSlurmCommand) fits(ctx context.Context, out streams, tasks int) error {
	if _, err := exec.LookPath("scontrol"); err != nil {
		return nil // it is written here and submitted elsewhere
	}
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	config, err := hand(ctx, "", "scontrol", "show", "config")
	if err != nil {
		fmt.Fprintln(out.stderr, wrap("note: Slurm does not say how large an array may be: "+strings.Join(strings.Split(err.Error(), "\n")[:2], " "), 79, "  "))
		return nil
	}
	if most, known := submit.LargestArray(config); known && tasks > most {
		return fmt.Errorf("--count %d with --repeat %d: these are %d tasks, and an array has %d at the most on this cluster (MaxArraySize); submit several", c.Count, c.Repeat, tasks, most)
	}
	return nil
}

// submit hands the script to Slurm and tells how to look at the job and how to end it.
func (c *submitSlurmCommand) submit(ctx context.Context, out streams, script string) error {
	said, err := hand(ctx, script, "sbatch", "--parsable")
	if err != nil {
		return err
	}
	id, cluster, elsewhere := strings.Cut(said, ";")
	var on []string
	if elsewhere {
		on = []string{"--clusters=" + cluster}
	}
	command := func(words ...string) string { return commandLine(append(words, on...)...) }
	fmt.Fprintf(out.stdout, "job %s: %s\n", id, humanize.Count(c.Count, "worker"))
	fmt.Fprintf(out.stdout, "to see them: %s; %s\n", command("squeue", "--jobs="+id), storeFlag{c.DB}.command("workers"))
	_, err = fmt.Fprintf(out.stdout, "to end them: %s\n", command("scancel", id))
	return err
}
