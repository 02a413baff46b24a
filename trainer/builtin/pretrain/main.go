// Command pretrain makes builtin:tiny: it trains the model from random weights
// on the built-in corpus with this program's own trainer, and writes it to the
// folder tiny. It takes some ten minutes on one core and gives the same bytes
// on every machine. Run it by go generate in the folder above.
//
// Its flags make models of other widths by the same recipe, in other folders:
//
//	go run ./trainer/builtin/pretrain -width 64 -steps 1000 -out /tmp/tiny64
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sweep/sweep"
	"sweep/trainer"
	"sweep/trainer/architecture"
	"sweep/trainer/builtin"
	"sweep/trainer/pretrained"
)

// menusRows is how many rows of builtin:menus are evaluated on the way. They
// are never trained on: their loss shows where fine-tuning will start.
const menusRows = 200

func main() {
	err := run(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pretrain:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	job, err := parse(args, os.Stderr)
	if err != nil {
		return err
	}
	corpus, err := builtin.Corpus()
	if err != nil {
		return err
	}
	return pretrain(context.Background(), job, corpus, os.Stdout)
}

// job is one model to make.
type job struct {
	dir    string // to write it to
	shape  architecture.Config
	params sweep.Params // model and data aside
}

// parse reads the command line. Without flags it is the job that makes builtin:tiny.
func parse(args []string, usage io.Writer) (job, error) {
	j := job{dir: "tiny", params: recipe()}
	flags := flag.NewFlagSet("pretrain", flag.ContinueOnError)
	flags.SetOutput(usage)
	width := flags.Int("width", tinyWidth, "width of the model, a multiple of 32; its MLPs are 3 times as wide, and a head has 32 of it")
	flags.IntVar(&j.params.Steps, "steps", j.params.Steps, "steps of training, over which the learning rate falls by a cosine")
	flags.StringVar(&j.dir, "out", j.dir, "folder to write the model to")
	if err := flags.Parse(args); err != nil {
		return j, err
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case flags.NArg() > 0:
		return j, fmt.Errorf("there are no arguments but flags, not %q", flags.Arg(0))
	case *width < headDim || *width%headDim != 0 || *width > maxWidth:
		return j, fmt.Errorf("-width %d: choose a multiple of %d from %d to %d", *width, headDim, headDim, maxWidth)
	case j.params.Steps <= j.params.Warmup:
		return j, fmt.Errorf("-steps %d: choose more than the %d of the warm-up", j.params.Steps, j.params.Warmup)
	case j.dir == "":
		return j, errors.New("-out is empty; name a folder")
	case len(given) > 0 && !given["out"]:
		return j, errors.New("a model that is not builtin:tiny needs a folder of its own: say -out FOLDER")
	}
	j.shape = shape(*width)
	return j, nil
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

// pretrain trains a job's model on corpus, writes it to the job's folder and prints
// its losses to w.
func pretrain(ctx context.Context, j job, corpus []byte, w io.Writer) (err error) {
	scratch, err := os.MkdirTemp("", "pretrain")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	p, err := prepare(scratch, corpus, j)
	if err != nil {
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
	return writeModel(j.dir, j.shape, tensors, "BF16")
}

// prepare writes what a job reads to scratch: random weights, the corpus, and menus
// to evaluate on.
func prepare(scratch string, corpus []byte, j job) (sweep.Params, error) {
	p := j.params
	p.Model = filepath.Join(scratch, "random")
	p.Data = filepath.Join(scratch, "corpus.jsonl")
	p.DataEval = filepath.Join(scratch, "menus.jsonl")
	menus, err := builtin.Data("menus")
	if err != nil {
		return p, err
	}
	return p, errors.Join(
		writeModel(p.Model, j.shape, randomWeights(j.shape), "F32"),
		os.WriteFile(p.Data, corpus, 0o600),
		os.WriteFile(p.DataEval, head(menus, menusRows), 0o600),
	)
}

// head is the first n lines.
func head(lines []byte, n int) []byte {
	return bytes.Join(bytes.SplitAfterN(lines, []byte("\n"), n+1)[:n], nil)
}

func writeModel(dir string, c architecture.Config, tensors map[string][]float32, dtype string) error {
	tokenizer, err := byteTokenizer()
	if err != nil {
		return err
	}
	return pretrained.Write(dir, c, tensors, dtype, tokenizer)
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
