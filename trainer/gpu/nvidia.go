package gpu

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// noDevices is the exit code of nvidia-smi on a machine that has a driver and no GPU.
const noDevices = 6

// listNVIDIA asks nvidia-smi.
func listNVIDIA(ctx context.Context) (Machine, error) {
	table, err := output(ctx, "nvidia-smi", "--query-gpu=index,uuid,name,memory.total,driver_version", "--format=csv,noheader,nounits")
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == noDevices {
		return Machine{}, nil
	}
	if err != nil {
		return Machine{}, err
	}
	m := parseNVIDIA(table)
	if len(m.Devices) == 0 {
		return m, fmt.Errorf("its answer cannot be read: %.200q", table)
	}
	tree, err := output(ctx, "nvidia-smi", "-L")
	if err != nil {
		return Machine{}, err
	}
	m.Devices = cutByMIG(m.Devices, tree)
	return m, nil
}

// parseNVIDIA reads lines such as "0, GPU-5ab1..., NVIDIA H200, 143771, 570.86.15". A
// field that does not apply is "[N/A]". Warnings of broken hardware stand among them.
func parseNVIDIA(table []byte) (m Machine) {
	for line := range strings.Lines(string(table)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		fields := strings.Split(line, ", ")
		index, err := strconv.Atoi(fields[0])
		if err != nil || len(fields) != 5 || !strings.HasPrefix(fields[1], "GPU-") {
			m.Notes = append(m.Notes, "nvidia-smi says: "+line)
			continue
		}
		mebibytes, _ := strconv.ParseInt(fields[3], 10, 64) // "[N/A]" where GPU and processor share theirs
		m.Devices = append(m.Devices, Device{
			Maker: NVIDIA, Index: index, UUID: fields[1], Name: applicable(fields[2]), Driver: applicable(fields[4]),
			Memory: mebibytes << 20, spelling: fields[1],
		})
	}
	return m
}

func applicable(field string) string {
	if strings.HasPrefix(field, "[") {
		return ""
	}
	return field
}

// treeLine is a line of nvidia-smi -L, such as "GPU 0: NVIDIA A100 (UUID: GPU-5ab1...)" or,
// below it, "  MIG 1g.5gb     Device  0: (UUID: MIG-c6d4...)".
var treeLine = regexp.MustCompile(`^\s*(?:GPU|MIG (\S+))\s.*\(UUID: ([^)\s]+)\)`)

// cutByMIG replaces the GPUs that MIG has cut by their parts.
func cutByMIG(devices []Device, tree []byte) []Device {
	parts := map[string][]Device{} // by the UUID of the GPU
	var whole Device
	for line := range strings.Lines(string(tree)) {
		found := treeLine.FindStringSubmatch(line)
		switch {
		case found == nil:
		case found[1] == "":
			whole = Device{}
			for _, d := range devices {
				if d.UUID == found[2] {
					whole = d
				}
			}
		default:
			part := whole
			part.UUID, part.spelling, part.Memory = found[2], found[2], 0
			part.Name = strings.TrimSpace(whole.Name + " MIG " + found[1])
			parts[whole.UUID] = append(parts[whole.UUID], part)
		}
	}
	var all []Device
	for _, d := range devices {
		if cut := parts[d.UUID]; len(cut) > 0 {
			all = append(all, cut...)
		} else {
			all = append(all, d)
		}
	}
	return all
}
