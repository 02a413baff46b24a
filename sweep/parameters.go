package sweep

import (
	"math"
	"slices"
)

// Parameters returns every parameter, in the order in which to explain them. It is
// the only place that holds their names, units, defaults, bounds and roles.
func Parameters() []Parameter {
	return slices.Concat(inputParameters(), adapterParameters(), optimizerParameters(), scheduleParameters())
}

// Projections are the linear layers of a decoder block that LoRA may adapt, in
// the order in which a block applies them. Phi-3 has the last two in place of those that they
// join.
func Projections() []string {
	return []string{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "qkv_proj", "gate_up_proj"}
}

func inputParameters() []Parameter {
	return []Parameter{
		{
			Name: "model", Kind: KindPath, Default: "builtin:tiny",
			roles: RoleData | RoleInspected | RoleRows,
			Doc: "Frozen base model: builtin:tiny, a Hugging Face folder, a .gguf file or, from the Hugging Face hub, hf:OWNER/NAME, " +
				"with @REVISION behind it if need be, and /FILE.gguf or /FOLDER.",
			Aliases: []string{"model_name_or_path", "base_model", "checkpoint"},
			field:   func(p *Params) any { return &p.Model },
			content: func(in *Inputs) string { return in.Model },
			unused:  never,
		},
		{
			Name: "data", Kind: KindPath, Default: "builtin:menus",
			roles: RoleData | RoleInspected | RoleRows,
			Doc: "Training rows: builtin:menus, builtin:slots, a file of JSON lines, JSON, CSV, TSV or Parquet, a folder of them, a pattern of their names or, " +
				"from the Hugging Face hub, hf:datasets/OWNER/NAME, with @REVISION and /PATH behind it if need be; 'sweep help rows' shows the forms.",
			Aliases: []string{"dataset", "train_file"},
			field:   func(p *Params) any { return &p.Data },
			content: func(in *Inputs) string { return in.Data },
			unused:  never,
		},
		{
			Name: "data_eval", Kind: KindPath, Default: "",
			roles:   RoleData | RoleInspected | RoleRows,
			Doc:     "Evaluation rows, in place of the held-out ones, named as data is; \"\" is none.",
			Aliases: []string{"eval_data", "validation_file"},
			field:   func(p *Params) any { return &p.DataEval },
			content: func(in *Inputs) string { return in.DataEval },
			unused:  never,
		},
		{
			Name: "columns", Kind: KindTexts, Default: Texts(nil), later: true,
			Choices: []string{"prompt", "completion", "text", "messages", "conversations", "instruction", "input", "output", "input_ids", "labels"},
			roles:   RoleData | RoleInspected | RoleRows,
			Doc: "Keys of data and data_eval that stand for those that rows have, as in { prompt = \"question\", completion = \"answer\" }; " +
				"keys that it does not name have their own meaning.",
			Aliases: []string{"column_names", "column_mapping", "field_mapping"},
			field:   func(p *Params) any { return &p.Columns },
			unused:  never,
		},
		{
			Name: "holdout", Kind: KindNumber, Default: 0.05, Max: 1, OpenMax: true, Unit: "fraction of rows",
			roles:   RoleData | RoleInspected | RoleRows,
			Doc:     "Share of the rows kept for evaluation, chosen by a hash of each row; 0 is none.",
			Aliases: []string{"val_split", "test_size"},
			field:   func(p *Params) any { return &p.Holdout },
			unused:  withEvaluationRows,
		},
		{
			Name: "rows", Kind: KindInteger, Default: 0, Max: 1e9, Unit: "rows", later: true,
			roles:   RoleData | RoleInspected | RoleRows,
			Doc:     "How many of the rows to train on, the first ones besides those held out; 0 is all.",
			Aliases: []string{"max_train_samples", "num_samples", "max_samples"},
			field:   func(p *Params) any { return &p.Rows },
			unused:  never,
		},
		{
			Name: "adapter", Kind: KindPath, Default: "",
			roles: RoleData | RoleInspected,
			Doc: "Folder of a PEFT adapter to start from, or hf:OWNER/NAME, with the r, alpha, scaling, targets, patterns and dropout that it was trained with where " +
				"the grid sets none; \"\" starts as init says.",
			Aliases: []string{"adapter_path"},
			field:   func(p *Params) any { return &p.Adapter },
			content: func(in *Inputs) string { return in.Adapter },
			unused:  never,
		},
		{
			Name: "chat_template", Kind: KindPath, Default: "", later: true,
			roles: RoleData | RoleInspected | RoleRows,
			Doc: "Jinja file that renders conversations, in place of the model's own chat template; \"\" is that, or ChatML " +
				"where the model has none but the tokens for it.",
			field:   func(p *Params) any { return &p.ChatTemplate },
			content: func(in *Inputs) string { return in.ChatTemplate },
			unused:  never,
		},
		{
			Name: "loss_on", Kind: KindChoice, Default: "assistant", Choices: []string{"assistant", "last_turn", "all"}, later: true,
			roles: RoleData | RoleInspected | RoleRows,
			Doc: "Which tokens of a row bear a loss: what the assistant says, or the completion; the last message of the assistant only; " +
				"or the prompt, and what others say, too.",
			field:  func(p *Params) any { return &p.LossOn },
			unused: never,
		},
	}
}

