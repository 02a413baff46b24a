package gpu

import (
	"os"
	"strings"
	"testing"
	"time"
)

const (
	twoH200 = "0, GPU-aaaa1111-0000, NVIDIA H200, 143771, 570.86.15\n1, GPU-bbbb2222-0000, NVIDIA H200, 143771, 570.86.15\n"
	twoTree = "GPU 0: NVIDIA H200 (UUID: GPU-aaaa1111-0000)\nGPU 1: NVIDIA H200 (UUID: GPU-bbbb2222-0000)\n"
	mixed   = "0, GPU-aaaa1111-0000, Tesla T4, 15360, 550.1\n1, GPU-bbbb2222-0000, NVIDIA H200, 143771, 550.1\n"
	cutTree = "GPU 0: NVIDIA H200 (UUID: GPU-aaaa1111-0000)\n" +
		"  MIG 3g.71gb     Device  0: (UUID: MIG-1111-a)\n  MIG 3g.71gb     Device  1: (UUID: MIG-2222-b)\n" +
		"GPU 1: NVIDIA H200 (UUID: GPU-bbbb2222-0000)\n"
	twoAMD = "WARNING: AMD GPU device(s) is/are in a low-power state.\n" +
		`{"card1": {"Card Series": "AMD Instinct MI300X", "Unique ID": "0xbb", "VRAM Total Memory (B)": "206141652992"},` +
		` "card0": {"Card series": "AMD Instinct MI300X", "Unique ID": "0xaa", "VRAM Total Memory (B)": "206141652992"}, "system": {"Driver version": "6.8.5"}}`
)

func nvidiaSMI(table, tree string) map[string]string {
	return map[string]string{"nvidia-smi": table, "nvidia-smi-L": tree}
}

// variablesOfAll is what a run gets that takes all GPUs.
func variablesOfAll(t *testing.T, m Machine) map[string]string {
	t.Helper()
	grant, err := NewPool(m).Acquire(t.Context(), float64(len(m.Devices)))
	if err != nil {
		t.Fatal(err)
	}
	return grant.Variables()
}

func TestGPUsAreFoundAndHandedOverAsTheyWereGranted(t *testing.T) {
	both := "GPU-aaaa1111-0000,GPU-bbbb2222-0000"
	for name, c := range map[string]struct {
		answers   map[string]string
		env       map[string]string
		named     string
		describes string
		variables map[string]string
	}{
		"all":                        {answers: nvidiaSMI(twoH200, twoTree), describes: "2 x NVIDIA H200, 151 GB, driver 570.86.15", variables: map[string]string{cudaVisible: both, cudaOrder: busOrder}},
		"named by index":             {answers: nvidiaSMI(twoH200, twoTree), named: "1", describes: "NVIDIA H200, 151 GB, driver 570.86.15", variables: map[string]string{cudaVisible: "GPU-bbbb2222-0000", cudaOrder: busOrder}},
		"named by UUID":              {answers: nvidiaSMI(twoH200, twoTree), named: "GPU-bbbb, GPU-aaaa1111-0000", describes: "2 x NVIDIA H200, 151 GB, driver 570.86.15", variables: map[string]string{cudaVisible: "GPU-bbbb2222-0000,GPU-aaaa1111-0000", cudaOrder: busOrder}},
		"granted by index":           {answers: nvidiaSMI(twoH200, twoTree), env: map[string]string{cudaVisible: "1"}, describes: "NVIDIA H200, 151 GB, driver 570.86.15", variables: map[string]string{cudaVisible: "1"}},
		"granted by UUID":            {answers: nvidiaSMI(twoH200, twoTree), env: map[string]string{cudaVisible: "GPU-bbbb2222"}, describes: "NVIDIA H200, 151 GB, driver 570.86.15", variables: map[string]string{cudaVisible: "GPU-bbbb2222", cudaOrder: busOrder}},
		"granted two, named one":     {answers: nvidiaSMI(twoH200, twoTree), env: map[string]string{cudaVisible: "1,0"}, named: "0", describes: "NVIDIA H200, 151 GB, driver 570.86.15", variables: map[string]string{cudaVisible: "0"}},
		"granted in CUDA's order":    {answers: nvidiaSMI(mixed, ""), env: map[string]string{cudaVisible: "0"}, describes: "GPU of an unknown model", variables: map[string]string{cudaVisible: "0"}},
		"granted in the bus's order": {answers: nvidiaSMI(mixed, ""), env: map[string]string{cudaVisible: "0", cudaOrder: busOrder}, describes: "Tesla T4, 16 GB, driver 550.1", variables: map[string]string{cudaVisible: "0"}},
		"granted, and nothing lists": {env: map[string]string{cudaVisible: "3"}, describes: "GPU of an unknown model", variables: map[string]string{cudaVisible: "3"}},
		"named, and nothing lists":   {named: "0", describes: "GPU of an unknown model", variables: map[string]string{cudaVisible: "0"}},
		"memory is shared":           {answers: nvidiaSMI("0, GPU-aaaa1111-0000, NVIDIA GB10, [N/A], 580.1\n", ""), describes: "NVIDIA GB10, driver 580.1", variables: map[string]string{cudaVisible: "GPU-aaaa1111-0000", cudaOrder: busOrder}},
		"a warning in the table":     {answers: nvidiaSMI("WARNING: infoROM is corrupted\n"+twoH200, twoTree), named: "0", describes: "NVIDIA H200, 151 GB, driver 570.86.15", variables: map[string]string{cudaVisible: "GPU-aaaa1111-0000", cudaOrder: busOrder}},
		"AMD's":                      {answers: map[string]string{"rocm-smi": twoAMD}, describes: "2 x AMD Instinct MI300X, 206 GB, driver 6.8.5", variables: map[string]string{rocrVisible: "0,1", hipVisible: "0,1"}},
		"AMD's beside a driverless nvidia-smi": {
			answers:   map[string]string{"nvidia-smi": "exit 9\nno driver", "rocm-smi": twoAMD},
			describes: "2 x AMD Instinct MI300X, 206 GB, driver 6.8.5", variables: map[string]string{rocrVisible: "0,1", hipVisible: "0,1"},
		},
		"AMD's by HIP's index": {answers: map[string]string{"rocm-smi": twoAMD}, env: map[string]string{hipVisible: "1"}, describes: "AMD Instinct MI300X, 206 GB, driver 6.8.5", variables: map[string]string{rocrVisible: "1", hipVisible: "0"}},
		"AMD's by both":        {answers: map[string]string{"rocm-smi": twoAMD}, env: map[string]string{rocrVisible: "GPU-bb", hipVisible: "0"}, describes: "AMD Instinct MI300X, 206 GB, driver 6.8.5", variables: map[string]string{rocrVisible: "GPU-bb", hipVisible: "0"}},
		"AMD's, and nothing lists": {
			env:       map[string]string{rocrVisible: "2"},
			describes: "GPU of an unknown model", variables: map[string]string{rocrVisible: "2", hipVisible: "0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			machineWith(t, c.answers)
			for variable, value := range c.env {
				t.Setenv(variable, value)
			}
			m, err := Find(t.Context(), Request{Named: c.named})
			if err != nil {
				t.Fatal(err)
			}
			if got := Describe(m.Devices); got != c.describes {
				t.Errorf("found %q, want %q", got, c.describes)
			}
			got := variablesOfAll(t, m)
			if len(got) != len(c.variables) {
				t.Errorf("variables %v, want %v", got, c.variables)
			}
			for variable, want := range c.variables {
				if got[variable] != want {
					t.Errorf("%s=%s, want %s", variable, got[variable], want)
				}
			}
		})
	}
}

