package trainer

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer/adapter"
	"sweep/trainer/architecture"
	"sweep/trainer/data"
	"sweep/trainer/pretrained"
	"sweep/trainer/random"
)

// matrixCase is a run that PEFT and transformers train, too.
type matrixCase struct {
	name   string
	config architecture.Config
	rows   string // "tokens", "text" or "completion"
	dtype  string // of the stored weights
	shards string // the largest file of weights, as transformers writes the model again; "": one file
	params sweep.Params
}

// What the cases of the matrix differ in. Each list has another length, so that the cases
// meet in all combinations.
var (
	matrixOptimizers = []func(*sweep.Params){
		func(p *sweep.Params) { p.Optimizer, p.LR, p.WeightDecay = "adamw", 2e-3, 0.1 },
		func(p *sweep.Params) { p.Optimizer, p.LR, p.Momentum, p.Clip = "sgd", 5e-3, 0.9, 1 },
		func(p *sweep.Params) { p.Optimizer, p.LR, p.WeightDecay, p.Beta2 = "adam", 2e-3, 0.01, 0.95 },
		func(p *sweep.Params) { p.Optimizer, p.LR, p.Momentum, p.Nesterov = "sgd", 5e-3, 0.8, true },
	}
	matrixSchedules = []func(*sweep.Params){
		func(p *sweep.Params) { p.Schedule = "constant" },
		func(p *sweep.Params) { p.Schedule, p.Warmup = "linear", 4 },
		func(p *sweep.Params) { p.Schedule, p.Warmup = "cosine", 3 },
	}
	matrixAdapters = []func(*sweep.Params, *architecture.Architecture){
		func(p *sweep.Params, a *architecture.Architecture) { p.Targets = a.Projections() },
		func(p *sweep.Params, a *architecture.Architecture) {
			p.Targets, p.Scaling, p.R = a.Projections()[:1], "alpha/sqrt(r)", 5
		},
		func(p *sweep.Params, a *architecture.Architecture) {
			p.Targets, p.Scaling, p.Alpha = a.Projections()[1:], "alpha", 0.7
		},
		func(p *sweep.Params, a *architecture.Architecture) {
			p.Targets, p.LRB = a.Projections(), 4*p.LR // LoRA+
		},
		func(p *sweep.Params, a *architecture.Architecture) {
			p.Targets, p.R, p.Alpha = a.Projections()[len(a.Projections())-2:], 1, 2
			p.RankPattern, p.AlphaPattern = map[string]float64{p.Targets[0]: 4}, map[string]float64{"layers.1.mlp." + p.Targets[1]: 3}
		},
	}
	matrixRows   = []string{"tokens", "text", "completion", "tokens", "tokens", "text", "tokens"}
	matrixPasses = []int{1, 2, 1, 1, 1, 3, 1, 1, 1, 2, 1}
	matrixFiles  = [][2]string{{"F32", ""}, {"BF16", ""}, {"F32", "8KB"}, {"BF16", "4KB"}, {"F32", ""}, {"BF16", ""}}
)

// matrixCases has each shape of shapes, another one of each, and a run of each family in which
// every weight trains.
func matrixCases() []matrixCase {
	var cases []matrixCase
	add := func(name string, c architecture.Config, method string) {
		i := len(cases)
		p := tinyParams(method)
		p.Steps, p.Batch, p.Seq, p.Holdout, p.Shuffle, p.R, p.Alpha = 30, 4, 96, 0, false, 3, 5
		matrixOptimizers[i%len(matrixOptimizers)](&p)
		matrixSchedules[i%len(matrixSchedules)](&p)
		p.Accumulate = matrixPasses[i%len(matrixPasses)]
		if method == "lora" {
			matrixAdapters[i%len(matrixAdapters)](&p, c.Of())
		} else {
			p.Targets = nil
		}
		p.Inherit()
		file := matrixFiles[i%len(matrixFiles)]
		m := matrixCase{name, c, matrixRows[i%len(matrixRows)], file[0], file[1], p}
		if m.rows != "tokens" {
			m.config.Vocab, m.config.BOS, m.config.EOS = 562, 1, 0 // as the tokenizer's
		}
		cases = append(cases, m)
	}
	whole := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		c := shapes[name]
		add(name, c, "lora")
		add(name+", larger", larger(c), "lora")
		if !whole[c.Architecture] {
			add(name+", every weight", c, "full")
		}
		whole[c.Architecture] = true
	}
	return cases
}

// larger is another shape of the same kind: a layer more, and other sizes.
func larger(c architecture.Config) architecture.Config {
	c.Layers, c.Width, c.Hidden, c.Heads, c.KVHeads, c.Vocab = 3, (c.Width/6+2)*6, c.Hidden+4, 6, 3, c.Vocab+11
	if c.Rope.Type == "longrope" {
		c.Rope.Short, c.Rope.Long = []float64{1, 1.5, 1.2}, []float64{2, 4, 3}
		c.HeadDim, c.Width = 12, 72
	}
	for _, list := range []*[]bool{&c.Windowed, &c.Unturned} {
		if *list != nil {
			*list = append(slices.Clone(*list), false)
		}
	}
	return c
}