func adapterParameters() []Parameter {
	return []Parameter{
		{
			Name: "method", Kind: KindChoice, Default: "lora", Choices: []string{"lora", "full"},
			roles:  RoleData | RoleInspected,
			Doc:    "What trains: LoRA factors, or every weight of the model.",
			field:  func(p *Params) any { return &p.Method },
			unused: never,
		},
		{
			Name: "targets", Kind: KindTargets, Default: []string{"q_proj", "v_proj"}, Choices: Projections(),
			roles: RoleAdapter | RoleInspected | RoleAdopted,
			Doc: "Modules that LoRA adapts, as PEFT's target_modules have them: a list has the ends of their names; a text is \"all-linear\", every " +
				"linear layer but the head, or a regular expression for whole names such as model.layers.0.self_attn.q_proj. q and v are the " +
				"LoRA paper's choice and PEFT's for Llama.",
			Aliases: []string{"target_modules", "lora_target"},
			field:   func(p *Params) any { return &p.Targets },
			unused:  withoutLoRA,
		},
		{
			Name: "r", Kind: KindInteger, Default: 8, Min: 1, Max: 65536,
			roles:   RoleAdapter | RoleInspected | RoleAdopted | RoleScale,
			Doc:     "Rank of the LoRA factors.",
			Aliases: []string{"rank", "lora_r", "lora_rank"},
			field:   func(p *Params) any { return &p.R },
			unused:  withoutLoRA,
		},
		{
			Name: "alpha", Kind: KindNumber, Default: 16.0, OpenMin: true, Max: math.MaxFloat64,
			roles:        RoleAdapter | RoleAdopted | RoleScale | RoleRescaled,
			Doc:          "LoRA's alpha. 16 is twice the default rank, as in most recipes; PEFT's default is 8.",
			Aliases:      []string{"lora_alpha"},
			Abbreviation: "a",
			field:        func(p *Params) any { return &p.Alpha },
			unused:       withoutLoRA,
		},
		{
			Name: "scaling", Kind: KindChoice, Default: "alpha/r", Choices: []string{"alpha/r", "alpha/sqrt(r)", "alpha"},
			roles:   RoleAdapter | RoleAdopted | RoleScale,
			Doc:     "Factor on B A x: LoRA's, rsLoRA's, or alpha alone.",
			Aliases: []string{"use_rslora", "rslora"},
			field:   func(p *Params) any { return &p.Scaling },
			unused:  withoutLoRA,
		},
		{
			Name: "rank_pattern", Kind: KindTable, Default: map[string]float64(nil), Min: 1, Max: 65536, Whole: true, later: true,
			roles:  RoleAdapter | RoleInspected | RoleAdopted,
			Doc:    "Ranks of modules that have another than r, by the ends of their names or regular expressions for these, as in PEFT.",
			field:  func(p *Params) any { return &p.RankPattern },
			unused: withoutLoRA,
		},
		{
			Name: "alpha_pattern", Kind: KindTable, Default: map[string]float64(nil), OpenMin: true, Max: math.MaxFloat64, later: true,
			roles:  RoleAdapter | RoleInspected | RoleAdopted,
			Doc:    "Alphas of modules that have another than alpha, as rank_pattern has ranks.",
			field:  func(p *Params) any { return &p.AlphaPattern },
			unused: withoutLoRA,
		},
		{
			Name: "init", Kind: KindChoice, Default: "kaiming", Choices: []string{"kaiming", "gaussian", "swapped", "both"}, later: true,
			roles: RoleAdapter | RoleInit,
			Doc: "The factors at the start: A of kaiming_uniform(sqrt 5) and B zero; A normal with standard deviation 1/r and B zero; " +
				"A zero and B of kaiming_uniform; both of kaiming_uniform, which starts away from the base model.",
			Aliases: []string{"init_lora_weights"},
			field:   func(p *Params) any { return &p.Init },
			unused:  withoutDraw,
		},
		{
			Name: "init_std", Kind: KindNumber, Default: 0.0, Max: math.MaxFloat64,
			roles:  RoleAdapter | RoleInit | RoleRescaled,
			Doc:    "Standard deviation of what init draws; 0 is init's own, 1/sqrt(3 in) for A of kaiming_uniform.",
			field:  func(p *Params) any { return &p.InitStd },
			unused: withoutDraw,
		},
		{
			Name: "dropout", Kind: KindNumber, Default: 0.0, Max: 1, OpenMax: true, later: true,
			roles:   RoleAdapter | RoleAdopted,
			Doc:     "Probability with which each element of the adapter's input is zeroed in training.",
			Aliases: []string{"lora_dropout"},
			field:   func(p *Params) any { return &p.Dropout },
			unused:  withoutLoRA,
		},
	}
}

