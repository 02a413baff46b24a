package trainer

import (
	"slices"
	"testing"

	"sweep/sweep"
	"sweep/trainer/architecture"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
	"sweep/trainer/random"
)

// longRow is more tokens than are read at a time.
func longRow(c architecture.Config) []int32 {
	s, row := random.New(3, "row", 0), make([]int32, 2*prefill+9)
	for i := range row {
		row[i] = int32(s.Below(c.Vocab))
	}
	return row
}

// newTestGenerator is the model of a session as it stands, as a generator.
func newTestGenerator(t *testing.T, s *session, c architecture.Config, w weights, positions int) *generator {
	t.Helper()
	g, err := newGenerator(s.pass.k, c, w, s.params, positions)
	if err != nil {
		t.Fatal(err)
	}
	if s.params.Method == "lora" {
		if err := g.model.load(s.model.adapter()); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// sampled is a session on a model, with both factors of LoRA away from zero, and a
// generator of the same.
func sampled(t *testing.T, c architecture.Config, k *kernel.Set, p sweep.Params, positions int) (*session, *generator) {
	t.Helper()
	model := writeModel(t, c)
	p.Init, p.Targets = "both", c.Of().Projections()
	s := newTestSession(t, model, k, p)
	w, err := readFrozen(&memory{}, model, dtypes[p.DType])
	if err != nil {
		t.Fatal(err)
	}
	return s, newTestGenerator(t, s, model.Config, w, positions)
}

// TestATokenReadAloneHasTheLogitsOfAPassOverTheWholeRowToTheBit reads a row whole, in
// parts and token by token.
func TestATokenReadAloneHasTheLogitsOfAPassOverTheWholeRowToTheBit(t *testing.T) {
	for name, c := range shapes {
		c.MaxPositions = 256
		for _, k := range kernel.All() {
			t.Run(name+", "+k.Name(), func(t *testing.T) {
				row := longRow(c)
				p := tinyParams("lora")
				p.Batch, p.Seq = 1, len(row)
				s, g := sampled(t, c, k, p, len(row))
				s.pass.load(data.Batch{Tokens: row, Targets: make([]int32, len(row)), Lengths: []int{len(row)}, Sizes: []int{len(row)}}, false)
				if _, _, err := s.model.evaluate(t.Context(), s.pass); err != nil {
					t.Fatal(err)
				}
				whole := s.model.head.logits
				for _, first := range []int{1, prefill - 1, prefill, len(row) - 1} {
					if c.Rope.Type == "longrope" && first <= c.Rope.OriginalPositions {
						continue // what was read as a short row keeps its turn, as in transformers
					}
					g.pass.past = 0
					part := row[:first]
					for at := first - 1; at < len(row); at++ {
						logits, err := g.read(t.Context(), part)
						if err != nil {
							t.Fatal(err)
						}
						if want := whole[at*c.Vocab : (at+1)*c.Vocab]; !slices.Equal(logits, want) {
							t.Fatalf("after token %d of a row begun with %d at once: logits %v, want %v", at, first, logits[:3], want[:3])
						}
						part = row[min(at+1, len(row)-1):][:1]
					}
				}
			})
		}
	}
}

// TestARowMatchesIfGreedyDecodingGivesItsCompletion judges rows that greedy decoding
// made, and the same rows with one token of the completion changed.
func TestARowMatchesIfGreedyDecodingGivesItsCompletion(t *testing.T) {
	for name, c := range shapes {
		t.Run(name, func(t *testing.T) {
			p := tinyParams("lora")
			p.Eval, p.Batch, p.Seq = []string{"loss", "match"}, 2, 24
			s, g := sampled(t, c, kernel.Best(), p, 24)
			var rows []data.Example
			var want []sweep.RowMatch
			add := func(e data.Example, match sweep.RowMatch) { rows, want = append(rows, e), append(want, match) }
			for i := range 6 {
				prompt := longRow(c)[7*i:][:i+1]
				said, ended, err := g.complete(t.Context(), prompt, sweep.Sampling{MaxTokens: 5 + i}, nil)
				if err != nil || ended || len(said) != 5+i {
					t.Fatalf("completes by %v, ended %t, %v", said, ended, err)
				}
				add(rowOf(prompt, said), sweep.MatchRight)
				for at := range said {
					other := slices.Clone(said)
					other[at] = (other[at] + 1) % int32(c.Vocab)
					add(rowOf(prompt, other), sweep.MatchWrong)
				}
				unprompted := rowOf(prompt, said)
				unprompted.Prompt = 0
				add(unprompted, sweep.NotJudged)
			}
			s.judged = evalBatches(rows, s.pass.capacity)
			got, err := s.evaluate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for i, row := range got.rows {
				if row.Match != want[i] {
					t.Errorf("row %d, %+v: match %d, want %d", i, rows[i], row.Match, want[i])
				}
			}
			if m := (sweep.Matches{Right: 6, Of: len(rows) - 6}); got.match != m {
				t.Errorf("counts %+v, want %+v", got.match, m)
			}
		})
	}
}

// rowOf is a prompt and its completion as an example.
func rowOf(prompt, completion []int32) data.Example {
	whole := slices.Concat(prompt, completion)
	e := data.Example{Tokens: whole[:len(whole)-1], Targets: slices.Clone(whole[1:]), Size: len(whole), Prompt: len(prompt)}
	for i := range len(prompt) - 1 {
		e.Targets[i] = -1
	}
	return e
}

// TestOnlyTheLastAnswerOfAConversationIsJudged has a wrong token in an earlier one.
func TestOnlyTheLastAnswerOfAConversationIsJudged(t *testing.T) {
	h := &head{first: []bool{false, true, true, true}, losses: make([]float32, 4), at: []int32{0, 2, 3, 5}}
	b := data.Batch{Lengths: []int{4, 2}, Prompts: []int{3, 1}}
	want := []sweep.RowLoss{{Tokens: 3, Match: sweep.MatchRight}, {Tokens: 1, Match: sweep.MatchRight}}
	if got := h.rowLosses(b); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	h.first[2] = false
	if got := h.rowLosses(b)[0].Match; got != sweep.MatchWrong {
		t.Errorf("a wrong token of the last answer is match %d, want %d", got, sweep.MatchWrong)
	}
}

func TestMatchesLeaveTheLossesAsTheyAre(t *testing.T) {
	p := tinyParams("lora")
	without, one := trainTiny(t, kernel.Best(), p)
	p.Eval = []string{"loss", "match"}
	with, two := trainTiny(t, kernel.Best(), p)
	if !sameLosses(without, with) || one.EvalLoss != two.EvalLoss {
		t.Error("judging completions moves losses")
	}
	if one.Match.Known() || two.Match.Of != 3 || two.Match != sweep.CountMatches(two.RowLosses) || two.FirstMatch.Of != 3 {
		t.Errorf("counts %+v without match; with it %+v, %+v before training, by rows %+v", one.Match, two.Match, two.FirstMatch, two.RowLosses)
	}
	if sweep.HashCurve(without) == sweep.HashCurve(with) {
		t.Error("counts are no part of the curve's hash")
	}
}

func TestCompletionsEndAtAStop(t *testing.T) {
	c := shapes[groupedQueries]
	_, g := sampled(t, c, kernel.Best(), tinyParams("lora"), 24)
	prompt := longRow(c)[:4]
	said, _, err := g.complete(t.Context(), prompt, sweep.Sampling{MaxTokens: 12}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, stop := range [][]int32{said[5:6], said[3:6]} {
		g.stops = [][]int32{stop}
		want := len(stop)
		for !slices.Equal(said[want-len(stop):want], stop) {
			want++
		}
		got, ended, err := g.complete(t.Context(), prompt, sweep.Sampling{MaxTokens: 12}, nil)
		if err != nil || !ended || !slices.Equal(got, said[:want]) {
			t.Errorf("stop %v: %v, ended %t (%v), want the first %d of %v", stop, got, ended, err, want, said)
		}
	}
}
