package tensorfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"sweep/trainer/tensorfile/filetest"
)

func FuzzSafetensors(f *testing.F) {
	out, err := NewOutput(F32, []int{2, 3}, []float32{1, 2, 3, 4, 5, 6})
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteSafetensors(map[string]Output{"a": out, "b": out}, &b); err != nil {
		f.Fatal(err)
	}
	weights := b.Bytes()
	f.Add(weights)
	f.Add(weights[:100])
	f.Add(filetest.Safetensors(`{"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[2,1],"data_offsets":[0,4]}}  `, 4))
	f.Fuzz(func(t *testing.T, data []byte) {
		source := InMemory("x.safetensors", data)
		tensors, err := ReadSafetensors(source)
		if err != nil {
			return
		}
		var total int64
		for name, s := range tensors {
			x, err := s.Read()
			if err != nil || len(x) != s.Len() {
				t.Errorf("%s of shape %v has %d elements, %v", name, s.Shape, len(x), err)
			}
			total += s.bytes()
		}
		if header := int64(binary.LittleEndian.Uint64(data)); 8+header+total != source.size {
			t.Errorf("%d bytes of tensors and a header of %d in a file of %d", total, header, source.size)
		}
	})
}

func TestALargeSafetensorsHeaderIsReadWithinLimits(t *testing.T) {
	var b strings.Builder
	for i := range maxTensors + 1 {
		fmt.Fprintf(&b, `,"t%d":{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]}`, i, 4*i, 4*i+4)
	}
	data := filetest.Safetensors("{"+b.String()[1:]+"}", 4*(maxTensors+1))
	var err error
	took := filetest.Allocated(func() { _, err = ReadSafetensors(InMemory("x.safetensors", data)) })
	filetest.Refused(t, err, "more than the 65536 tensors that are allowed")
	if took > uint64(20*len(data)) {
		t.Errorf("%d bytes were allocated for a file of %d", took, len(data))
	}
	prefix := binary.LittleEndian.AppendUint64(nil, maxHeader+1)
	_, err = ReadSafetensors(&File{data: bytes.NewReader(prefix), size: 1 << 40})
	filetest.Refused(t, err, "100000001 bytes, but at most 100000000 are allowed")
	_, err = ReadSafetensors(InMemory("x.safetensors", filetest.Safetensors(`{"__metadata__":{"a":{}}}`, 0)))
	filetest.Refused(t, err, `__metadata__ "a" is no text`)
	_, err = ReadSafetensors(InMemory("x.safetensors", filetest.Safetensors(`{}{}`, 0)))
	filetest.Refused(t, err, "something follows")
}

func TestBFloat16RoundsToEven(t *testing.T) {
	for x, want := range map[float32]uint16{
		1: 0x3f80, -2: 0xc000, 1 + 1.0/256: 0x3f80, 1 + 3.0/256: 0x3f82, 1 + 1.0/256 + 1.0/65536: 0x3f81, 0: 0,
	} {
		if got := floatToBF16(x); got != want {
			t.Errorf("floatToBF16(%v) = %#x, want %#x", x, got, want)
		}
	}
}

func TestHalvesConvertExactly(t *testing.T) {
	for h, want := range map[uint16]float64{
		0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 0x1p-14, 0x0001: 0x1p-24, 0x83ff: -1023 * 0x1p-24, 0x7c00: math.Inf(1),
	} {
		if got := halfToFloat(h); float64(got) != want {
			t.Errorf("halfToFloat(%#x) = %v, want %v", h, got, want)
		}
	}
	if x := halfToFloat(0x7e00); x == x {
		t.Errorf("halfToFloat(0x7e00) = %v, want NaN", x)
	}
}
