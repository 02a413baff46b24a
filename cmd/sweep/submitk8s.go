package main

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/cmd/sweep/submit"
)

type submitK8sCommand struct {
	workerFlags
	Image        string            `required:"" placeholder:"IMAGE" help:"Image of this program, as nodes pull it: cmd/sweep/Containerfile makes one."`
	Count        int               `default:"1" placeholder:"N" help:"Workers (default: ${default})."`
	Secret       string            `placeholder:"NAME" help:"Secret that has the password of the store."`
	SecretKey    string            `default:"password" placeholder:"KEY" help:"Key of the password in it (default: ${default})."`
	Authority    string            `placeholder:"NAME" help:"Secret that has who signs the certificate of the store's server, in ca.crt."`
	CPUs         int               `name:"cpus" placeholder:"N" help:"Cores of each worker (default: what is left on its node)."`
	GPUs         int               `name:"gpus" placeholder:"N" help:"GPUs of each worker (default: none)."`
	GPUResource  string            `name:"gpu-resource" default:"nvidia.com/gpu" placeholder:"NAME" help:"What the cluster counts them as (default: ${default})."`
	Mem          byteSize          `placeholder:"SIZE" help:"Memory of each worker, such as 32GB (default: what is left on its node)."`
	NodeSelector map[string]string `placeholder:"KEY=VALUE" help:"Label of the nodes to use. It may be given several times."`
	CacheClaim   string            `placeholder:"NAME" help:"Persistent volume claim that is mounted at --cache, /cache unless it is said, and that several nodes may mount (default: each worker fetches its own)."`
	Grace        time.Duration     `default:"2m" placeholder:"TIME" help:"How long a worker that is told to end has for it (default: ${default}). It ends after the steps that its runs are in."`
	Namespace    string            `placeholder:"NAME" help:"Namespace (default: that of kubectl's context)."`
	Name         string            `default:"sweep" placeholder:"NAME" help:"Name of the Job (default: ${default})."`
	submitFlags
}

// Help shows examples.
func (submitK8sCommand) Help() string {
	return `An Indexed Job, for Kubernetes 1.29 or later, goes to stdout, or to a file with
-o; with --yes kubectl creates it. A worker ends once there is nothing to do.
One that is evicted or preempted gives its runs back with their checkpoints and
is replaced, which does not count as a failure. The password comes from a
secret, such as the one that an operator of PostgreSQL makes:

  kubectl create secret generic lora --from-file=password=FILE

Workers run as user 65532, without privileges, in a folder of their own.

Examples:
  sweep submit k8s --db postgres://me@db.example.org/lora --secret lora --image registry.example.org/sweep --count 8 --cpus 4 --mem 16GB
  sweep submit k8s --db postgres://me@db.example.org/lora --secret lora --image registry.example.org/sweep-peft --gpus 1 --cpus 8 --mem 64GB --cache-claim models --for 12h -o workers.yaml`
}

// Run writes the manifest, and has kubectl create it where that is said.
func (c *submitK8sCommand) Run(ctx context.Context, out streams) error {
	if err := c.check(out); err != nil {
		return err
	}
	job, err := c.job(ctx)
	if err != nil {
		return err
	}
	manifest, err := job.Manifest()
	if err != nil {
		return err
	}
	if err := c.write(ctx, out, string(manifest)); err != nil {
		return err
	}
	if !c.Yes {
		if c.Out != "" {
			fmt.Fprintf(out.stdout, "%s: to submit it: kubectl create -f %s\n", c.Out, commandLine(operand(c.Out)))
		}
		return nil
	}
	if _, err := hand(ctx, string(manifest), "kubectl", "create", "-f", "-"); err != nil {
		return err
	}
	fmt.Fprintf(out.stdout, "job %s: %s\n", c.Name, humanize.Count(c.Count, "worker"))
	fmt.Fprintf(out.stdout, "to see them: %s; %s\n", c.kubectl("get", "pods", "--selector=job-name="+c.Name), storeFlag{c.DB}.command("workers"))
	_, err = fmt.Fprintf(out.stdout, "to end them: %s\n", c.kubectl("delete", "job", c.Name))
	return err
}

