package submit_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"sweep/cmd/sweep/submit"
)

// jobs are one with as little as there may be, and one with all there is.
func jobs() map[string]submit.Job {
	return map[string]submit.Job{
		"least": {Name: "sweep", Workers: 1, Image: "sweep", Args: []string{"work"}, Grace: time.Second},
		"most": {
			Name: "sweep", Namespace: "lab", Workers: 8, Image: "registry.example.org/sweep", Args: []string{"work", "--only=arm = \"$(HOME) $x\"", "yes", "0x1F", ": -"},
			CPUs: 8, GPUs: 2, GPUResource: "nvidia.com/gpu", Memory: "64G", Grace: 2 * time.Minute, Secret: "lora", SecretKey: "password",
			Authority: "ca", Cache: "/cache", CacheClaim: "models", NodeSelector: map[string]string{"gpu": "true"},
		},
	}
}

func TestArgumentsReachAWorkerAsTheyWere(t *testing.T) {
	text, err := jobs()["most"].Manifest()
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Spec struct {
			Template struct {
				Spec struct {
					NodeSelector map[string]any `yaml:"nodeSelector"`
					Containers   []struct{ Args []any }
				}
			}
		}
	}
	if err := yaml.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	pod := read.Spec.Template.Spec
	// Kubernetes makes $ of $$, and would expand $(HOME).
	want := []any{"work", "--only=arm = \"$$(HOME) $$x\"", "yes", "0x1F", ": -"}
	if diff := cmp.Diff(want, pod.Containers[0].Args); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"gpu": "true"}, pod.NodeSelector); diff != "" {
		t.Error(diff)
	}
}

// TestManifestsMeetKubernetesSchema holds manifests to the OpenAPI schema of the oldest
// Kubernetes that is named in the help and of a new one, which kubernetes-validate 1.37.0
// of PyPI has.
func TestManifestsMeetKubernetesSchema(t *testing.T) {
	python := os.Getenv("SWEEP_PYTHON")
	if python == "" {
		t.Skip("skipped: SWEEP_PYTHON names no Python")
	}
	validate := func(text []byte, version string) error {
		file := filepath.Join(t.TempDir(), "job.yaml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(python, "-c", "from kubernetes_validate.__main__ import main; raise SystemExit(main())", "--strict", "-k", version, file).CombinedOutput()
		t.Logf("%s", out)
		return err
	}
	for _, version := range []string{"1.29", "1.37"} {
		for name, job := range jobs() {
			text, err := job.Manifest()
			if err != nil {
				t.Fatal(err)
			}
			if err := validate(text, version); err != nil {
				t.Errorf("%s, %s: %v", name, version, err)
			}
		}
	}
	text, err := jobs()["most"].Manifest()
	if err != nil {
		t.Fatal(err)
	}
	for right, wrong := range map[string]string{"secretKeyRef": "secretRef", "completions: 8": "completions: many"} {
		if err := validate(bytes.Replace(text, []byte(right), []byte(wrong), 1), "1.37"); err == nil {
			t.Errorf("%s in place of %s passes", wrong, right)
		}
	}
}
