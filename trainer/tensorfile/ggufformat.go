package tensorfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ggufFormats are the formats that are read, by the numbers that ggml gives to
// tensor types.
var ggufFormats = map[uint32]format{
	0:  formatF32,
	1:  formatF16,
	2:  {"Q4_0", 32, 18, decodeQ4_0},
	3:  {"Q4_1", 32, 20, decodeQ4_1},
	6:  {"Q5_0", 32, 22, decodeQ5_0},
	7:  {"Q5_1", 32, 24, decodeQ5_1},
	8:  {"Q8_0", 32, 34, decodeQ8_0},
	10: {"Q2_K", 256, 84, decodeQ2_K},
	11: {"Q3_K", 256, 110, decodeQ3_K},
	12: {"Q4_K", 256, 144, decodeQ4_K},
	13: {"Q5_K", 256, 176, decodeQ5_K},
	14: {"Q6_K", 256, 210, decodeQ6_K},
	20: {"IQ4_NL", 32, 18, decodeIQ4_NL},
	23: {"IQ4_XS", 256, 136, decodeIQ4_XS},
	30: formatBF16,
	39: {"MXFP4", 32, 17, decodeMXFP4},
}

// ggufUnread names the other tensor types, those that ggml has dropped among
// them.
var ggufUnread = map[uint32]string{
	4: "Q4_2", 5: "Q4_3", 9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 21: "IQ3_S", 22: "IQ2_S",
	24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8",
	34: "TQ1_0", 35: "TQ2_0", 36: "IQ4_NL_4_4", 37: "IQ4_NL_4_8", 38: "IQ4_NL_8_8", 40: "NVFP4", 41: "Q1_0",
}

// ggufFormat returns the format of a tensor type of ggml's numbering.
func ggufFormat(kind uint32) (format, error) {
	if f, ok := ggufFormats[kind]; ok {
		return f, nil
	}
	name, ok := ggufUnread[kind]
	if !ok {
		name = fmt.Sprintf("ggml type %d", kind)
	}
	return format{}, fmt.Errorf("is stored as %s, but only %s are read; quantise the model to one of them", name, ggufFormatNames())
}

// ggufFormatNames lists the formats that are read, for messages.
func ggufFormatNames() string {
	var names []string
	for _, kind := range slices.Sorted(maps.Keys(ggufFormats)) {
		names = append(names, ggufFormats[kind].name)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
