package sweep

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Kind is what values a parameter takes. It fixes their Go type.
type Kind string

// The kinds of parameters, with the Go type of their values.
const (
	Integer Kind = "integer" // int
	Number  Kind = "number"  // float64
	Flag    Kind = "flag"    // bool
	Choice  Kind = "choice"  // string, one of Choices
	Path    Kind = "path"    // string: a file, a folder, or "builtin:NAME"
	Subset  Kind = "list"    // []string, some of Choices, each once
)

// Parameter describes one setting of a run: all there is to know to set it,
// to check it and to explain it.
type Parameter struct {
	Name    string // in TOML
	Unit    string // "" where it has none
	Doc     string // one sentence
	Kind    Kind
	Default any      // of the kind's Go type
	Choices []string // what a Choice or a Subset picks from, in canonical order

	// Min and Max bound an Integer or a Number. OpenMin and OpenMax say that
	// the bound itself is not allowed. NaN and infinities never are.
	Min, Max         float64
	OpenMin, OpenMax bool

	// Aliases are names that other programs give the parameter. They are not
	// accepted, only recognised where a name is misspelt.
	Aliases []string

	abbreviation string // starts the value in a run's name; "" is Name
	field        func(*Params) any
}

// Parameters returns every parameter, in the order in which to explain them.
// It is the only place that states names, units, defaults and bounds.
func Parameters() []Parameter {
	return slices.Concat(inputParameters(), adapterParameters(), optimizerParameters(), scheduleParameters())
}

