package grid

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"sweep/sweep"
)

// adapters holds the adapters that a grid names, by their paths from the current folder.
type adapters map[string]*startingAdapter

// startingAdapter is an adapter that runs start from.
type startingAdapter struct {
	name  string       // of its folder, relative to the grid's unless it is absolute
	known bool         // whether own holds what it was trained with
	own   sweep.Params // of which the parameters with RoleAdopted are set
}

// settings returns what the adapter in a folder was trained with, if it is known.
func (a adapters) settings(dir string) (own sweep.Params, known bool) {
	s := a[dir]
	if s == nil || !s.known {
		return sweep.Params{}, false
	}
	return s.own, true
}

// at returns the adapter in a folder, which it adds if it is new.
func (a adapters) at(dir, name string) *startingAdapter {
	if a[dir] == nil {
		a[dir] = &startingAdapter{name: name, own: sweep.Defaults()}
	}
	return a[dir]
}

// startingAdapters returns the folders of the adapters that runs of the arm may start
// from. What a command starts from is its own affair.
func (a *Arm) startingAdapters() (dirs []string) {
	adapter, _ := sweep.LookupParameter("adapter") // whose name is known
	return a.paths(adapter)
}

// paths returns the values other than "" that runs of the arm may have of a parameter
// that is a Path, none where a command trains them: to it they are texts.
func (a *Arm) paths(q sweep.Parameter) (all []string) {
	if a.Fixed.Command != nil {
		return nil
	}
	add := func(path string) {
		if path != "" && !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	fixed := true // some runs have the value in [fixed]
	for _, axis := range a.Axes {
		for k, of := range axis.Parameters {
			if of.Name != q.Name {
				continue
			}
			fixed = axis.Conditional
			for _, point := range axis.Points {
				add(point[k].(string))
			}
		}
	}
	if fixed {
		add(*q.PathIn(&a.Fixed))
	}
	return all
}

// knowsAdapters reports whether the settings of all adapters that the arm's runs start
// from are known.
func (d *decoder) knowsAdapters(arm *Arm) bool {
	return !slices.ContainsFunc(arm.startingAdapters(), func(dir string) bool {
		_, known := d.library.adapters.settings(dir)
		return !known
	})
}

// decodeStarting reads the [[starting]] tables of a grid: the settings of the adapters
// that it names.
func (d *decoder) decodeStarting(root section) {
	known := sweep.ParametersWith(sweep.RoleAdopted)
	for _, table := range d.subtables(root, "starting") {
		dir := d.textOf(table.key("adapter"), table.values["adapter"])
		dir, name := d.locate(dir)
		s := d.library.adapters.at(dir, name)
		s.known = true
		for _, name := range table.names() {
			i := slices.IndexFunc(known, func(q sweep.Parameter) bool { return q.Name == name })
			switch {
			case name == "adapter":
			case i < 0:
				d.noteUnknown(table, name, append([]string{"adapter"}, parameterNames(known)...)...)
			default:
				q := known[i]
				v, err := q.Convert(table.values[name])
				if err != nil {
					d.note(valueProblem(q, table.key(name), table.values[name], err))
					continue
				}
				q.Set(&s.own, v)
			}
		}
	}
}

// TrainedWith returns what the adapters were trained with that results start from, by
// the folders that the results name. Results belong to the cells that are named as they
// are; what is not known is left out.
func (s *Spec) TrainedWith(results []sweep.Result) map[string]sweep.AdapterSettings {
	trained := map[string]sweep.AdapterSettings{}
	if len(s.adapters) == 0 {
		return trained
	}
	find := s.finder()
	for _, r := range results {
		if _, done := trained[r.Params.Adapter]; done || r.Params.Adapter == "" {
			continue
		}
		cell, found := find(r.Name)
		if own, known := s.adapters.settings(cell.Adapter); found && known {
			trained[r.Params.Adapter] = sweep.AdapterSettings{
				R: own.R, Alpha: own.Alpha, Scaling: own.Scaling, Targets: own.Targets, Dropout: own.Dropout,
				RankPattern: own.RankPattern, AlphaPattern: own.AlphaPattern,
			}
		}
	}
	return trained
}

// withAdapters returns the grid with the settings of the adapters that its runs start
// from, which the inspector reads. Source then ends with these settings, each as
// [[starting]], so that it means the same when an adapter is changed or gone.
func (s *Spec) withAdapters(inspector sweep.Inspector) (*Spec, error) {
	var dirs []string
	for i := range s.Arms {
		dirs = append(dirs, s.Arms[i].startingAdapters()...)
	}
	slices.Sort(dirs)
	text := s.Source
	var errs []error
	for _, dir := range slices.Compact(dirs) {
		own, err := inspector.Adapter(dir)
		if err == nil && s.adapters[dir].known {
			err = s.adapters[dir].compare(own)
		} else if err == nil {
			var table string
			table, err = s.adapters[dir].table(own)
			text += table
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil || text == s.Source {
		return s, err
	}
	return DecodeSpec(strings.NewReader(text), s.File)
}

// compare refuses a [[starting]] that differs from the adapter itself.
func (s *startingAdapter) compare(own sweep.AdapterSettings) error {
	read := s.own
	own.Set(&read)
	for _, q := range sweep.ParametersWith(sweep.RoleAdopted) {
		if was, is := q.Canonical(q.Value(s.own)), q.Canonical(q.Value(read)); was != is {
			return fmt.Errorf("[[starting]] says %s = %s of adapter %s, which has %s; take the table out", q.Name, was, s.name, is)
		}
	}
	return nil
}

// table returns the adapter's [[starting]].
func (s *startingAdapter) table(own sweep.AdapterSettings) (string, error) {
	type entry struct {
		Adapter string `toml:"adapter"`
		sweep.AdapterSettings
	}
	text, err := toml.Marshal(map[string]any{"starting": []entry{{s.name, own}}})
	if err != nil {
		return "", fmt.Errorf("keep what adapter %s was trained with: %w", s.name, err)
	}
	return "\n# What the adapter that runs start from was trained with, as it was read.\n" + string(text), nil
}
