package main

import (
	"strings"
	"testing"
)

func TestAmountsOfMemory(t *testing.T) {
	for text, want := range map[string]int64{
		"8GB": 8e9, "512MiB": 512 << 20, "1.5 GB": 15e8, "2G": 2e9, "64kB": 64e3, "100": 100, "1e9": 1e9,
	} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err != nil || int64(got) != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "GB", "-1GB", "0", "8 apples", "8GBB", "nan", "1e30GB"} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "8GB or 512MiB") {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
}

func TestFreeMemoryIsSome(t *testing.T) {
	if free := freeMemory(); free < 1<<20 {
		t.Errorf("%d bytes are free", free)
	}
}
