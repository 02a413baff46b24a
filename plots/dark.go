package plots

import (
	"image/color"
	"math"
)

// darkCanvas turns the lightness of every colour over and keeps its hue, so
// that one drawing serves light and dark backgrounds.
type darkCanvas struct{ canvas }

// SetColor sets the colour turned over.
func (c darkCanvas) SetColor(light color.Color) { c.canvas.SetColor(turnOver(light)) }

// turnOver maps white to a near black and black to a near white, in OKLab
// (Ottosson 2020), where equal steps of lightness look equal. What is pale on
// white is kept visible on black by the power.
func turnOver(c color.Color) color.NRGBA {
	const darkest, span, power = 0.18, 0.77, 0.62
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	lightness, a, b := okLab(n)
	return fromOKLab(darkest+span*math.Pow(max(0, 1-lightness), power), a, b)
}

func okLab(c color.NRGBA) (lightness, a, b float64) {
	red, green, blue := linearLight(c.R), linearLight(c.G), linearLight(c.B)
	l := math.Cbrt(0.4122214708*red + 0.5363325363*green + 0.0514459929*blue)
	m := math.Cbrt(0.2119034982*red + 0.6806995451*green + 0.1073969566*blue)
	s := math.Cbrt(0.0883024619*red + 0.2817188376*green + 0.6299787005*blue)
	return 0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s
}

func fromOKLab(lightness, a, b float64) color.NRGBA {
	cube := func(x float64) float64 { return x * x * x }
	l := cube(lightness + 0.3963377774*a + 0.2158037573*b)
	m := cube(lightness - 0.1055613458*a - 0.0638541728*b)
	s := cube(lightness - 0.0894841775*a - 1.2914855480*b)
	return color.NRGBA{
		R: display(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		G: display(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		B: display(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
		A: 255,
	}
}

// linearLight undoes the gamma of sRGB (IEC 61966-2-1).
func linearLight(c uint8) float64 {
	x := float64(c) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

// display applies the gamma of sRGB, and cuts off what no screen shows.
func display(x float64) uint8 {
	x = min(1, max(0, x))
	if x <= 0.0031308 {
		x *= 12.92
	} else {
		x = 1.055*math.Pow(x, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * x))
}