func optimizerParameters() []Parameter {
	return []Parameter{
		{
			Name: "optimizer", Kind: KindChoice, Default: "adamw", Choices: []string{"adamw", "adam", "sgd"},
			roles:   RoleStep,
			Doc:     "Optimizer, as PyTorch defines it.",
			Aliases: []string{"optim"},
			field:   func(p *Params) any { return &p.Optimizer },
			unused:  withoutChoice,
		},
		{
			Name: "lr", Kind: KindNumber, Default: 1e-3, OpenMin: true, Max: math.MaxFloat64,
			roles:   RoleStep | RoleRate | RoleRescaled,
			Doc:     "Peak learning rate.",
			Aliases: []string{"learning_rate", "max_lr"},
			field:   func(p *Params) any { return &p.LR },
			unused:  inLoRA(withoutRate),
			idle:    valueOfFactor(withoutRate, 1e-3, func(p *Params) float64 { return p.LRA }, func(p *Params) float64 { return p.LRB }),
		},
		inherited("lr_a", "lr", RoleStep|RoleRate|RoleRescaled, "Peak learning rate of A; 0 freezes it.", ofFactor(withoutRate, nil),
			func(p *Params) any { return &p.LRA }, func(p *Params) any { return p.LR }),
		inherited("lr_b", "lr", RoleStep|RoleRate|RoleRescaled, "Peak learning rate of B; 0 freezes it.", ofFactor(withoutRate, nil),
			func(p *Params) any { return &p.LRB }, func(p *Params) any { return p.LR }),
		{
			Name: "momentum", Kind: KindNumber, Default: 0.0, Max: 1, OpenMax: true,
			roles:  RoleStep,
			Doc:    "Momentum of sgd.",
			field:  func(p *Params) any { return &p.Momentum },
			unused: withoutSGD,
		},
		{
			Name: "nesterov", Kind: KindFlag, Default: false, later: true,
			roles:  RoleStep,
			Doc:    "Whether sgd looks ahead by Nesterov's momentum; wants a momentum above 0.",
			field:  func(p *Params) any { return &p.Nesterov },
			unused: withoutSGD,
		},
		{
			Name: "beta1", Kind: KindNumber, Default: 0.9, Max: 1, OpenMax: true,
			roles:   RoleStep,
			Doc:     "Decay of the first moment of adam and adamw.",
			Aliases: []string{"adam_beta1"},
			field:   func(p *Params) any { return &p.Beta1 },
			unused:  withoutAdam,
		},
		{
			Name: "beta2", Kind: KindNumber, Default: 0.999, Max: 1, OpenMax: true,
			roles:   RoleStep,
			Doc:     "Decay of the second moment of adam and adamw.",
			Aliases: []string{"adam_beta2"},
			field:   func(p *Params) any { return &p.Beta2 },
			unused:  withoutAdam,
		},
		{
			Name: "eps", Kind: KindNumber, Default: 1e-8, Max: math.MaxFloat64,
			roles:   RoleStep | RoleRescaled,
			Doc:     "Term added to the denominator of adam and adamw; 0 is allowed, with 0/0 = 0.",
			Aliases: []string{"epsilon", "adam_epsilon"},
			field:   func(p *Params) any { return &p.Eps },
			unused:  inLoRA(withoutAdam),
			idle:    valueOfFactor(withoutAdam, 1e-8, func(p *Params) float64 { return p.EpsA }, func(p *Params) float64 { return p.EpsB }),
		},
		inherited("eps_a", "eps", RoleStep|RoleRescaled, "Term added to the denominator for A.", ofFactor(withoutAdam, rateOfA),
			func(p *Params) any { return &p.EpsA }, func(p *Params) any { return p.Eps }),
		inherited("eps_b", "eps", RoleStep|RoleRescaled, "Term added to the denominator for B.", ofFactor(withoutAdam, rateOfB),
			func(p *Params) any { return &p.EpsB }, func(p *Params) any { return p.Eps }),
		{
			Name: "weight_decay", Kind: KindNumber, Default: 0.0, Max: math.MaxFloat64,
			roles:   RoleStep | RoleRescaled,
			Doc:     "Weight decay: decoupled in adamw, added to the gradient in adam and sgd.",
			Aliases: []string{"wd"}, Abbreviation: "wd",
			field:  func(p *Params) any { return &p.WeightDecay },
			unused: inLoRA(withoutUpdates),
			idle:   valueOfFactor(withoutUpdates, 0, func(p *Params) float64 { return p.WeightDecayA }, func(p *Params) float64 { return p.WeightDecayB }),
		},
		inherited("weight_decay_a", "weight_decay", RoleStep|RoleRescaled, "Weight decay of A.", ofFactor(withoutUpdates, rateOfA),
			func(p *Params) any { return &p.WeightDecayA }, func(p *Params) any { return p.WeightDecay }),
		inherited("weight_decay_b", "weight_decay", RoleStep|RoleRescaled, "Weight decay of B.", ofFactor(withoutUpdates, rateOfB),
			func(p *Params) any { return &p.WeightDecayB }, func(p *Params) any { return p.WeightDecay }),
		{
			Name: "clip", Kind: KindNumber, Default: 0.0, Max: math.MaxFloat64,
			roles:   RoleStep | RoleRescaled,
			Doc:     "Largest global gradient norm, above which gradients are scaled down; 0 is no clipping.",
			Aliases: []string{"max_grad_norm", "grad_clip"},
			field:   func(p *Params) any { return &p.Clip },
			unused:  withoutUpdates,
		},
	}
}

