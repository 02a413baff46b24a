package humanize

import (
	"math"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Count is "1 run" or "1,200 runs".
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Thousands(float64(n)) + " " + noun
}

// Thousands writes x without a fraction and with commas.
func Thousands(x float64) string {
	return message.NewPrinter(language.English).Sprintf("%.0f", x)
}

// Duration writes a length of time in seconds for people: "unknown" if it is
// NaN, in days if it is long.
func Duration(seconds float64) string {
	const day, year = 24 * 3600, 365.25 * 24 * 3600
	switch {
	case math.IsNaN(seconds):
		return "unknown"
	case seconds > 10*year:
		return "10 years or more"
	case seconds >= 10*day:
		return Thousands(seconds/day) + " days"
	default:
		return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
	}
}
