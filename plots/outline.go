package plots

import (
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	gonumfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// outline returns the shapes of a string's letters, kerned, with the baseline
// beginning at a point. Characters the font lacks show its empty box.
func outline(face gonumfont.Face, at vg.Point, s string) (vg.Path, error) {
	var path vg.Path
	var buffer sfnt.Buffer
	em := fixed.Int26_6(face.Face.UnitsPerEm()) // so that lengths come in font units
	unit := face.Font.Size / vg.Length(em)
	previous := sfnt.GlyphIndex(0)
	for _, letter := range s {
		glyph, err := face.Face.GlyphIndex(&buffer, letter)
		if err != nil {
			return nil, err
		}
		if kern, err := face.Face.Kern(&buffer, previous, glyph, em, font.HintingNone); err == nil && previous != 0 {
			at.X += unit * vg.Length(kern)
		}
		if path, err = appendGlyph(path, face.Face, &buffer, glyph, at, unit); err != nil {
			return nil, err
		}
		advance, err := face.Face.GlyphAdvance(&buffer, glyph, em, font.HintingNone)
		if err != nil {
			return nil, err
		}
		at.X += unit * vg.Length(advance)
		previous = glyph
	}
	return path, nil
}

// lacking are the characters of a string that the font has no shape for.
func lacking(face gonumfont.Face, s string) []rune {
	var buffer sfnt.Buffer
	var all []rune
	for _, letter := range s {
		if glyph, err := face.Face.GlyphIndex(&buffer, letter); err != nil || glyph == 0 {
			all = append(all, letter)
		}
	}
	return all
}

func appendGlyph(path vg.Path, face *opentype.Font, buffer *sfnt.Buffer, glyph sfnt.GlyphIndex, at vg.Point, unit vg.Length) (vg.Path, error) {
	segments, err := face.LoadGlyph(buffer, glyph, fixed.Int26_6(face.UnitsPerEm()), nil)
	if err != nil {
		return nil, err
	}
	point := func(p fixed.Point26_6) vg.Point { // y runs downwards in fonts
		return vg.Point{X: at.X + unit*vg.Length(p.X), Y: at.Y - unit*vg.Length(p.Y)}
	}
	for i, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				path.Close()
			}
			path.Move(point(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(point(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(point(s.Args[0]), point(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(point(s.Args[0]), point(s.Args[1]), point(s.Args[2]))
		}
	}
	if len(segments) > 0 {
		path.Close()
	}
	return path, nil
}
