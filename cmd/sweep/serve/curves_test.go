package serve_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// drawn is curves as pages get them.
type drawn struct {
	Version  string
	Since    bool
	Rough    bool
	Read     int
	From, To float64
	Bands    []struct {
		From              any
		Label             string
		Runs, Points      int
		Median, Mean      int
		x, least, most, n []float32
		low, high         []float32
		medians, means    []float32
		mediansX, meansX  []float32
	}
	Lines []struct {
		From               any
		Run, Group, Points int
		x, y               []float32
	}
}

// curves asks for curves.
func (s site) curves(name, query string) (d drawn) {
	s.t.Helper()
	body := []byte(s.get("/sweep/" + name + "/curves?" + query))
	size := binary.LittleEndian.Uint32(body)
	if err := json.Unmarshal(body[4:4+size], &d); err != nil {
		s.t.Fatal(err)
	}
	rest := body[4+size:]
	next := func(n int) []float32 {
		all := make([]float32, n)
		for i := range all {
			all[i] = math.Float32frombits(binary.LittleEndian.Uint32(rest[4*i:]))
		}
		rest = rest[4*n:]
		return all
	}
	for i := range d.Bands {
		b := &d.Bands[i]
		b.x, b.least, b.most, b.low, b.high, b.n = next(b.Points), next(b.Points), next(b.Points), next(b.Points), next(b.Points), next(b.Points)
		b.mediansX, b.medians = next(b.Median), next(b.Median)
		b.meansX, b.means = next(b.Mean), next(b.Mean)
	}
	for i := range d.Lines {
		d.Lines[i].x, d.Lines[i].y = next(d.Lines[i].Points), next(d.Lines[i].Points)
	}
	if len(rest) > 0 {
		s.t.Fatalf("%d bytes are left", len(rest))
	}
	return d
}

func TestBandsAreExactOverAllRuns(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	s.train(s.runs...)
	d := newSite(t, options(s.path)).curves("little", "quantity=loss&by=alpha")
	if len(d.Bands) != 2 || d.Bands[1].Label != "32" || d.Bands[1].Runs != 6 || d.Bands[1].Points != 30 {
		t.Fatalf("the bands are %+v", d.Bands)
	}
	b := d.Bands[1]
	for k := range 30 {
		var losses []float64
		for _, run := range s.runs[6:] {
			points, _ := s.curve(run)
			losses = append(losses, points[k].Loss)
		}
		slices.Sort(losses)
		sum := 0.0
		for _, x := range losses {
			sum += x
		}
		for name, c := range map[string][2]float64{
			"lowest": {losses[0], float64(b.least[k])}, "highest": {losses[5], float64(b.most[k])},
			"median": {(losses[2] + losses[3]) / 2, float64(b.medians[k])}, "mean": {sum / 6, float64(b.means[k])}, "runs": {6, float64(b.n[k])},
		} {
			if math.Abs(c[0]-c[1]) > 1e-6*c[0] {
				t.Errorf("step %d: the %s is %v, want %v", k+1, name, c[1], c[0])
			}
		}
		if !(b.low[k] < b.means[k] && b.means[k] < b.high[k]) {
			t.Errorf("step %d: the mean %v is not within %v and %v", k+1, b.means[k], b.low[k], b.high[k])
		}
	}
}

