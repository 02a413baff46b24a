package sweep

// Unused says why the parameter cannot change a bit of the curve or the adapter of
// a run of p, as a clause such as "data_eval names the rows to evaluate on". It is
// "" where the parameter can change one, for some data at least.
func (q Parameter) Unused(p Params) string {
	if p.Command != nil {
		return "" // who knows what a command does with it
	}
	return q.unused(&p)
}

// Normal returns p in its normal form: every parameter that is Unused has one
// value there, in most cases its default. Runs of equal normal forms are one run.
func (e Encoder) Normal(p Params) Params {
	if p.Command != nil {
		return p
	}
	n := p
	for i := range e.all {
		q := &e.all[i] // which is large, and this is done for every cell
		if q.unused(&p) == "" {
			continue
		}
		v := q.Default
		switch {
		case q.idle != nil:
			v = q.idle(&p)
		case q.parent != nil:
			v = q.parent(&n)
		}
		if !equals(q.field(&n), v) {
			q.Set(&n, v)
		}
	}
	return n
}

// What follows are the rules for Parameter.unused. Each returns why the parameters
// that have the rule are unused in p, or "" where they are used.

// never is the rule of parameters that act in every run.
func never(*Params) string { return "" }

// decided is the rule of parameters that another one's value was worked out from.
func decided(name string) func(*Params) string {
	return func(*Params) string { return name + " has the number that it comes to" }
}

// withoutLoRA is the rule of parameters that only LoRA has.
func withoutLoRA(p *Params) string {
	if p.Method == "full" {
		return `method = "full" trains no adapter`
	}
	return ""
}

// withoutDraw is the rule of parameters that decide how the factors are drawn.
func withoutDraw(p *Params) string {
	if why := withoutLoRA(p); why != "" {
		return why
	}
	if p.Adapter != "" {
		return "the factors start as the adapter on disk has them"
	}
	return ""
}

// Seeded reports whether another seed would give another run.
func (p *Params) Seeded() bool { return withoutChance(p) == "" }

// withoutChance is the rule of the seed.
func withoutChance(p *Params) string {
	switch {
	case p.Shuffle:
		return ""
	case p.Method == "full":
		return `nothing is drawn, as method = "full" starts at the model and rows come in file order`
	case p.Adapter != "" && p.Dropout == 0:
		return "nothing is drawn, as the factors are those of the adapter on disk, rows come in file order and there is no dropout"
	}
	return ""
}

// withEvaluationRows is the rule of the share of rows that is held out.
func withEvaluationRows(p *Params) string {
	if p.DataEval != "" {
		return "data_eval names the rows to evaluate on"
	}
	return ""
}

// withoutEvaluations is the rule of eval_every.
func withoutEvaluations(p *Params) string {
	if p.EvalEvery >= p.Steps {
		return "the only evaluations are those at the start and the end"
	}
	return ""
}

// withoutUpdates is the rule of parameters that act on the updates of the weights.
func withoutUpdates(p *Params) string {
	switch {
	case p.Steps == 1 && p.Warmup == 1:
		return "the only step is the first of the warm-up, whose learning rate is 0"
	case p.Method != "full" && p.LRA == 0 && p.LRB == 0:
		return "lr_a = lr_b = 0 trains nothing"
	}
	return ""
}

// withoutWarmup is the rule of warmup: where it is what keeps the weights as they
// are, another value would change that.
func withoutWarmup(p *Params) string {
	if p.Steps == 1 && p.Warmup == 1 {
		return ""
	}
	return withoutUpdates(p)
}

// withoutSchedule is the rule of the schedule: it sets the learning rate of the
// steps after the warm-up, but the first of them, which is at the peak.
func withoutSchedule(p *Params) string {
	if why := withoutUpdates(p); why != "" || p.Steps-p.Warmup > 1 {
		return why
	}
	return "fewer than two steps follow the warm-up"
}

// withoutChoice is the rule of the optimizer's name, adam and adamw being one
// where weights do not decay.
func withoutChoice(p *Params) string {
	if why := withoutUpdates(p); why != "" {
		return why
	}
	decays := p.WeightDecayA != 0 && p.LRA != 0 || p.WeightDecayB != 0 && p.LRB != 0
	if p.Method == "full" {
		decays = p.WeightDecay != 0
	}
	if p.Optimizer == "adam" && !decays {
		return "without weight decay adam is adamw"
	}
	return ""
}

// withoutSGD is the rule of parameters that adam and adamw do not have.
func withoutSGD(p *Params) string {
	if why := withoutUpdates(p); why != "" || p.Optimizer == "sgd" {
		return why
	}
	return "adam and adamw do not have it"
}

// withoutAdam is the rule of parameters that sgd does not have.
func withoutAdam(p *Params) string {
	if why := withoutUpdates(p); why != "" || p.Optimizer != "sgd" {
		return why
	}
	return "sgd does not have it"
}

// inLoRA is the rule of lr, eps and weight_decay, whose values the factors of LoRA
// inherit and then have to themselves. Rule is that of such a parameter otherwise.
func inLoRA(rule func(*Params) string) func(*Params) string {
	return func(p *Params) string {
		if why := rule(p); why != "" || p.Method == "full" {
			return why
		}
		return "A and B each have their own"
	}
}

// ofFactor is the rule of a parameter that one factor has to itself. Rule is that of
// such a parameter whichever factor has it. Rate is the learning rate of the factor,
// nil where the parameter is that rate itself.
func ofFactor(rule func(*Params) string, rate func(*Params) float64) func(*Params) string {
	return func(p *Params) string {
		if why := withoutLoRA(p); why != "" {
			return why
		}
		if why := rule(p); why != "" || rate == nil || rate(p) != 0 {
			return why
		}
		return "its factor does not train, its learning rate being 0"
	}
}

func rateOfA(p *Params) float64 { return p.LRA }
func rateOfB(p *Params) float64 { return p.LRB }

// withoutRate is the rule of learning rates. A rate of 0 is used: it keeps the
// factor as it is.
func withoutRate(p *Params) string {
	if p.Steps == 1 && p.Warmup == 1 {
		return withoutUpdates(p)
	}
	return ""
}

// valueOfFactor is the idle value of a parameter that LoRA's factors inherit: the
// value of A, or of B where A does not train, and otherwise where the rule says
// that neither is used.
func valueOfFactor(rule func(*Params) string, otherwise float64, a, b func(*Params) float64) func(*Params) any {
	return func(p *Params) any {
		switch {
		case rule(p) != "":
			return otherwise
		case p.LRA == 0:
			return b(p)
		default:
			return a(p)
		}
	}
}