func TestPartsThatMIGMadeAreTheDevices(t *testing.T) {
	for name, c := range map[string]struct {
		granted, named, want string // the grants of one whole share after the other
	}{
		"all":              {want: "MIG-1111-a MIG-2222-b GPU-bbbb2222-0000"},
		"all of a GPU":     {named: "0", want: "MIG-1111-a MIG-2222-b"},
		"one by UUID":      {named: "MIG-2222-b", want: "MIG-2222-b"},
		"granted":          {granted: "MIG-2222-b", want: "MIG-2222-b"},
		"granted by index": {granted: "0", want: "0"},
	} {
		t.Run(name, func(t *testing.T) {
			machineWith(t, nvidiaSMI(twoH200, cutTree))
			if c.granted != "" {
				t.Setenv(cudaVisible, c.granted)
			}
			m, err := Find(t.Context(), Request{Named: c.named})
			if err != nil {
				t.Fatal(err)
			}
			pool := NewPool(m)
			var got []string
			for range pool.Capacity(1) {
				grant, err := pool.Acquire(t.Context(), 1)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, grant.Variables()[cudaVisible])
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("runs get %q, want %q", got, c.want)
			}
			if name == "all of a GPU" {
				if err := pool.Check(2); err == nil || !strings.Contains(err.Error(), "parts that MIG made") {
					t.Errorf("a run may have two parts: %v", err)
				}
			}
		})
	}
}

func TestANumberNamesOneGPUAndNotHowMany(t *testing.T) {
	machineWith(t, nvidiaSMI(twoH200, twoTree))
	m, err := Find(t.Context(), Request{Named: "1"})
	if err != nil || len(m.Devices) != 1 || m.Devices[0].Index != 1 {
		t.Errorf("--gpus 1 is %v, %v; want GPU 1", m.Devices, err)
	}
	if _, err := Find(t.Context(), Request{Named: "2"}); err == nil || !strings.Contains(err.Error(), "GPU 1, NVIDIA H200, 151 GB (GPU-bbbb2222-0000)") {
		t.Errorf("--gpus 2 of two GPUs: %v", err)
	}
}

func TestGPUsThatAreNotGrantedAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ granted, named, want string }{
		"outside the grant":   {"1", "0", "no GPU 0 may be used here; there is GPU 1"},
		"of a grant of none":  {"-1", "0", "grants this process no GPU"},
		"twice":               {"0,1", "0,0", "is named twice"},
		"a grant of none":     {"0,5", "", "CUDA_VISIBLE_DEVICES=0,5: no GPU 5"},
		"twice in the grant":  {"0,0", "", "GPU 0 is named twice"},
		"an unknown UUID":     {"GPU-cccc", "", "no GPU GPU-cccc"},
		"a list of no GPU":    {"0", " , ", "names no GPU"},
		"neither of the two":  {"0", "four", "no GPU four"},
		"one of several GPUs": {"GPU-", "", "no GPU GPU-"},
	} {
		t.Run(name, func(t *testing.T) {
			machineWith(t, nvidiaSMI(twoH200, twoTree))
			t.Setenv(cudaVisible, c.granted)
			if m, err := Find(t.Context(), Request{Named: c.named}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("found %v, %v; want an error with %q", m.Devices, err, c.want)
			}
		})
	}
}

func TestWithoutGPUsProgramsSeeNoneOnlyWhereThatWasSaid(t *testing.T) {
	for name, c := range map[string]struct {
		answers        map[string]string
		granted, named string
		hides          bool
	}{
		"none there":              {},
		"a driver and no GPU":     {answers: map[string]string{"nvidia-smi": "exit 6\nNo devices were found\n"}},
		"granted none":            {answers: nvidiaSMI(twoH200, twoTree), granted: "", hides: true},
		"granted minus one":       {answers: nvidiaSMI(twoH200, twoTree), granted: "-1", hides: true},
		"granted none by Slurm":   {answers: nvidiaSMI(twoH200, twoTree), granted: "NoDevFiles", hides: true},
		"the person said no GPUs": {answers: nvidiaSMI(twoH200, twoTree), named: None, hides: true},
	} {
		t.Run(name, func(t *testing.T) {
			machineWith(t, c.answers)
			if strings.HasPrefix(name, "granted") {
				t.Setenv(cudaVisible, c.granted)
			}
			m, err := Find(t.Context(), Request{Named: c.named})
			if err != nil || len(m.Devices) > 0 || len(m.Notes) > 0 {
				t.Fatalf("found %v, notes %q, %v; want nothing", m.Devices, m.Notes, err)
			}
			pool := NewPool(m)
			grant, err := pool.Acquire(t.Context(), pool.Share(nil))
			if err != nil {
				t.Fatal(err)
			}
			if got := grant.Variables()[cudaVisible] == noGPU; got != c.hides {
				t.Errorf("variables %v; GPUs are hidden: %v, want %v", grant.Variables(), got, c.hides)
			}
			if err := pool.Check(1); err == nil {
				t.Error("a run that asks for a GPU is not refused")
			}
		})
	}
}

func TestAToolThatFailsIsANoteAndNamedGPUsAreUsed(t *testing.T) {
	for name, c := range map[string]struct{ answer, want string }{
		"no driver":         {"exit 9\nNVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", "nvidia-smi tells of no GPU: exit status 9: NVIDIA-SMI has failed"},
		"no answer":         {"hang", "nvidia-smi tells of no GPU: no answer within"},
		"garbage":           {"\x00\xff nothing that anyone reads\n", "its answer cannot be read"},
		"half a line":       {"0, GPU-aaaa1111-0000, NVIDIA", "its answer cannot be read"},
		"a lost GPU":        {"Unable to determine the device handle for GPU 0000:02:00.0: Unknown Error\n", "its answer cannot be read"},
		"too many columns":  {"0, GPU-aaaa, NVIDIA H200, 143771, 570.86.15, Enabled\n", "its answer cannot be read"},
		"nothing whatever":  {"", "its answer cannot be read"},
		"killed, no reason": {"exit 255\n", "exit status 255"},
	} {
		t.Run(name, func(t *testing.T) {
			machineWith(t, map[string]string{"nvidia-smi": c.answer})
			request := Request{}
			if c.answer == "hang" {
				request.Patience = 300 * time.Millisecond
			}
			m, err := Find(t.Context(), request)
			if err != nil || len(m.Devices) > 0 || !strings.Contains(strings.Join(m.Notes, "\n"), c.want) {
				t.Errorf("found %v, notes %q, %v; want a note with %q", m.Devices, m.Notes, err, c.want)
			}
			request.Named = "0"
			if m, err = Find(t.Context(), request); err != nil || len(m.Devices) != 1 || len(m.Notes) != 2 {
				t.Errorf("--gpus 0 is %v, notes %q, %v; want the GPU, with a note that its model is not known", m.Devices, m.Notes, err)
			}
		})
	}
}

func TestAGrantReplacesVariablesOfTheEnvironment(t *testing.T) {
	machineWith(t, nvidiaSMI(twoH200, twoTree))
	t.Setenv(cudaVisible, "0,1")
	m, err := Find(t.Context(), Request{})
	if err != nil {
		t.Fatal(err)
	}
	grant, err := NewPool(m).Acquire(t.Context(), 0.5)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range grant.Environment(append(os.Environ(), "OTHER=kept")) {
		if strings.HasPrefix(entry, cudaVisible) || strings.HasPrefix(entry, "OTHER") {
			got = append(got, entry)
		}
	}
	if strings.Join(got, " ") != "OTHER=kept CUDA_VISIBLE_DEVICES=0" {
		t.Errorf("the environment has %q", got)
	}
}