func TestASpikeOfOneStepIsNeverLost(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), fmt.Sprintf(large, 5000))
	run := s.runs[0]
	points, _ := s.curve(run)
	points[2345].Loss, points[4321].Loss = 1e4, math.NaN()
	s.observe(run, s.begin(run), points)
	at := newSite(t, options(s.path))
	for _, columns := range []int{1, 7, 300, 5000} {
		query := fmt.Sprintf("quantity=loss&columns=%d&keys=%s", columns, run.Key)
		d, together := at.curves("large", query+"&single=1"), at.curves("large", query)
		i := slices.Index(d.Lines[0].y, 1e4)
		if i < 0 || d.Lines[0].x[i] != 2346 || slices.Max(together.Bands[0].most) < 1e4 {
			t.Errorf("in %d columns the spike is not among %d points", columns, d.Lines[0].Points)
		}
		if !slices.ContainsFunc(d.Lines[0].y, func(y float32) bool { return y != y }) {
			t.Errorf("in %d columns the NaN is lost", columns)
		}
		if d.Lines[0].Points > 2*max(columns, 60)+8 {
			t.Errorf("in %d columns there are %d points", columns, d.Lines[0].Points)
		}
	}
	near := at.curves("large", "quantity=loss&single=1&columns=800&from=2300&to=2400&keys="+run.Key)
	if x := near.Lines[0].x; len(x) != 103 || x[0] != 2299 || x[102] != 2401 {
		t.Errorf("a hundred steps from 2300 on are %d points from %v", len(x), x[0])
	}
}

func TestWhatIsNewOfCurvesIsSentAlone(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	s.train(s.runs[0], s.runs[7])
	run := s.runs[1]
	points, outcome := s.curve(run)
	attempt := s.begin(run)
	s.observe(run, attempt, points[:10])
	at := newSite(t, options(s.path))
	const query, together = "quantity=loss&by=alpha&single=1", "quantity=loss&by=alpha"
	held := at.curves("little", query)
	at.curves("little", together)
	since := func() drawn {
		t.Helper()
		for late := time.Now().Add(soon); ; time.Sleep(100 * time.Millisecond) {
			d := at.curves("little", query+"&since="+held.Version)
			if len(d.Lines) > 0 {
				return d
			}
			if time.Now().After(late) {
				t.Fatal("nothing new came")
			}
		}
	}
	s.observe(run, attempt, points[10:14])
	d := since()
	if !d.Since || len(d.Lines) != 1 || d.Lines[0].Run != 1 || d.Lines[0].Points != 4 || d.Lines[0].x[0] != 11 {
		t.Errorf("four steps more are sent as %+v", d.Lines)
	}
	if b := at.curves("little", together+"&since="+held.Version).Bands; b[0].Points != 20 || b[0].x[0] != 11 || b[0].n[0] != 2 || b[1].Points != 0 || b[1].From != "Infinity" {
		t.Errorf("their bands are sent as %+v", b)
	}
	held = d
	s.observe(run, attempt, points[14:])
	if err := s.store.Finish(t.Context(), run.Key, attempt, outcome); err != nil {
		t.Fatal(err)
	}
	if d = since(); len(d.Lines) != 1 || d.Lines[0].Points != 30 {
		t.Errorf("a run that ended is not sent whole: %+v", d.Lines)
	}
	if none := at.curves("little", query+"&since="+d.Version); !none.Since || len(none.Lines) != 0 {
		t.Errorf("where nothing is new, %d lines are sent", len(none.Lines))
	}
	if none := at.curves("little", together+"&since="+d.Version); !none.Since || none.Bands[0].Points != 0 {
		t.Errorf("where nothing is new, a band of %d places is sent", none.Bands[0].Points)
	}
	if whole := at.curves("little", query+"&since=another.1.1"); whole.Since || len(whole.Lines) != 3 {
		t.Errorf("a page of another process is sent %d lines", len(whole.Lines))
	}
}

func TestACurveThatIsWrittenAnewIsReadAnew(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	run := s.runs[0]
	points, _ := s.curve(run)
	attempt := s.begin(run)
	s.observe(run, attempt, points[:20])
	at := newSite(t, options(s.path))
	at.curves("little", "quantity=loss&single=1")
	other := slices.Clone(points[4:22])
	for i := range other {
		other[i].Loss = 9
	}
	if err := s.store.Rewrite(t.Context(), run.Key, attempt, 5, other); err != nil {
		t.Fatal(err)
	}
	var last drawn
	for late := time.Now().Add(soon); time.Now().Before(late); time.Sleep(100 * time.Millisecond) {
		if last = at.curves("little", "quantity=loss&single=1"); last.Lines[0].Points == 22 {
			break
		}
	}
	if y := last.Lines[0].y; len(y) != 22 || y[3] == 9 || y[4] != 9 || y[21] != 9 {
		t.Errorf("the curve is %v", y)
	}
}

