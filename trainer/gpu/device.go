package gpu

import (
	"strconv"
	"strings"

	"sweep/sweep"
)

// Maker is who made a GPU, which decides the variables that hand it to a program.
type Maker string

// The makers.
const (
	NVIDIA Maker = "NVIDIA"
	AMD    Maker = "AMD"
	Apple  Maker = "Apple"
)

// Device is a GPU, or a part of one that MIG made.
type Device struct {
	Maker  Maker
	Index  int    // as nvidia-smi or rocm-smi counts, for a part that of its GPU; -1 if it is not known
	UUID   string // "GPU-..." or "MIG-..."; "" if it is not known
	Name   string // as the maker has it, such as "NVIDIA H200"; "" if it is not known
	Driver string // version, "" if it is not known
	Memory int64  // bytes, of a part 0; 0 if it is not known

	spelling string // in the variables that hand it to a program
}

// Part reports whether the device is a part of a GPU that MIG made. A process uses one
// such part at the most.
func (d Device) Part() bool { return strings.HasPrefix(d.UUID, "MIG-") }

// String names the device for people: "GPU 0, NVIDIA H200, 151 GB".
func (d Device) String() string {
	words := []string{"GPU " + d.spelling}
	if d.Index >= 0 {
		words[0] = "GPU " + strconv.Itoa(d.Index)
	}
	if d.Name != "" {
		words = append(words, d.Name)
	}
	if d.Memory > 0 {
		words = append(words, sweep.FormatBytes(d.Memory))
	}
	return strings.Join(words, ", ")
}

// named reports whether a word in a list of GPUs stands for the device: its index, its
// UUID, or the start of its UUID.
func (d Device) named(word string) bool {
	if word == d.spelling {
		return true
	}
	if d.UUID != "" && len(word) > len("GPU-") && strings.HasPrefix(d.UUID, word) {
		return true
	}
	index, err := strconv.Atoi(word)
	return err == nil && index == d.Index
}

// Machine is the GPUs that this process may use.
type Machine struct {
	Devices []Device
	Notes   []string // for a person: what could not be told of them
	Hidden  bool     // programs are to see no GPU, even if there is one
}

// Describe sums up devices for people, such as "2 x NVIDIA H200, 151 GB, driver 570.86.15".
// It is "" for none.
func Describe(devices []Device) string {
	var order []string
	count := map[string]int{}
	for _, d := range devices {
		words := []string{d.Name}
		if d.Name == "" {
			words[0] = "GPU of an unknown model"
		}
		if d.Memory > 0 {
			words = append(words, sweep.FormatBytes(d.Memory))
		}
		if d.Driver != "" {
			words = append(words, "driver "+d.Driver)
		}
		text := strings.Join(words, ", ")
		if count[text]++; count[text] == 1 {
			order = append(order, text)
		}
	}
	for i, text := range order {
		if n := count[text]; n > 1 {
			order[i] = strconv.Itoa(n) + " x " + text
		}
	}
	return strings.Join(order, "; ")
}
