package trainer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sweep/sweep"
	"sweep/trainer/kernel"
	"sweep/trainer/pretrained"
)

// notebook is a Journal that keeps the last state offered.
type notebook struct {
	points []sweep.Point
	kept   sweep.Checkpoint
}

func (n *notebook) Checkpoint() sweep.Checkpoint { return n.kept }

func (n *notebook) Observe(p sweep.Point) error {
	n.points = append(n.points, p)
	return nil
}

func (n *notebook) Rewrite(from int, points []sweep.Point) error {
	n.points = slices.DeleteFunc(n.points, func(p sweep.Point) bool { return p.Step >= from })
	n.points = append(n.points, points...)
	return nil
}

func (n *notebook) Speed(float64) {}

func (n *notebook) Save(state func() []byte) {
	n.kept = sweep.Checkpoint{Points: slices.Clone(n.points), State: state()}
}

// reopen forgets what was observed after the checkpoint, as a process that was
// killed does.
func (n *notebook) reopen() { n.points = slices.Clone(n.kept.Points) }

// fuse is a context that ends when it has been asked so many times whether it
// has, which a walk does before every stage of the network.
type fuse struct {
	context.Context
	left int
}

func (f *fuse) Err() error {
	if f.left--; f.left < 0 {
		return context.Canceled
	}
	return nil
}

// endless is how long a fuse lasts that never ends.
const endless = 1 << 40

// trainUntil goes on with the notebook's run for as long as the fuse lasts.
func trainUntil(t *testing.T, c *pretrained.Model, p sweep.Params, n *notebook, left int) (*session, sweep.Outcome, error) {
	t.Helper()
	s := newTestSession(t, c, kernel.Best(), p)
	n.reopen()
	outcome, err := s.run(&fuse{t.Context(), left}, n)
	return s, outcome, err
}

// resumable are settings that each keep something else from step to step.
func resumable() map[string]sweep.Params {
	settings := map[string]sweep.Params{}
	for name, change := range map[string]func(*sweep.Params){
		"adamw, clipping":           func(p *sweep.Params) { p.Clip, p.WeightDecay = 0.5, 0.1 },
		"adam, evaluated":           func(p *sweep.Params) { p.Optimizer, p.WeightDecay, p.EvalEvery = "adam", 0.1, 2 },
		"sgd":                       func(p *sweep.Params) { p.Optimizer, p.LR = "sgd", 1e-3 },
		"sgd, momentum":             func(p *sweep.Params) { p.Optimizer, p.LR, p.Momentum = "sgd", 1e-3, 0.9 },
		"sgd, nesterov":             func(p *sweep.Params) { p.Optimizer, p.LR, p.Momentum, p.Nesterov = "sgd", 1e-3, 0.9, true },
		"dropout, shuffled":         func(p *sweep.Params) { p.Dropout, p.Shuffle, p.Batch = 0.2, true, 2 },
		"warm-up, linear schedule":  func(p *sweep.Params) { p.Schedule, p.Warmup = "linear", 2 },
		"cosine schedule, diverges": func(p *sweep.Params) { p.Schedule, p.Optimizer, p.LR = "cosine", "sgd", 1e38 },
		"nothing held out":          func(p *sweep.Params) { p.Holdout = 0 },
		"nothing held out, worsens": func(p *sweep.Params) { p.Holdout, p.LR = 0, 10 },
		"overflows, finite losses":  func(p *sweep.Params) { p.LR = 1e18 },
		"every weight":              func(p *sweep.Params) { p.Method, p.Clip = "full", 1 },
	} {
		p := tinyParams("lora")
		change(&p)
		settings[name] = p
	}
	for _, dtype := range narrow() {
		p := tinyParams("lora")
		p.DType = dtype
		settings[dtype] = p
	}
	return settings
}

// wantSame compares an interrupted run with one that was not: the curve, the
// outcome but for its times, every weight and what the optimizer keeps.
func wantSame(t interface{ Errorf(string, ...any) }, when string, got, want *session, gotOutcome, wantOutcome sweep.Outcome) {
	for _, o := range []*sweep.Outcome{&gotOutcome, &wantOutcome} {
		o.Seconds, o.TokensPerSecond = 0, 0
	}
	if g, w := fmt.Sprintf("%+v", gotOutcome), fmt.Sprintf("%+v", wantOutcome); g != w {
		t.Errorf("%s: outcome\n%s, want\n%s", when, g, w)
	}
	if got.tokens != want.tokens || got.optimizer.step != want.optimizer.step {
		t.Errorf("%s: %d tokens in %d updates, want %d in %d", when, got.tokens, got.optimizer.step, want.tokens, want.optimizer.step)
	}
	gotNumbers, wantNumbers := got.numbers(), want.numbers()
	for i := range wantNumbers {
		if !slices.EqualFunc(gotNumbers[i], wantNumbers[i], func(a, b float32) bool { return a == b || a != a && b != b }) {
			t.Errorf("%s: the numbers of %s differ", when, want.model.parameters()[i/2].name)
		}
	}
}

func TestARunInterruptedAnywhereEndsWithTheSameBits(t *testing.T) {
	c := writeModel(t, shapes[groupedQueries])
	for name, p := range resumable() {
		t.Run(name, func(t *testing.T) {
			want, wantOutcome, err := trainUntil(t, c, p, &notebook{}, endless)
			if err != nil {
				t.Fatal(err)
			}
			interruptions := 0
			for ; ; interruptions++ {
				n := &notebook{}
				if _, _, err := trainUntil(t, c, p, n, interruptions); err == nil {
					break
				} else if !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				got, outcome, err := trainUntil(t, c, p, n, endless)
				if err != nil {
					t.Fatal(err)
				}
				wantSame(t, fmt.Sprintf("interrupted at stage %d", interruptions), got, want, outcome, wantOutcome)
			}
			if interruptions < 5*len(want.points) {
				t.Errorf("%d places to interrupt %d points at, want several a point", interruptions, len(want.points))
			}
		})
	}
}