func TestAFirstPictureHasEachRunWithItsSpikes(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), strings.Replace(fmt.Sprintf(large, 200), "[0, 1, 2, 3, 4]", "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]", 1))
	for i, run := range s.runs {
		points, _ := s.curve(run)
		points[i%200].Loss = 1e4
		s.observe(run, s.begin(run), points)
	}
	at := newSite(t, options(s.path))
	few, all := at.curves("large", "quantity=loss&single=1&rough=1"), at.curves("large", "quantity=loss&single=1")
	points := [2]int{}
	for k, d := range []drawn{few, all} {
		if len(d.Lines) != len(s.runs) {
			t.Fatalf("%d of %d runs are sent", len(d.Lines), len(s.runs))
		}
		for _, l := range d.Lines {
			points[k] += len(l.y)
			if i := slices.Index(l.y, 1e4); i < 0 || int(l.x[i]) != l.Run%200+1 {
				t.Errorf("the spike of run %d is lost", l.Run)
			}
		}
	}
	if 2*points[0] > points[1] {
		t.Errorf("%d points are sent at first, of %d", points[0], points[1])
	}
	if !few.Rough || all.Rough || at.curves("large", "quantity=loss&single=1&rough=1&keys="+s.runs[0].Key).Rough {
		t.Errorf("it is not told right which curves are rough")
	}
}

func TestCurvesAreSentAsTheyAreRead(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), fmt.Sprintf(large, 100))
	s.train(s.runs...)
	at := newSite(t, options(s.path))
	points := map[int]int{}
	version, answers := "", 0
	for late := time.Now().Add(soon); ; answers++ {
		d := at.curves("large", "quantity=loss&single=1&soon=1&since="+version)
		for _, l := range d.Lines {
			points[l.Run] = l.Points
		}
		if version = d.Version; d.Read == len(s.runs) {
			break
		}
		if time.Now().After(late) {
			t.Fatalf("%d of %d curves were read", d.Read, len(s.runs))
		}
	}
	for _, l := range at.curves("large", "quantity=loss&single=1").Lines {
		if points[l.Run] != l.Points {
			t.Errorf("of run %d %d points came, of %d", l.Run, points[l.Run], l.Points)
		}
	}
	if len(points) != len(s.runs) {
		t.Errorf("%d runs came in %d answers", len(points), answers)
	}
}

func TestCurvesAreChosenByACondition(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	s.train(s.runs...)
	at := newSite(t, options(s.path))
	d := at.curves("little", "quantity=eval_loss&by=lr&single=1&x=tokens&where=alpha+%3D+8+and+lr+%3E+1e-3")
	if len(d.Bands) != 2 || len(d.Lines) != 4 || d.Bands[0].Label != "0.01" {
		t.Errorf("the curves are %d bands and %d lines", len(d.Bands), len(d.Lines))
	}
}

func TestCurvesAreSortedByArms(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little[:strings.Index(little, "[grid]")]+`
[[arm]]
name = "sgd"
fixed.optimizer = "sgd"
grid.seed = [0, 1]
[[arm]]
name = "adam"
grid.seed = [0, 1, 2]
`)
	s.train(s.runs...)
	at := newSite(t, options(s.path))
	d := at.curves("little", "quantity=loss&by=arm&single=1")
	var got []string
	for _, b := range d.Bands {
		got = append(got, fmt.Sprint(b.Label, b.Runs))
	}
	groups := map[int]int{}
	for _, line := range d.Lines {
		groups[line.Group]++
	}
	if want := []string{"adam3", "sgd2"}; !slices.Equal(got, want) || len(d.Lines) != 5 || groups[0] != 3 || groups[1] != 2 {
		t.Errorf("bands %q, lines in groups %v; want %q", got, groups, want)
	}
	if board := at.get("/sweep/little/board"); !strings.Contains(board, `"arms":["adam","sgd"]`) {
		t.Errorf("the page cannot offer the arms: %.400s", board)
	}
}
