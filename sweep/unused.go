package sweep

// Unused says why the parameter cannot change a bit of a run of p, neither of
// its curve nor of its adapter: a clause such as "data_eval names the rows to
// evaluate on". It is "" where the parameter can, for some data at least.
func (q Parameter) Unused(p Params) string { return q.unused(&p) }

// Normal returns p with every parameter that is Unused at one value, its default
// as a rule: runs of equal normal forms are one run.
func (e Encoder) Normal(p Params) Params {
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

// What follows says when a parameter is unused. Each returns the reason, or "".

// always is of a parameter that acts in every run.
func always(*Params) string { return "" }

// ofLoRA is of a parameter that only LoRA has.
func ofLoRA(p *Params) string {
	if p.Method == "full" {
		return `method = "full" trains no adapter`
	}
	return ""
}

// ofTheStart is of a parameter that decides how the factors start.
func ofTheStart(p *Params) string {
	if why := ofLoRA(p); why != "" {
		return why
	}
	if p.Adapter != "" {
		return "the factors start as the adapter on disk has them"
	}
	return ""
}

// Seeded reports whether another seed would give another run.
func (p *Params) Seeded() bool { return ofChance(p) == "" }

// ofChance is of the seed.
func ofChance(p *Params) string {
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

// ofHoldout is of the share of rows that is held out.
func ofHoldout(p *Params) string {
	if p.DataEval != "" {
		return "data_eval names the rows to evaluate on"
	}
	return ""
}

// ofEvaluations is of eval_every.
func ofEvaluations(p *Params) string {
	if p.EvalEvery >= p.Steps {
		return "the only evaluations are those at the start and the end"
	}
	return ""
}

// ofUpdates is of a parameter that acts on updates of the weights.
func ofUpdates(p *Params) string {
	switch {
	case p.Steps == 1 && p.Warmup == 1:
		return "the only step is the first of the warm-up, whose learning rate is 0"
	case p.Method != "full" && p.LRA == 0 && p.LRB == 0:
		return "lr_a = lr_b = 0 trains nothing"
	}
	return ""
}

// ofWarmup is of warmup, which may itself be what keeps the weights still.
func ofWarmup(p *Params) string {
	if p.Steps == 1 && p.Warmup == 1 {
		return ""
	}
	return ofUpdates(p)
}

// ofSchedule is of the course of the learning rate, which starts at its peak.
func ofSchedule(p *Params) string {
	if why := ofUpdates(p); why != "" || p.Steps-p.Warmup > 1 {
		return why
	}
	return "fewer than two steps follow the warm-up"
}

// ofOptimizer is of the optimizer's name.
func ofOptimizer(p *Params) string {
	if why := ofUpdates(p); why != "" {
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

// ofSGD is of a parameter that adam and adamw do not have.
func ofSGD(p *Params) string {
	if why := ofUpdates(p); why != "" || p.Optimizer == "sgd" {
		return why
	}
	return "adam and adamw do not have it"
}

// ofAdam is of a parameter that sgd does not have.
func ofAdam(p *Params) string {
	if why := ofUpdates(p); why != "" || p.Optimizer != "sgd" {
		return why
	}
	return "sgd does not have it"
}

// ofBoth is of lr, eps and weight_decay, which LoRA's factors inherit and do not
// read, where is says whether the optimizer reads such a parameter at all.
func ofBoth(is func(*Params) string) func(*Params) string {
	return func(p *Params) string {
		if why := is(p); why != "" || p.Method == "full" {
			return why
		}
		return "A and B each have their own"
	}
}

// ofFactor is of what one factor has to itself, rate being its learning rate;
// nil for that of the rate itself.
func ofFactor(is func(*Params) string, rate func(*Params) float64) func(*Params) string {
	return func(p *Params) string {
		if why := ofLoRA(p); why != "" {
			return why
		}
		if why := is(p); why != "" || rate == nil || rate(p) != 0 {
			return why
		}
		return "its factor does not train, its learning rate being 0"
	}
}

func rateOfA(p *Params) float64 { return p.LRA }
func rateOfB(p *Params) float64 { return p.LRB }

// ofRate is of a factor's learning rate. One of 0 acts: it keeps the factor still.
func ofRate(p *Params) string {
	if p.Steps == 1 && p.Warmup == 1 {
		return ofUpdates(p)
	}
	return ""
}

// whatFactorsHave is the idle value of what LoRA's factors inherit: that of A, or
// of B where A does not train; the default where the optimizer reads none.
func whatFactorsHave(is func(*Params) string, otherwise float64, a, b func(*Params) float64) func(*Params) any {
	return func(p *Params) any {
		switch {
		case is(p) != "":
			return otherwise
		case p.LRA == 0:
			return b(p)
		default:
			return a(p)
		}
	}
}
