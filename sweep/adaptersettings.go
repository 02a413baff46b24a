package sweep

// AdapterSettings are the settings that an adapter on disk was trained with. A run
// that starts from it has the same, unless its grid says otherwise.
type AdapterSettings struct {
	R       int      `toml:"r"`
	Alpha   float64  `toml:"alpha"`
	Scaling string   `toml:"scaling"`
	Targets []string `toml:"targets,omitempty"` // modules that the adapter has factors for
	Dropout float64  `toml:"dropout"`

	RankPattern  map[string]float64 `toml:"rank_pattern,omitempty"`
	AlphaPattern map[string]float64 `toml:"alpha_pattern,omitempty"`
}

// Set gives p these settings.
func (s AdapterSettings) Set(p *Params) {
	p.R, p.Alpha, p.Scaling, p.Dropout = s.R, s.Alpha, s.Scaling, s.Dropout
	p.RankPattern, p.AlphaPattern = s.RankPattern, s.AlphaPattern
	if len(s.Targets) > 0 { // else the inspection of the run says what is wrong
		p.Targets = s.Targets
	}
}
