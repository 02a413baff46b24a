package gpu

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// listAMD asks rocm-smi.
func listAMD(ctx context.Context) (Machine, error) {
	text, err := output(ctx, "rocm-smi", "--showproductname", "--showuniqueid", "--showmeminfo", "vram", "--showdriverversion", "--json")
	if err != nil {
		return Machine{}, err
	}
	devices, err := parseAMD(text)
	return Machine{Devices: devices}, err
}

// parseAMD reads an object such as {"card0": {"Card Series": "AMD Instinct MI300X", "Unique
// ID": "0x9f...", "VRAM Total Memory (B)": "206141652992"}, "system": {"Driver version":
// "6.8.5"}}. Versions of rocm-smi spell keys in different case, and warn before the object.
func parseAMD(text []byte) ([]Device, error) {
	if start := strings.IndexByte(string(text), '{'); start > 0 {
		text = text[start:]
	}
	var cards map[string]map[string]string
	if err := json.Unmarshal(text, &cards); err != nil {
		return nil, fmt.Errorf("its list of GPUs cannot be read: %w", err)
	}
	system := lowerKeys(cards["system"])
	var devices []Device
	for card, facts := range cards {
		index, err := strconv.Atoi(strings.TrimPrefix(card, "card"))
		if err != nil {
			continue
		}
		facts = lowerKeys(facts)
		memory, _ := strconv.ParseInt(facts["vram total memory (b)"], 10, 64)
		d := Device{
			Maker: AMD, Index: index, Name: cmp.Or(facts["card series"], facts["device name"], facts["card model"]),
			Driver: system["driver version"], Memory: memory, spelling: strconv.Itoa(index),
		}
		if id, ok := strings.CutPrefix(facts["unique id"], "0x"); ok {
			d.UUID = "GPU-" + id // as ROCR_VISIBLE_DEVICES has it
		}
		devices = append(devices, d)
	}
	slices.SortFunc(devices, func(a, b Device) int { return cmp.Compare(a.Index, b.Index) })
	return devices, nil
}

func lowerKeys(facts map[string]string) map[string]string {
	lower := map[string]string{}
	for key, value := range facts {
		lower[strings.ToLower(key)] = value
	}
	return lower
}
