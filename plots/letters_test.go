package plots

import (
	"bytes"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// titled is a figure of a title over an empty panel.
func titled(title string) Figure {
	empty := stepAxis(noExtent())
	return Options{Title: title}.sheets(draft{
		notes:  []string{"Words"},
		groups: []group{{panels: []*panel{newPanel("", empty, empty, "x", "y")}}},
	})[0]
}

func TestCharactersThatTheFontLacksAreBoxesInEveryFormat(t *testing.T) {
	const strange = "\u6a21\u578b\U0001f680"
	for _, format := range Formats() {
		blank, c := newCanvas(format, titled("")), newCanvas(format, titled(""))
		c.FillString(fontFace(), vg.Point{X: 20, Y: 20}, strange)
		if bytes.Equal(written(t, blank), written(t, c)) {
			t.Errorf("%s: nothing is drawn", format)
		}
	}
}

func written(t *testing.T, c canvas) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTheCaptionSaysWhatTheBoxesStandFor(t *testing.T) {
	for title, want := range map[string]string{
		"Does \u03b1 = 2r \u00d7 10^{\u22124} hold?": "Words.",
		"\u6a21\u578b and \u6a21":                    "Words. Boxes stand for characters that the font lacks: U+6A21, U+578B.",
		strings.Repeat("\u6a21\u578b\u65e5\u672c\u8a9e\u306e\u5b57\U0001f680", 2): "Words. Boxes stand for characters that the font lacks: " +
			"U+6A21, U+578B, U+65E5, U+672C, U+8A9E, U+306E and 2 more.",
	} {
		if got := titled(title).foot(); got != want {
			t.Errorf("%q: %q, want %q", title, got, want)
		}
	}
	f := titled("")
	f.legend = legend{title: "data", entries: []entry{{name: "\u6a21"}}}
	if !strings.Contains(f.foot(), "U+6A21") {
		t.Errorf("of the legend: %q", f.foot())
	}
}
