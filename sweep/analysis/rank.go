package analysis

// MinRank is the least r that fits of the best learning rate against r take
// in: below it a lack of capacity, not the scale, decides how well a run does.
const MinRank = 4

// From returns the slice without the valleys at which By is less than a number.
func (s Slice) From(least float64) Slice {
	part := Slice{Fixed: s.Fixed, params: s.params, tied: s.tied}
	for _, v := range s.ByLR {
		if v.By.Numeric && v.By.Number >= least {
			part.ByLR = append(part.ByLR, v)
		}
	}
	return part
}

// Exponent is the slope of log(best lr) against log(r) of a slice by r, from
// MinRank up. ok is false if fewer than two estimates are left.
func (s Slice) Exponent() (slope Slope, ok bool) { return s.From(MinRank).Slope() }
