package gpu

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Variables that hand GPUs to a program.
const (
	cudaVisible = "CUDA_VISIBLE_DEVICES"
	cudaOrder   = "CUDA_DEVICE_ORDER" // how indices in cudaVisible are counted
	busOrder    = "PCI_BUS_ID"        // as nvidia-smi counts; by default the fastest GPU is first
	rocrVisible = "ROCR_VISIBLE_DEVICES"
	hipVisible  = "HIP_VISIBLE_DEVICES" // counts those that rocrVisible leaves
)

// Variables returns the names of the variables that hand GPUs to a program.
func Variables() []string { return []string{cudaVisible, rocrVisible, hipVisible} }

// noGPU is a value of these variables that leaves none.
const noGPU = "-1"

// granted returns those of the GPUs that the variables of this process grant.
func (m Machine) granted() (Machine, error) {
	for _, variable := range m.variables() {
		value, ok := os.LookupEnv(variable)
		if !ok {
			continue
		}
		var err error
		if m, err = m.grantedBy(variable, value); err != nil {
			return m, err
		}
	}
	return m, nil
}

// variables returns those that grant GPUs of this kind, in the order in which they are
// applied.
func (m Machine) variables() []string {
	set := func(variable string) bool { _, ok := os.LookupEnv(variable); return ok }
	var maker Maker
	if len(m.Devices) > 0 {
		maker = m.Devices[0].Maker
	}
	switch {
	case maker == Apple:
		return nil
	case maker == NVIDIA, maker == "" && set(cudaVisible):
		return []string{cudaVisible}
	case set(hipVisible):
		return []string{rocrVisible, hipVisible}
	default:
		return []string{rocrVisible, cudaVisible} // ROCm takes the second in place of HIP's
	}
}

// grantedBy returns the GPUs that a variable grants, in its order and its spelling.
func (m Machine) grantedBy(variable, value string) (Machine, error) {
	words := words(value)
	if len(words) == 0 || words[0] == noGPU || words[0] == "NoDevFiles" { // as Slurm says it
		return Machine{Notes: m.Notes, Hidden: true}, nil
	}
	if len(m.Devices) == 0 && !m.Hidden {
		maker := AMD
		if variable == cudaVisible {
			maker = NVIDIA
		}
		return m.unlisted(maker, words, variable)
	}
	counted := slices.Clone(m.Devices)
	for i := range counted {
		if counted[i].Maker == AMD && variable != rocrVisible {
			counted[i].Index = i // of those that rocrVisible leaves
			counted[i].spelling = ""
		}
	}
	at, err := pick(counted, words)
	if err != nil {
		return m, fmt.Errorf("%s=%s: %w; unset it to use all there are", variable, value, err)
	}
	devices := make([]Device, len(at))
	for i, j := range at {
		devices[i] = m.Devices[j]
		switch {
		case variable == rocrVisible:
			devices[i].spelling = words[i]
		case devices[i].Maker == AMD:
		case isIndex(words[i]) && os.Getenv(cudaOrder) != busOrder && !alike(m.Devices):
			devices[i] = unlisted(NVIDIA, words[i]) // CUDA counts in an order of its own
		default:
			devices[i].spelling = words[i]
		}
	}
	m.Devices = devices
	return m, nil
}

// named returns the GPUs that --gpus names, of those that are granted.
func (m Machine) named(list string) (Machine, error) {
	words := words(list)
	if len(words) == 0 {
		return m, fmt.Errorf("--gpus %q names no GPU; want a list of indices or UUIDs such as 0,1, or none", list)
	}
	if len(m.Devices) == 0 && m.Hidden {
		return m, fmt.Errorf("--gpus %s: %s grants this process no GPU", list, cudaVisible)
	}
	if len(m.Devices) == 0 {
		for _, word := range words {
			if !isIndex(word) && !strings.Contains(word, "-") {
				return m, fmt.Errorf("--gpus %s: %q is no index and no UUID; want a list such as 0,1, or none", list, word)
			}
		}
		return m.unlisted(NVIDIA, words, "--gpus")
	}
	var devices []Device
	for _, word := range words {
		at, err := pick(m.Devices, []string{word})
		if err != nil {
			return m, fmt.Errorf("--gpus %s: %w", list, err)
		}
		first := m.Devices[at[0]]
		for _, d := range m.Devices {
			if d == first || isIndex(word) && d.Part() && d.Index == first.Index { // all parts of a GPU
				devices = append(devices, d)
			}
		}
	}
	for i, d := range devices {
		if slices.Contains(devices[:i], d) {
			return m, fmt.Errorf("--gpus %s: %s is named twice", list, d)
		}
	}
	m.Devices = devices
	return m, nil
}

// pick returns where the devices are that words stand for, a device a word. The index of
// a GPU that MIG cut is its first part, and its next one where it comes again.
func pick(devices []Device, words []string) ([]int, error) {
	var at []int
	for _, word := range words {
		var fits []int
		for i, d := range devices {
			if d.named(word) {
				fits = append(fits, i)
			}
		}
		free := slices.DeleteFunc(slices.Clone(fits), func(i int) bool { return slices.Contains(at, i) })
		switch {
		case len(fits) == 0:
			return nil, fmt.Errorf("no GPU %s may be used here; there is %s", word, enumerate(devices))
		case len(free) == 0:
			return nil, fmt.Errorf("GPU %s is named twice", word)
		case len(fits) > 1 && !isIndex(word):
			return nil, fmt.Errorf("%s is the start of several UUIDs", word)
		}
		at = append(at, free[0])
	}
	return at, nil
}

func enumerate(devices []Device) string {
	names := make([]string, len(devices))
	for i, d := range devices {
		names[i] = d.String()
		if d.UUID != "" {
			names[i] += " (" + d.UUID + ")"
		}
	}
	return strings.Join(names, "; ")
}

// unlisted is the GPUs that words name, of which no more is known.
func (m Machine) unlisted(maker Maker, words []string, source string) (Machine, error) {
	for i, word := range words {
		if slices.Contains(words[:i], word) {
			return m, fmt.Errorf("%s: GPU %s is named twice", source, word)
		}
		m.Devices = append(m.Devices, unlisted(maker, word))
	}
	m.Notes = append(m.Notes, fmt.Sprintf("GPUs are taken as %s names them: nothing lists them, so their models are not known", source))
	return m, nil
}

func unlisted(maker Maker, word string) Device {
	d := Device{Maker: maker, Index: -1, spelling: word}
	if !isIndex(word) {
		d.UUID = word
	}
	return d
}

// alike reports whether all devices are of one model, so that their order does not
// depend on who counts them.
func alike(devices []Device) bool {
	return !slices.ContainsFunc(devices, func(d Device) bool { return d.Name != devices[0].Name })
}

func isIndex(word string) bool {
	_, err := strconv.Atoi(word)
	return err == nil
}

// words are the entries of a list with commas.
func words(list string) []string {
	var words []string
	for word := range strings.SplitSeq(list, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}
