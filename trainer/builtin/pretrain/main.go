// Command pretrain makes builtin:tiny: it trains the model from random weights
// on the built-in corpus with this program's own trainer, and writes it to the
// folder tiny. It takes some ten minutes on one core and gives the same bytes
// on every machine. Run it by go generate in the folder above.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sweep/sweep"
	"sweep/trainer"
	"sweep/trainer/builtin"
	"sweep/trainer/pretrained"
)

// menusRows is how many rows of builtin:menus are evaluated on the way. They
// are never trained on: their loss shows where fine-tuning will start.
const menusRows = 200

func main() {
	corpus, err := builtin.Corpus()
	if err == nil {
		err = pretrain(context.Background(), "tiny", corpus, recipe(), os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pretrain:", err)
		os.Exit(1)
	}
}

// recipe is how builtin:tiny is trained.
func recipe() sweep.Params {
	return sweep.Params{
		Method:    "full",
		Optimizer: "adamw", LR: 3e-3, Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, WeightDecay: 0.1, Clip: 1,
		Schedule: "cosine", Warmup: 100,
		Steps: 3000, Batch: 24, Seq: 192, EvalEvery: 500, Shuffle: true, DType: "float32",
	}
}

// pretrain trains on corpus as p says, p's model and data aside, writes the
// model to dir and prints its losses to w.
func pretrain(ctx context.Context, dir string, corpus []byte, p sweep.Params, w io.Writer) (err error) {
	scratch, err := os.MkdirTemp("", "pretrain")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	if p, err = prepare(scratch, corpus, p); err != nil {
		return err
	}
	outcome, tensors, err := trainer.New(trainer.Options{}).Pretrain(ctx, p, report(w))
	if err != nil {
		return err
	}
	if outcome.State != sweep.StateDone {
		return fmt.Errorf("training ended %s at step %d; lower the learning rate", outcome.State, outcome.Steps)
	}
	if _, err := fmt.Fprintf(w, "%.0f tokens/s, %.0f s\n", outcome.TokensPerSecond, outcome.Seconds); err != nil {
		return err
	}
	return writeModel(dir, tensors, "BF16")
}

// prepare writes what a run of p reads to scratch: random weights, the corpus,
// and menus to evaluate on.
func prepare(scratch string, corpus []byte, p sweep.Params) (sweep.Params, error) {
	p.Model = filepath.Join(scratch, "random")
	p.Data = filepath.Join(scratch, "corpus.jsonl")
	p.DataEval = filepath.Join(scratch, "menus.jsonl")
	menus, err := builtin.Data("menus")
	if err != nil {
		return p, err
	}
	return p, errors.Join(
		writeModel(p.Model, randomWeights(shape()), "F32"),
		os.WriteFile(p.Data, corpus, 0o600),
		os.WriteFile(p.DataEval, head(menus, menusRows), 0o600),
	)
}

// head is the first n lines.
func head(lines []byte, n int) []byte {
	return bytes.Join(bytes.SplitAfterN(lines, []byte("\n"), n+1)[:n], nil)
}

func writeModel(dir string, tensors map[string][]float32, dtype string) error {
	tokenizer, err := byteTokenizer()
	if err != nil {
		return err
	}
	return pretrained.Write(dir, shape(), tensors, dtype, tokenizer)
}

// report prints every hundredth step and every evaluation.
func report(w io.Writer) func(sweep.Point) error {
	return func(p sweep.Point) (err error) {
		if p.Step%100 == 0 && p.Step > 0 {
			_, err = fmt.Fprintf(w, "step %4d  loss %.4f  gradient norm %.3f\n", p.Step, p.Loss, p.GradNorm)
		}
		if p.Evaluated && err == nil {
			_, err = fmt.Fprintf(w, "step %4d  menus %.4f\n", p.Step, p.EvalLoss)
		}
		return err
	}
}
