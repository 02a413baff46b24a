package trainer

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/trainer/adapter"
	"sweep/trainer/architecture"
)

// adapted are the modules that the LoRA of a run adapts, by their names.
type adapted map[string]adapter.Target

// adaptedModules resolves the targets of a run, and the ranks and alphas of single
// modules, on a model. It is empty without LoRA.
func adaptedModules(c architecture.Config, p sweep.Params) (adapted, error) {
	modules := adapted{}
	if p.Method != "lora" {
		return modules, nil
	}
	targets, err := adapter.Settings{
		Targets: p.Targets, R: p.R, Alpha: p.Alpha, RankPattern: p.RankPattern, AlphaPattern: p.AlphaPattern,
	}.On(c)
	for _, t := range targets {
		modules[t.Module] = t
	}
	return modules, err
}

// names lists the modules, sorted.
func (a adapted) names() []string {
	names := make([]string, 0, len(a))
	for name := range a {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// params are the settings of a run as a module has them.
func (a adapted) params(module string, p sweep.Params) sweep.Params {
	p.R, p.Alpha = a[module].R, a[module].Alpha
	return p
}

// rank is the highest rank of all modules.
func (a adapted) rank() (r int) {
	for _, t := range a {
		r = max(r, t.R)
	}
	return r
}

// hasAny reports whether some layer's module of this name is among them, such as
// "down_proj".
func (a adapted) hasAny(projection string) bool {
	for module := range a {
		if strings.HasSuffix(module, "."+projection) {
			return true
		}
	}
	return false
}

// numbers is how many A and B have in all modules.
func (a adapted) numbers(c architecture.Config) (n int) {
	for module, t := range a {
		shape := c.Shape(module + ".weight")
		n += t.R * (shape[0] + shape[1])
	}
	return n
}

// spelling is the one spelling of a run's targets, with spaces between the names; "" where
// the run has it.
func (a adapted) spelling(c architecture.Config, p sweep.Params) string {
	if len(a) == 0 || sweep.AreProjections(p.Targets) {
		return ""
	}
	return strings.Join(adapter.Shortest(c, a.names()), " ")
}

// targetNotes says which modules the targets of a run are, where these do not say it
// themselves, and how many of its starting adapter's they leave out.
func (t *Trainer) targetNotes(b *base, p sweep.Params) (notes []string, err error) {
	targets, err := adaptedModules(b.Config, p)
	if err != nil {
		return nil, err
	}
	spelling := targets.spelling(b.Config, p)
	if spelling == "" {
		return nil, nil
	}
	if _, pattern := sweep.TargetPattern(p.Targets); pattern {
		notes = append(notes, fmt.Sprintf("targets = %q on model %s: %s, %d modules", p.Targets[0], p.Model, shortened(spelling), len(targets)))
	}
	start, err := t.start(b, p, targets)
	if start != nil && len(targets) < len(start.Factors) {
		notes = append(notes, fmt.Sprintf("targets leave out %d of the %d modules of adapter %s, so that the run does not start where it ended", len(start.Factors)-len(targets), len(start.Factors), filepath.Base(p.Adapter)))
	}
	return notes, err
}

// shortened returns the first and the last of many names.
func shortened(spelling string) string {
	names := strings.Fields(spelling)
	if len(names) <= 8 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s ... %s", strings.Join(names[:3], ", "), names[len(names)-1])
}