// folder writes all that both read for the run, and returns its params.
func (m matrixCase) folder(t testing.TB, dir string) sweep.Params {
	t.Helper()
	var tokenizer []byte
	if m.rows != "tokens" {
		var err error
		if tokenizer, err = os.ReadFile(filepath.Join("tokenizer", "testdata", "tokenizers", "llama3.json")); err != nil {
			t.Fatal(err)
		}
	}
	p := m.params
	p.Model, p.Data = filepath.Join(dir, "model"), filepath.Join(dir, "rows.jsonl")
	if err := pretrained.Write(p.Model, m.config, randomTensors(m.config), m.dtype, tokenizer); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.Data, []byte(m.lines()), 0o600); err != nil {
		t.Fatal(err)
	}
	if p.Method == "lora" {
		p.Adapter = filepath.Join(dir, "adapter")
		if err := adapter.Write(p.Adapter, m.adapter(t), "model"); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// adapter is what the run starts from.
func (m matrixCase) adapter(t testing.TB) *adapter.Adapter {
	t.Helper()
	a, err := adapterSettings(sweep.Result{Run: sweep.Run{Params: m.params}})
	if err != nil {
		t.Fatal(err)
	}
	modules, err := adaptedModules(m.config, m.params)
	if err != nil {
		t.Fatal(err)
	}
	a.Factors = map[string]adapter.Factor{}
	for module, target := range modules {
		shape := m.config.Shape(module + ".weight")
		a.Factors[module] = adapter.Factor{
			R: target.R,
			A: drawn(module+".A", target.R*shape[1], float32(1/math.Sqrt(float64(shape[1])))),
			B: drawn(module+".B", shape[0]*target.R, 0.1),
		}
	}
	return a
}

// lines are ragged rows: progressions modulo the vocabulary, whose beginnings do not count,
// or words.
func (m matrixCase) lines() string {
	words := strings.Fields("a word and another, 12 or 345 of them: the café's door, it isn't far; who knows why")
	s := random.New(5, "rows", 0)
	var lines strings.Builder
	for range 7 {
		var row any
		text := func(n int) string {
			var list []string
			for range n {
				list = append(list, words[s.Below(len(words))])
			}
			return strings.Join(list, " ")
		}
		switch m.rows {
		case "tokens":
			row = m.tokens(s)
		case "text":
			row = map[string]string{"text": text(3 + s.Below(6))}
		default:
			row = map[string]string{"prompt": text(2 + s.Below(3)), "completion": " " + text(1+s.Below(3))}
		}
		line, _ := json.Marshal(row)
		fmt.Fprintf(&lines, "%s\n", line)
	}
	return lines.String()
}

func (m matrixCase) tokens(s *random.Stream) map[string][]int {
	n, start, stride := 9+s.Below(28), s.Below(m.config.Vocab), 1+s.Below(5)
	row := map[string][]int{}
	for i := range n {
		id := (start + stride*i) % m.config.Vocab
		label := id
		if i < n/3 || i < n-1 && s.Below(10) == 0 {
			label = -100
		}
		row["input_ids"], row["labels"] = append(row["input_ids"], id), append(row["labels"], label)
	}
	return row
}

// matrixResult is what a run of the matrix comes to.
type matrixResult struct {
	Logits    [][]float32        `json:"logits"` // before training, after the last token but one of each row of the first batch
	Losses    []float64          `json:"losses"`
	GradNorms []float64          `json:"grad_norms"`
	Norms     map[string]float64 `json:"norms"` // of what trained
}

// train trains the case and returns the session at its end.
func (m matrixCase) train(t testing.TB, p sweep.Params) (*session, matrixResult) {
	t.Helper()
	base := p
	base.Adapter, base.Method, base.Targets = "", "full", nil
	s, err := New(Options{}).session(base)
	if err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	r := matrixResult{Norms: map[string]float64{}}
	for _, example := range s.rows.train[:p.Batch] {
		r.Logits = append(r.Logits, lastLogits(t, s, example))
	}
	if s, err = New(Options{}).session(p); err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	if _, err := s.run(t.Context(), sweep.Observer(func(sweep.Point) error { return nil })); err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	for _, point := range s.points {
		r.Losses, r.GradNorms = append(r.Losses, point.Loss), append(r.GradNorms, point.GradNorm)
	}
	for _, q := range s.model.parameters() {
		name := q.name
		if q.factor != 0 {
			name += ".weight"
		}
		r.Norms[name] = norm2(q.value)
	}
	return s, r
}

// lastLogits are those after the last token of an example.
func lastLogits(t testing.TB, s *session, e data.Example) []float32 {
	t.Helper()
	e.Targets = slices.Repeat([]int32{-1}, len(e.Tokens))
	e.Targets[len(e.Targets)-1] = 0
	s.pass.load(data.Concat([]data.Example{e}), false)
	if _, _, err := s.model.evaluate(t.Context(), s.pass); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(s.model.head.logits[:s.model.head.vocab])
}

// agree holds a result to PEFT's.
func (got matrixResult) agree(t *testing.T, want matrixResult) {
	t.Helper()
	for i, row := range want.Logits {
		for j, logit := range row {
			near(t, fmt.Sprintf("row %d: logit %d", i, j), float64(got.Logits[i][j]), float64(logit), 0, 1e-4)
		}
	}
	if len(got.Losses) != len(want.Losses) || len(want.Losses) == 0 {
		t.Fatalf("%d losses, want %d", len(got.Losses), len(want.Losses))
	}
	for i, loss := range want.Losses {
		near(t, fmt.Sprintf("loss %d", i), got.Losses[i], loss, 1e-4, 0)
		near(t, fmt.Sprintf("gradient norm %d", i), got.GradNorms[i], want.GradNorms[i], 1e-3, 0)
	}
	if len(got.Norms) != len(want.Norms) {
		t.Errorf("%d tensors train, want %d", len(got.Norms), len(want.Norms))
	}
	for name, norm := range want.Norms {
		near(t, "norm of "+name, got.Norms[name], norm, 1e-3, 1e-6)
	}
}

// golden reports whether the case is compared with what PEFT once came to, and not only
// where PEFT is at hand: one of each shape.
func (m matrixCase) golden() bool {
	return !strings.Contains(m.name, ", larger") && m.config.Vocab < 100
}