func TestARunInterruptedAgainAndAgainEndsWithTheSameBits(t *testing.T) {
	c := writeModel(t, shapes[groupedQueries])
	settings := resumable()
	rapid.Check(t, func(r *rapid.T) {
		p := settings[rapid.SampledFrom([]string{"adamw, clipping", "sgd, momentum", "dropout, shuffled", "every weight"}).Draw(r, "settings")]
		p.Steps, p.EvalEvery = rapid.IntRange(1, 12).Draw(r, "steps"), rapid.IntRange(0, 4).Draw(r, "eval_every")
		want, wantOutcome, err := trainUntil(t, c, p, &notebook{}, endless)
		if err != nil {
			r.Fatal(err)
		}
		n := &notebook{}
		for {
			// At least as long as the longest stretch between two states.
			got, outcome, err := trainUntil(t, c, p, n, rapid.IntRange(20, 60).Draw(r, "fuse"))
			if err == nil {
				wantSame(r, "in the end", got, want, outcome, wantOutcome)
				return
			}
			if !errors.Is(err, context.Canceled) {
				r.Fatal(err)
			}
		}
	})
}

func TestAnInterruptionLosesNoUpdate(t *testing.T) {
	c := writeModel(t, shapes[groupedQueries])
	p := tinyParams("lora")
	p.EvalEvery = 1
	for left := 0; ; left++ {
		n := &notebook{}
		s, _, err := trainUntil(t, c, p, n, left)
		if err == nil {
			return
		}
		if s.trained.Step == 0 {
			continue
		}
		resumed := newTestSession(t, c, kernel.Best(), p)
		if err := resumed.restore(n.kept); err != nil || !reflect.DeepEqual(resumed.trained, s.trained) {
			t.Errorf("stopped at stage %d after step %d, goes on after step %d (%v)", left, s.trained.Step, resumed.trained.Step, err)
		}
	}
}

func TestACheckpointThatDoesNotFitIsRefusedBeforeAnythingIsObserved(t *testing.T) {
	c := writeModel(t, shapes[groupedQueries])
	p := tinyParams("lora")
	n := &notebook{}
	if _, _, err := trainUntil(t, c, p, n, 40); err == nil {
		t.Fatal("the run was not interrupted")
	}
	otherRank := p
	otherRank.R = 4
	for _, refusal := range []struct {
		name   string
		params sweep.Params
		change func(*sweep.Checkpoint)
		want   string
	}{
		{"a byte that changed", p, func(c *sweep.Checkpoint) { c.State[len(c.State)/2] ^= 1 }, "damaged"},
		{"an end that is missing", p, func(c *sweep.Checkpoint) { c.State = c.State[:len(c.State)-1] }, "damaged"},
		{"next to nothing", p, func(c *sweep.Checkpoint) { c.State = c.State[:10] }, "not the state of a run"},
		{"another format", p, func(c *sweep.Checkpoint) { c.State[len(stateMark)-1]++ }, "another version"},
		{"another run", otherRank, func(*sweep.Checkpoint) {}, "another run"},
		{"another key", p, func(c *sweep.Checkpoint) { rewrite(c.State, func(h *stateHeader) { h.Key[0]++ }) }, "another run"},
		{"another arithmetic", p, func(c *sweep.Checkpoint) { rewrite(c.State, func(h *stateHeader) { h.Numerics++ }) }, fmt.Sprint("version ", Numerics+1)},
		{"another curve", p, func(c *sweep.Checkpoint) { c.Points[0].EvalLoss++ }, "curve"},
		{"a curve that is too short", p, func(c *sweep.Checkpoint) { c.Points = c.Points[:1] }, "curve"},
	} {
		t.Run(refusal.name, func(t *testing.T) {
			spoilt := &notebook{kept: sweep.Checkpoint{Points: slices.Clone(n.kept.Points), State: slices.Clone(n.kept.State)}}
			refusal.change(&spoilt.kept)
			s := newTestSession(t, c, kernel.Best(), refusal.params)
			_, err := s.run(t.Context(), spoilt)
			if !errors.Is(err, sweep.ErrCheckpoint) || !strings.Contains(err.Error(), refusal.want) {
				t.Errorf("got %v, want sweep.ErrCheckpoint and %q", err, refusal.want)
			}
			if len(spoilt.points) > 0 {
				t.Errorf("%d points were observed", len(spoilt.points))
			}
		})
	}
}

// rewrite changes the header of an encoded state and signs it anew.
func rewrite(state []byte, change func(*stateHeader)) {
	var h stateHeader
	if _, err := binary.Decode(state, binary.LittleEndian, &h); err != nil {
		panic(err)
	}
	change(&h)
	if _, err := binary.Encode(state, binary.LittleEndian, h); err != nil {
		panic(err)
	}
	body := len(state) - sha256.Size
	sum := sha256.Sum256(state[:body])
	copy(state[body:], sum[:])
}

func BenchmarkState(b *testing.B) {
	k := kernel.Best()
	s := newBenchSession(b, k, randomFrozen(benchShapes["tiny"].config), benchShapes["tiny"])
	for b.Loop() {
		b.SetBytes(int64(len(s.state())))
	}
}