// kubectl is what to type for a command on the job's namespace.
func (c *submitK8sCommand) kubectl(words ...string) string {
	words = append([]string{"kubectl"}, words...)
	if c.Namespace != "" {
		words = append(words, "--namespace="+c.Namespace)
	}
	return commandLine(words...)
}

var (
	objectName    = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)
	namespaceName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	secretKeyName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,253}$`)
	resourceName  = regexp.MustCompile(`^[a-z0-9.-]+/[A-Za-z0-9._-]+$`)
	labelKey      = regexp.MustCompile(`^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$`)
	labelValue    = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$`)
	imageName     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/@-]*$`)
)

// check refuses what makes no sense, before anything is written.
func (c *submitK8sCommand) check(out streams) error {
	if err := c.checkStore(out); err != nil {
		return err
	}
	if err := checkJobName(c.Name); err != nil {
		return err
	}
	for _, named := range []struct {
		flag, value string
		form        *regexp.Regexp
	}{
		{"--secret", c.Secret, objectName},
		{"--secret-key", c.SecretKey, secretKeyName},
		{"--authority", c.Authority, objectName},
		{"--cache-claim", c.CacheClaim, objectName},
		{"--namespace", c.Namespace, namespaceName},
		{"--gpu-resource", c.GPUResource, resourceName},
		{"--image", c.Image, imageName},
	} {
		if named.value != "" && !named.form.MatchString(named.value) {
			return fmt.Errorf("%s %q: this is no name of one in Kubernetes", named.flag, named.value)
		}
	}
	for key, value := range c.NodeSelector {
		if !labelKey.MatchString(key) || !labelValue.MatchString(value) {
			return fmt.Errorf("--node-selector %s=%s: this is no label in Kubernetes, such as gpu=a100", key, value)
		}
	}
	switch {
	case c.Count < 1:
		return fmt.Errorf("--count %d: at least one worker must train", c.Count)
	case c.Count > maxIndexed:
		return fmt.Errorf("--count %d: an Indexed Job has up to %d; submit several, with a --name each", c.Count, maxIndexed)
	case c.CPUs < 0 || c.GPUs < 0:
		return fmt.Errorf("--cpus and --gpus must not be negative")
	case c.Grace < time.Second:
		return fmt.Errorf("--grace %s: a worker needs some seconds to give its runs back", shortTime(c.Grace))
	case c.Memory != 0 && c.Mem != 0 && c.Memory > c.Mem:
		return fmt.Errorf("--memory: runs cannot take more than the worker has by --mem")
	case c.Cache != "" && !path.IsAbs(c.Cache):
		return fmt.Errorf("--cache %s: name a folder of the container by its whole path, such as /cache", c.Cache)
	case strings.Contains(c.Cache, ":") && c.CacheClaim != "":
		return fmt.Errorf("--cache %s: Kubernetes mounts nothing at a path with a colon", c.Cache)
	case strings.HasPrefix(string(c.DB), "service="):
		return fmt.Errorf("--db %s: there is no file of services in the container; write the address, postgres://user@host/database", c.DB)
	}
	return nil
}

// maxIndexed is how many Kubernetes lets fail one by one in a Job with a limit for each.
const maxIndexed = 100_000

func (c *submitK8sCommand) job(ctx context.Context) (submit.Job, error) {
	job := submit.Job{
		Name: c.Name, Namespace: c.Namespace, Workers: c.Count, Image: c.Image,
		CPUs: c.CPUs, GPUs: c.GPUs, GPUResource: c.GPUResource, Memory: strings.TrimSuffix(c.Mem.String(), "B"), Grace: c.Grace,
		Secret: c.Secret, SecretKey: c.SecretKey, Authority: c.Authority,
		CacheClaim: c.CacheClaim, NodeSelector: c.NodeSelector,
	}
	worker := c.workerFlags
	worker.Memory = cmp.Or(worker.Memory, runsShare(c.Mem))
	if c.CacheClaim != "" {
		worker.Cache = path.Clean(cmp.Or(worker.Cache, "/cache"))
		job.Cache = worker.Cache
	}
	var err error
	job.Args, err = workWords(ctx, worker.options())
	return job, err
}