// Projections are the linear layers of a decoder block that LoRA may adapt, in
// the order in which a block applies them.
func Projections() []string {
	return []string{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
}

func inputParameters() []Parameter {
	return []Parameter{
		{
			Name: "model", Kind: Path, Default: "builtin:tiny",
			Doc:     "Frozen base model: builtin:tiny, a Hugging Face folder or a .gguf file.",
			Aliases: []string{"model_name_or_path", "base_model", "checkpoint"},
			field:   func(p *Params) any { return &p.Model },
		},
		{
			Name: "data", Kind: Path, Default: "builtin:menus",
			Doc:     "Training rows: builtin:menus or a .jsonl file.",
			Aliases: []string{"dataset", "train_file"},
			field:   func(p *Params) any { return &p.Data },
		},
		{
			Name: "data_eval", Kind: Path, Default: "",
			Doc:     "Evaluation rows, in place of the held-out ones; \"\" is none.",
			Aliases: []string{"eval_data", "validation_file"},
			field:   func(p *Params) any { return &p.DataEval },
		},
		{
			Name: "holdout", Kind: Number, Default: 0.05, Max: 1, OpenMax: true, Unit: "fraction of rows",
			Doc:     "Share of the rows kept for evaluation, chosen by a hash of each row; 0 is none.",
			Aliases: []string{"val_split", "test_size"},
			field:   func(p *Params) any { return &p.Holdout },
		},
		{
			Name: "adapter", Kind: Path, Default: "",
			Doc:     "Folder of a PEFT adapter to start from; \"\" draws A and sets B to zero.",
			Aliases: []string{"adapter_path"},
			field:   func(p *Params) any { return &p.Adapter },
		},
	}
}

func adapterParameters() []Parameter {
	return []Parameter{
		{
			Name: "method", Kind: Choice, Default: "lora", Choices: []string{"lora", "full"},
			Doc:   "What trains: LoRA factors, or every weight of the model.",
			field: func(p *Params) any { return &p.Method },
		},
		{
			Name: "targets", Kind: Subset, Default: []string{"q_proj", "v_proj"}, Choices: Projections(),
			Doc:     "Projections that LoRA adapts; q and v are the LoRA paper's choice and PEFT's for Llama.",
			Aliases: []string{"target_modules", "lora_target"},
			field:   func(p *Params) any { return &p.Targets },
		},
		{
			Name: "r", Kind: Integer, Default: 8, Min: 1, Max: 65536,
			Doc:     "Rank of the LoRA factors.",
			Aliases: []string{"rank", "lora_r", "lora_rank"},
			field:   func(p *Params) any { return &p.R },
		},
		{
			Name: "alpha", Kind: Number, Default: 16.0, OpenMin: true, Max: math.MaxFloat64,
			Doc:          "LoRA's alpha. 16 is twice the default rank, as in most recipes; PEFT's default is 8.",
			Aliases:      []string{"lora_alpha"},
			abbreviation: "a",
			field:        func(p *Params) any { return &p.Alpha },
		},
		{
			Name: "scaling", Kind: Choice, Default: "alpha/r", Choices: []string{"alpha/r", "alpha/sqrt(r)", "alpha"},
			Doc:     "Factor on B A x: LoRA's, rsLoRA's, or alpha alone.",
			Aliases: []string{"use_rslora", "rslora"},
			field:   func(p *Params) any { return &p.Scaling },
		},
		{
			Name: "init_std", Kind: Number, Default: 0.0, Max: math.MaxFloat64,
			Doc:   "Standard deviation of A at the start, drawn uniformly; 0 is 1/sqrt(3 in), that of PEFT's kaiming_uniform(sqrt 5).",
			field: func(p *Params) any { return &p.InitStd },
		},
	}
}

func optimizerParameters() []Parameter {
	return []Parameter{
		{
			Name: "optimizer", Kind: Choice, Default: "adamw", Choices: []string{"adamw", "adam", "sgd"},
			Doc:     "Optimizer, as PyTorch defines it.",
			Aliases: []string{"optim"},
			field:   func(p *Params) any { return &p.Optimizer },
		},
		{
			Name: "lr", Kind: Number, Default: 1e-3, OpenMin: true, Max: math.MaxFloat64,
			Doc:     "Peak learning rate.",
			Aliases: []string{"learning_rate", "max_lr"},
			field:   func(p *Params) any { return &p.LR },
		},
		{
			Name: "momentum", Kind: Number, Default: 0.0, Max: 1, OpenMax: true,
			Doc:   "Momentum of sgd.",
			field: func(p *Params) any { return &p.Momentum },
		},
		{
			Name: "beta1", Kind: Number, Default: 0.9, Max: 1, OpenMax: true,
			Doc:     "Decay of the first moment of adam and adamw.",
			Aliases: []string{"adam_beta1"},
			field:   func(p *Params) any { return &p.Beta1 },
		},
		{
			Name: "beta2", Kind: Number, Default: 0.999, Max: 1, OpenMax: true,
			Doc:     "Decay of the second moment of adam and adamw.",
			Aliases: []string{"adam_beta2"},
			field:   func(p *Params) any { return &p.Beta2 },
		},
		{
			Name: "eps", Kind: Number, Default: 1e-8, Max: math.MaxFloat64,
			Doc:     "Term added to the denominator of adam and adamw; 0 is allowed, with 0/0 = 0.",
			Aliases: []string{"epsilon", "adam_epsilon"},
			field:   func(p *Params) any { return &p.Eps },
		},
		{
			Name: "weight_decay", Kind: Number, Default: 0.0, Max: math.MaxFloat64,
			Doc:     "Weight decay: decoupled in adamw, added to the gradient in adam and sgd.",
			Aliases: []string{"wd"}, abbreviation: "wd",
			field: func(p *Params) any { return &p.WeightDecay },
		},
		{
			Name: "clip", Kind: Number, Default: 0.0, Max: math.MaxFloat64,
			Doc:     "Largest global gradient norm, above which gradients are scaled down; 0 is no clipping.",
			Aliases: []string{"max_grad_norm", "grad_clip"},
			field:   func(p *Params) any { return &p.Clip },
		},
	}
}

func scheduleParameters() []Parameter {
	return []Parameter{
		{
			Name: "schedule", Kind: Choice, Default: "constant", Choices: []string{"constant", "linear", "cosine"},
			Doc:     "Course of the learning rate after warm-up; linear and cosine end at 0.",
			Aliases: []string{"lr_scheduler_type", "scheduler"},
			field:   func(p *Params) any { return &p.Schedule },
		},
		{
			Name: "warmup", Kind: Integer, Default: 0, Max: 1e9, Unit: "steps",
			Doc:     "Steps over which the learning rate rises linearly from 0 to lr.",
			Aliases: []string{"warmup_steps", "num_warmup_steps"},
			field:   func(p *Params) any { return &p.Warmup },
		},
		{
			Name: "steps", Kind: Integer, Default: 200, Min: 1, Max: 1e9, Unit: "steps",
			Doc:     "Updates of the weights.",
			Aliases: []string{"max_steps", "num_steps", "iterations"},
			field:   func(p *Params) any { return &p.Steps },
		},
		{
			Name: "batch", Kind: Integer, Default: 8, Min: 1, Max: 1e6, Unit: "rows",
			Doc:     "Rows in a step.",
			Aliases: []string{"batch_size", "per_device_train_batch_size"},
			field:   func(p *Params) any { return &p.Batch },
		},
		{
			Name: "seq", Kind: Integer, Default: 192, Min: 2, Max: 1e6, Unit: "tokens",
			Doc:     "Longest row; what exceeds it is cut off.",
			Aliases: []string{"seq_len", "max_length", "max_seq_length", "block_size"},
			field:   func(p *Params) any { return &p.Seq },
		},
		{
			Name: "eval_every", Kind: Integer, Default: 0, Max: 1e9, Unit: "steps",
			Doc:     "Steps between evaluations; 0 evaluates at the start and the end only.",
			Aliases: []string{"eval_steps", "eval_interval"},
			field:   func(p *Params) any { return &p.EvalEvery },
		},
		{
			Name: "shuffle", Kind: Flag, Default: true,
			Doc:   "Whether rows are drawn in an order that seed decides, or taken in file order.",
			field: func(p *Params) any { return &p.Shuffle },
		},
		{
			Name: "seed", Kind: Integer, Default: 0, Max: 1 << 53,
			Doc:          "Decides the initial A and the order of rows.",
			abbreviation: "s",
			field:        func(p *Params) any { return &p.Seed },
		},
		{
			Name: "dtype", Kind: Choice, Default: "float32", Choices: []string{"float32"},
			Doc:     "Type of the frozen weights while training.",
			Aliases: []string{"torch_dtype", "precision"},
			field:   func(p *Params) any { return &p.DType },
		},
	}
}

// LookupParameter returns the parameter of that name. The error of an unknown
// name tells the one it was most likely meant to be.
func LookupParameter(name string) (Parameter, error) {
	all := Parameters()
	if i := slices.IndexFunc(all, func(q Parameter) bool { return q.Name == name }); i >= 0 {
		return all[i], nil
	}
	if known := nearestParameter(name, all); known != "" {
		return Parameter{}, fmt.Errorf("there is no parameter %q; did you mean %q?", name, known)
	}
	return Parameter{}, fmt.Errorf("there is no parameter %q; 'sweep help params' lists them", name)
}

// nearestParameter returns the name that the misspelt one was most likely
// meant to be, or "" if none is near.
func nearestParameter(misspelt string, parameters []Parameter) string {
	var names []string
	aliases := map[string]string{}
	for _, q := range parameters {
		names = append(names, q.Name)
		for _, alias := range q.Aliases {
			aliases[alias] = q.Name
		}
	}
	return nearest(misspelt, names, aliases)
}

// Defaults returns the settings of a run of which nothing is said.
func Defaults() Params {
	var p Params
	for _, q := range Parameters() {
		q.Set(&p, q.Default)
	}
	return p
}

// Value returns the parameter's value in p, of the kind's Go type.
func (q Parameter) Value(p Params) any {
	return reflect.ValueOf(q.field(&p)).Elem().Interface()
}

// Set gives the parameter the value v in p. It panics if v is not of the
// kind's Go type.
func (q Parameter) Set(p *Params, v any) {
	if list, ok := v.([]string); ok {
		v = slices.Clone(list)
	}
	reflect.ValueOf(q.field(p)).Elem().Set(reflect.ValueOf(v))
}

// Allowed says in words which values the parameter takes.
func (q Parameter) Allowed() string {
	switch q.Kind {
	case Integer:
		return "an integer " + q.bounds()
	case Number:
		return "a number " + q.bounds()
	case Flag:
		return "true or false"
	case Choice:
		return oneOf(q.Choices)
	case Subset:
		return "a list of some of " + strings.Join(q.Choices, ", ")
	default:
		return "a path in quotes, or \"builtin:NAME\""
	}
}

// bounds says in words between which values a numeric parameter lies. An upper
// bound that only guards against overflow goes without saying.
func (q Parameter) bounds() string {
	low, high := FormatValue(q.Min), FormatValue(q.Max)
	switch {
	case q.Max >= 1e6 && q.OpenMin:
		return "above " + low
	case q.Max >= 1e6:
		return "of at least " + low
	case q.OpenMax:
		return "of at least " + low + " and below " + high
	default:
		return "from " + low + " to " + high
	}
}

func (q Parameter) inBounds(x float64) bool {
	return x >= q.Min && x <= q.Max && (x != q.Min || !q.OpenMin) && (x != q.Max || !q.OpenMax)
}

// FormatValue writes a parameter's value as people do: numbers exactly, with
// powers of ten below 0.01 and from a million on ("3.16e-3", "0.01", "256"),
// lists with commas.
func FormatValue(v any) string {
	switch v := v.(type) {
	case float64:
		return formatNumber(v)
	case []string:
		return strings.Join(v, ",")
	default:
		return fmt.Sprint(v)
	}
}

func formatNumber(x float64) string {
	plain := strconv.FormatFloat(x, 'f', -1, 64)
	if size := math.Abs(x); x == 0 || math.IsInf(x, 0) || math.IsNaN(x) || size >= 0.01 && size < 1e6 {
		return plain
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'e', -1, 64), "e")
	sign, digits := strings.TrimPrefix(exponent[:1], "+"), strings.TrimLeft(exponent[1:], "0")
	return mantissa + "e" + sign + digits
}

func oneOf(words []string) string {
	if len(words) == 1 {
		return strconv.Quote(words[0])
	}
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}
