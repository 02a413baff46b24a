package tensorfile

import (
	"math"
	"testing"
)

// TestHalvesAreRoundedToTheNearest goes through all finite halves and what is between
// neighbours.
func TestHalvesAreRoundedToTheNearest(t *testing.T) {
	for h := range uint16(0x7c00) {
		x := halfToFloat(h)
		if got := floatToHalf(x); got != h {
			t.Fatalf("%v becomes %#x, want %#x", x, got, h)
		}
		if got := floatToHalf(-x); got != h|0x8000 {
			t.Fatalf("%v becomes %#x, want %#x", -x, got, h|0x8000)
		}
		next := float32(65536)
		if h < 0x7bff {
			next = halfToFloat(h + 1)
		}
		middle := x + (next-x)/2
		for y, want := range map[float32]uint16{
			middle: h + h&1, math.Nextafter32(middle, 0): h, math.Nextafter32(middle, next): h + 1,
		} {
			if got := floatToHalf(y); got != want {
				t.Fatalf("%v becomes %#x, want %#x", y, got, want)
			}
		}
	}
}
