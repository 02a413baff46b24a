package serve

import (
	"encoding/json"
	"math"
	"strconv"
)

// number is a number in JSON, which has none for NaN and infinities: these are the texts
// "NaN", "Infinity" and "-Infinity".
type number float64

// MarshalJSON writes as many digits as tell the number from all others.
func (n number) MarshalJSON() ([]byte, error) {
	x := float64(n)
	switch {
	case math.IsNaN(x):
		return []byte(`"NaN"`), nil
	case math.IsInf(x, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(x, -1):
		return []byte(`"-Infinity"`), nil
	}
	return strconv.AppendFloat(nil, x, 'g', -1, 64), nil
}

// known is a number, or nil for a NaN that stands for none.
func known(x float64) *number {
	if math.IsNaN(x) {
		return nil
	}
	n := number(x)
	return &n
}

// encode is v in JSON. What the package makes has nothing that JSON cannot hold.
func encode(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
