package main

// setFlag replaces settings of a grid file.
type setFlag struct {
	Set []string `sep:"none" placeholder:"KEY=VALUE" help:"Replace what the grid sets, as in lr=1e-3 for [fixed], 'grid.alpha=[8, 64]' for an axis, 'derive.alpha=\"2*r\"', arm.NAME.lr=1e-3 for one arm, name=other for a sweep of its own. It is stored with the grid. May be given several times."`
}

// flags are what to type for the same settings.
func (s setFlag) flags() []string {
	var words []string
	for _, setting := range s.Set {
		words = append(words, "--set", setting)
	}
	return words
}
