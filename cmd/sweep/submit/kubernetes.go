package submit

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Job is an Indexed Job of workers in Kubernetes 1.29 or later. Fields that are empty or 0
// are left to the cluster.
type Job struct {
	Name         string
	Namespace    string
	Workers      int
	Image        string
	Args         []string // of the image's program, as they are to reach it
	CPUs         int      // of a worker, as the following
	GPUs         int
	GPUResource  string // that counts GPUs, such as nvidia.com/gpu
	Memory       string // a quantity, such as 64G
	Grace        time.Duration
	Secret       string // that has the password of the store
	SecretKey    string // of the password in it
	Authority    string // the secret that has who signs certificates, in ca.crt
	Cache        string // folder for inputs in the container
	CacheClaim   string // the volume that is mounted there
	NodeSelector map[string]string
}

// Exit codes of workers that the Job acts on; the package comment of cmd/sweep has all.
const (
	exitWrong       = 2   // by what it was told: it would end so again
	exitInterrupted = 130 // told to end; its runs were given back
)

// failures is how often the worker of one index may fail before it is given up.
const failures = 5

// user is whom workers run as: no account, and the same as in images of distroless.
const user = 65532

// Folders in the container.
const (
	home        = "/work" // of the image, too
	authorityIn = "/etc/sweep/authority"
)

// Manifest is the Job in YAML. A pod that the cluster ends for reasons of its own, and a
// worker that was told to end, are replaced and not counted as failures.
func (j Job) Manifest() ([]byte, error) {
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	err := encoder.Encode(j.object())
	if err == nil {
		err = encoder.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	return b.Bytes(), nil
}

func (j Job) object() jobObject {
	labels := map[string]string{"app.kubernetes.io/name": "sweep", "app.kubernetes.io/instance": j.Name}
	var o jobObject
	o.APIVersion, o.Kind = "batch/v1", "Job"
	o.Metadata = metadata{Name: j.Name, Namespace: j.Namespace, Labels: labels}
	o.Spec = jobSpec{
		CompletionMode: "Indexed", Completions: j.Workers, Parallelism: j.Workers,
		BackoffLimitPerIndex: failures, PodReplacementPolicy: "Failed",
		PodFailurePolicy: failurePolicy{[]failureRule{
			{Action: "Ignore", OnPodConditions: []podCondition{{"DisruptionTarget", "True"}}},
			{Action: "Ignore", OnExitCodes: &exitCodes{"In", []int{exitInterrupted}}},
			{Action: "FailIndex", OnExitCodes: &exitCodes{"In", []int{exitWrong}}},
		}},
	}
	o.Spec.Template.Metadata.Labels = labels
	o.Spec.Template.Spec = j.pod()
	return o
}

func (j Job) pod() podSpec {
	c := container{
		Name: "worker", Image: j.Image, Args: literal(j.Args), WorkingDir: home,
		Env:          []variable{{Name: "HOME", Value: home}, {Name: "USER", Value: "sweep"}},
		VolumeMounts: []mount{{Name: "work", MountPath: home}},
	}
	c.SecurityContext.Capabilities.Drop = []string{"ALL"}
	c.Resources = j.resources()
	p := podSpec{
		RestartPolicy: "Never", TerminationGracePeriodSeconds: int64(j.Grace / time.Second), NodeSelector: j.NodeSelector,
		SecurityContext: podSecurity{RunAsNonRoot: true, RunAsUser: user, RunAsGroup: user, FSGroup: user, SeccompProfile: profile{"RuntimeDefault"}},
		Volumes:         []volume{{Name: "work", EmptyDir: &struct{}{}}},
	}
	if j.Secret != "" {
		c.Env = append(c.Env, variable{Name: "PGPASSWORD", ValueFrom: &valueSource{secretKey{j.Secret, j.SecretKey}}})
	}
	if j.Authority != "" {
		c.Env = append(c.Env, variable{Name: "PGSSLROOTCERT", Value: authorityIn + "/ca.crt"})
		c.VolumeMounts = append(c.VolumeMounts, mount{"authority", authorityIn, true})
		p.Volumes = append(p.Volumes, volume{Name: "authority", Secret: &secretVolume{j.Authority, []keyPath{{"ca.crt", "ca.crt"}}}})
	}
	if j.CacheClaim != "" {
		c.VolumeMounts = append(c.VolumeMounts, mount{Name: "cache", MountPath: j.Cache})
		p.Volumes = append(p.Volumes, volume{Name: "cache", PersistentVolumeClaim: &claim{j.CacheClaim}})
	}
	if j.GPUs > 0 {
		p.Tolerations = []toleration{{j.GPUResource, "Exists", "NoSchedule"}}
	}
	p.Containers = []container{c}
	return p
}

// resources are asked for and granted alike, so that workers are the last to be evicted.
func (j Job) resources() resources {
	amounts := map[string]string{}
	if j.CPUs > 0 {
		amounts["cpu"] = number(int64(j.CPUs))
	}
	if j.Memory != "" {
		amounts["memory"] = j.Memory
	}
	if j.GPUs > 0 {
		amounts[j.GPUResource] = number(int64(j.GPUs))
	}
	return resources{Requests: amounts, Limits: amounts}
}

// literal are arguments in which Kubernetes expands nothing: it reads $(NAME) as a
// variable, and $$ as $.
func literal(args []string) []string {
	escaped := make([]string, len(args))
	for i, arg := range args {
		escaped[i] = strings.ReplaceAll(arg, "$", "$$")
	}
	return escaped
}
