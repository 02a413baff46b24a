package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// thriftPage is a page in Thrift's compact protocol, whose header says that its body has
// so many bytes, which hold so many and so many values.
func thriftPage(compressed, expanded, values int64, body string) []byte {
	const number = 5 // 32 bits
	b := []byte{1<<4 | number, 0}
	for _, x := range []int64{expanded, compressed} {
		b = binary.AppendVarint(append(b, 1<<4|number), x)
	}
	b = binary.AppendVarint(append(b, 2<<4|thriftStruct, 1<<4|number), values)
	return append(append(b, 0, 0), body...)
}

func TestPagesThatSayMoreThanTheyHaveAreRefusedBeforeTheyAreRead(t *testing.T) {
	sound := thriftPage(3, 90, 7, "abc")
	for name, c := range map[string]struct {
		pages  []byte
		snappy bool
		want   string
	}{
		"sound":            {append(sound, sound...), false, ""},
		"a body":           {append(sound, thriftPage(4, 90, 7, "abc")...), false, fmt.Sprintf("page at byte %d: it is damaged: it would have 4 bytes, and the column has 3 more", len(sound))},
		"what it holds":    {thriftPage(3, 1<<30, 7, "abc"), false, "its 3 bytes would hold 1073741824"},
		"its values":       {thriftPage(3, 90, 1<<30, "abc"), false, "its 3 bytes would hold 1073741824 values"},
		"a header":         {[]byte{1<<4 | thriftBinary, 0xff, 0xff, 0xff, 0x7f}, false, "page at byte 0: it is damaged"},
		"what Snappy says": {thriftPage(5, 90, 7, "\xff\xff\xff\xff\x0f"), true, "it would grow beyond what it says"},
		"Snappy, sound":    {thriftPage(3, 90, 7, "\x5aab"), true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			pages := columnPages{bytes.NewReader(c.pages), int64(len(c.pages)), c.snappy}
			onPage, err := pages.check(0, int64(len(sound)))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if onPage != (name == "sound") && err == nil {
				t.Errorf("a page begins at byte %d: %v", len(sound), onPage)
			}
		})
	}
}