// inherited is a number of at least 0 that a factor has to itself, and inherits where
// the grid does not set it.
func inherited(name, from string, roles Role, doc string, unused func(*Params) string, field, parent func(*Params) any) Parameter {
	return Parameter{
		Name: name, Kind: KindNumber, Inherits: from, Max: math.MaxFloat64, later: true, roles: roles,
		Doc: doc, field: field, parent: parent, unused: unused,
	}
}

func scheduleParameters() []Parameter {
	return []Parameter{
		{
			Name: "schedule", Kind: KindChoice, Default: "constant", Choices: []string{"constant", "linear", "cosine"},
			roles:   RoleSchedule,
			Doc:     "Course of the learning rate after warm-up; linear and cosine end at 0.",
			Aliases: []string{"lr_scheduler_type", "scheduler"},
			field:   func(p *Params) any { return &p.Schedule },
			unused:  withoutSchedule,
		},
		{
			Name: "warmup", Kind: KindInteger, Default: 0, Max: 1e9, Unit: "steps",
			roles:   RoleSchedule,
			Doc:     "Steps over which the learning rate rises linearly from 0 to lr.",
			Aliases: []string{"warmup_steps", "num_warmup_steps"},
			field:   func(p *Params) any { return &p.Warmup },
			unused:  withoutWarmup,
		},
		{
			Name: "warmup_ratio", Kind: KindNumber, Default: 0.0, Max: 1, Decides: "warmup", later: true, Unit: "of the steps",
			roles:   RoleSchedule,
			Doc:     "Share of the steps over which the learning rate rises, in place of warmup, which is then warmup_ratio * steps, rounded up.",
			Aliases: []string{"warmup_fraction", "warmup_proportion"},
			field:   func(p *Params) any { return &p.WarmupRatio },
			unused:  decided("warmup"),
		},
		{
			Name: "steps", Kind: KindInteger, Default: 200, Min: 1, Max: 1e9, Unit: "steps",
			roles:   RoleSchedule,
			Doc:     "Updates of the weights.",
			Aliases: []string{"max_steps", "num_steps", "iterations"},
			field:   func(p *Params) any { return &p.Steps },
			unused:  never,
		},
		{
			Name: "epochs", Kind: KindNumber, Default: 0.0, Max: 1e6, Decides: "steps", later: true, Unit: "times the rows",
			roles: RoleSchedule,
			Doc: "How often to go through the rows to train on, in place of steps, which is then epochs * rows / (batch * accumulate), rounded up; " +
				"with packing, rows are sequences.",
			Aliases: []string{"num_train_epochs", "num_epochs", "n_epochs", "max_epochs"},
			field:   func(p *Params) any { return &p.Epochs },
			unused:  decided("steps"),
		},
		{
			Name: "batch", Kind: KindInteger, Default: 8, Min: 1, Max: 1e6, Unit: "rows",
			roles:   RoleData | RoleInspected,
			Doc:     "Rows in a pass, and so in a step where accumulate is 1; with packing, sequences of rows.",
			Aliases: []string{"batch_size", "per_device_train_batch_size"},
			field:   func(p *Params) any { return &p.Batch },
			unused:  never,
		},
		{
			Name: "accumulate", Kind: KindInteger, Default: 1, Min: 1, Max: 1e6, Unit: "passes", later: true,
			roles: RoleData,
			Doc: "Passes in a step, whose gradients add up: a step trains on batch * accumulate rows, in the memory of batch, and its loss is the " +
				"mean over the counted tokens of them all.",
			Aliases: []string{"gradient_accumulation_steps", "grad_accum", "accumulate_grad_batches", "gradient_accumulation"},
			field:   func(p *Params) any { return &p.Accumulate },
			unused:  never,
		},
		{
			Name: "packing", Kind: KindFlag, Default: false, later: true,
			roles: RoleData | RoleInspected | RoleRows,
			Doc: "Whether rows to train on are put together to sequences of at most seq tokens, of which a pass has batch: whole rows, as TRL's " +
				"strategy bfd packs them. A row attends to itself alone, as without.",
			field:  func(p *Params) any { return &p.Packing },
			unused: never,
		},
		{
			Name: "seq", Kind: KindInteger, Default: 192, Min: 2, Max: 1e6, Unit: "tokens",
			roles:   RoleData | RoleInspected | RoleRows,
			Doc:     "Tokens that a row may have; long says what becomes of one that has more.",
			Aliases: []string{"seq_len", "max_length", "max_seq_length", "block_size"},
			field:   func(p *Params) any { return &p.Seq },
			unused:  never,
		},
		{
			Name: "long", Kind: KindChoice, Default: "cut", Choices: []string{"cut", "skip", "refuse"}, later: true,
			roles: RoleData | RoleInspected | RoleRows,
			Doc: "What becomes of rows of more than seq tokens: they are cut to seq, or skipped, or refused before anything trains. " +
				"Rows without a token that counts, or whose tokens that count are all cut off, are skipped, or refused.",
			Aliases: []string{"truncation", "overflow"},
			field:   func(p *Params) any { return &p.Long },
			unused:  never,
		},
		{
			Name: "eval_every", Kind: KindInteger, Default: 0, Max: 1e9, Unit: "steps",
			roles:   RoleSchedule,
			Doc:     "Steps between evaluations; 0 evaluates at the start and the end only.",
			Aliases: []string{"eval_steps", "eval_interval"},
			field:   func(p *Params) any { return &p.EvalEvery },
			unused:  withoutEvaluations,
		},
		{
			Name: "eval", Kind: KindSubset, Default: []string{"loss"}, Choices: []string{"loss", "match"}, later: true,
			roles: RoleSchedule | RoleInspected,
			Doc: "What evaluations measure: the loss and, with \"match\", the share of the held-out rows whose completion greedy decoding " +
				"from the prompt gives token for token, up to its end. The loss is always measured.",
			Aliases: []string{"metrics", "eval_metrics", "compute_metrics"},
			field:   func(p *Params) any { return &p.Eval },
			unused:  never,
		},
		{
			Name: "shuffle", Kind: KindFlag, Default: true,
			roles:  RoleData,
			Doc:    "Whether rows are drawn in an order that seed decides, or taken in file order.",
			field:  func(p *Params) any { return &p.Shuffle },
			unused: never,
		},
		{
			Name: "seed", Kind: KindInteger, Default: 0, Max: MaxWhole,
			roles:        RoleData | RoleSeed,
			Doc:          "Decides the initial factors, the order of rows and what dropout drops.",
			Abbreviation: "s",
			field:        func(p *Params) any { return &p.Seed },
			unused:       withoutChance,
		},
		{
			Name: "dtype", Kind: KindChoice, Default: "float32", Choices: []string{"float32", "bfloat16", "int8", "int4", "nf4"},
			roles: RoleData | RoleInspected,
			Doc: "Type of the frozen weight matrices while training. \"bfloat16\" rounds them, and what is multiplied by them, to bfloat16. " +
				"The others keep the projections in blocks of a scale and 8 or 4 bits an element, and round what they stand for to bfloat16 as it is multiplied by: " +
				"\"int8\" as Q8_0, \"int4\" as Q4_0, those of a GGUF file as they are where it has 5, 6 or 8 bits, or 4 to 6; \"nf4\" as QLoRA's NormalFloat. " +
				"The embedding and the head are in bfloat16 then, or in the blocks of a GGUF file. Everything else is in float32 whatever it is: sums, the residual stream, norms, attention, LoRA factors and their products, the optimizer. " +
				"method = \"full\" wants \"float32\".",
			Aliases: []string{"torch_dtype", "precision"},
			field:   func(p *Params) any { return &p.DType },
			unused:  never,
		},
	}
}
