package trainer

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"sweep/sweep"
	"sweep/trainer/adapter"
	"sweep/trainer/builtin"
	"sweep/trainer/chattemplate"
	"sweep/trainer/data"
	"sweep/trainer/hub"
	"sweep/trainer/pretrained"
	"sweep/trainer/tokenizer"
)

// base is a model, with what all runs on it share.
type base struct {
	*pretrained.Model
	hash    string
	weights memo[string, *frozen] // by dtype

	matrices []matrix
}

// frozen reads the weights as a dtype has them, once.
func (b *base) frozen(name string) (*frozen, error) {
	return b.weights.get(name, func() (*frozen, error) { return readFrozen(&memory{}, b.Model, dtypes[name]) })
}

// shared is the bytes that the frozen weights take as a dtype has them.
func (b *base) shared(name string) (int64, error) {
	m := &memory{countOnly: true}
	_, err := readFrozen(m, b.Model, dtypes[name])
	return int64(m.bytes), err
}

// rowsKey is all that the examples of a run depend on.
type rowsKey struct {
	model, data, dataEval string
	columns               string // of the parameter, canonical
	holdout               float64
	rows, seq             int
	long                  string
	template, loss        string
	packing               bool
}

type templateKey struct{ model, file string }

// chatTemplate is what renders conversations.
type chatTemplate struct {
	*chattemplate.Template
	hash string // of the file, "" if it is the model's own
}

// examples are tokenised rows.
type examples struct {
	train, eval        []data.Example
	packed             [][]int // rows of train by the sequence that they are in; nil where they are not packed
	trained, evaluated float64 // tokens
	hash, hashOfEval   string  // hashOfEval is "" where rows are held out of data
	summary            sweep.RowSummary
	notes              []string // how tokenising them differs from version 1 of the arithmetic
	unread             []string // what was read of neither the files nor the rows
}

type adapterKey struct{ model, dir string }

type startingAdapter struct {
	*adapter.Adapter
	hash string
}

// Inspect reads everything that a run of p would read and reports all that is
// wrong with it.
func (t *Trainer) Inspect(p sweep.Params) (sweep.Inputs, error) {
	b, err := t.base(p.Model)
	if err != nil {
		return sweep.Inputs{}, err
	}
	rows, errRows := t.examples(b, p)
	if errRows == nil {
		errRows = rows.checkPrompts(p)
	}
	targets, errTargets := adaptedModules(b.Config, p)
	if errTargets != nil {
		errTargets = fmt.Errorf("model %s: %w", p.Model, errTargets)
	}
	start, errStart := t.start(b, p, targets)
	if err := errors.Join(t.checkWeights(b, p), errRows, errTargets, errStart); err != nil {
		return sweep.Inputs{}, err
	}
	in := sweep.Inputs{
		Model: b.hash, Data: rows.hash, DataEval: rows.hashOfEval, Numerics: numerics(b, rows, p),
		Targets: targets.spelling(b.Config, p),
	}
	if start != nil {
		in.Adapter = start.hash
	}
	if p.ChatTemplate != "" {
		template, err := t.template(b, p)
		if err != nil {
			return sweep.Inputs{}, err
		}
		in.ChatTemplate = template.hash
	}
	return in, nil
}

// checkWeights reads every weight once.
func (t *Trainer) checkWeights(b *base, p sweep.Params) error {
	if limit := b.Config.MaxPositions; limit > 0 && p.Seq > limit {
		return fmt.Errorf("seq = %d: model %s has %d positions; choose seq <= %d", p.Seq, p.Model, limit, limit)
	}
	if p.Method == "full" && p.DType != "float32" {
		return fmt.Errorf("dtype = %q: method \"full\" trains the weights, which are in float32; use method \"lora\" or dtype \"float32\"", p.DType)
	}
	_, err := b.frozen(p.DType)
	return err
}

// read reads the model and the rows of a run.
func (t *Trainer) read(p sweep.Params) (*base, *examples, error) {
	b, err := t.base(p.Model)
	if err != nil {
		return nil, nil, err
	}
	rows, err := t.examples(b, p)
	return b, rows, err
}

// base opens a model; see openModel.
func (t *Trainer) base(name string) (*base, error) {
	return t.models.get(name, func() (*base, error) {
		c, err := t.openModel(name)
		if err != nil {
			return nil, err
		}
		b := newBase(c)
		b.hash, err = c.Hash()
		return b, err
	})
}

// newBase is a model without its hash.
func newBase(c *pretrained.Model) *base { return &base{Model: c, matrices: matricesOf(c.Config)} }

func openBuiltin(name string) (*pretrained.Model, error) {
	files, ok := builtin.Model()
	if name != "tiny" || !ok {
		return nil, fmt.Errorf("model %q: there is no such built-in model; there is builtin:tiny", "builtin:"+name)
	}
	return pretrained.OpenFS(files, "builtin:"+name)
}

// examples reads and tokenises the rows of a run.
func (t *Trainer) examples(b *base, p sweep.Params) (*examples, error) {
	key := rowsKey{p.Model, p.Data, p.DataEval, sweep.FormatValue(p.Columns), p.Holdout, p.Rows, p.Seq, p.Long, p.ChatTemplate, p.LossOn, p.Packing}
	return t.rows.get(key, func() (*examples, error) {
		columns := data.Columns(p.Columns.Map())
		all, err := t.readRows(p.Data, columns)
		if err == nil {
			err = columns.Check(all)
		}
		if err != nil {
			return nil, err
		}
		e := &examples{unread: all.Notes()}
		var train, eval *data.Rows
		if p.DataEval != "" {
			train = all
			if eval, err = t.readRows(p.DataEval, columns); err == nil && columns.Match(eval) {
				err = columns.Check(eval)
			}
			if err != nil {
				return nil, err
			}
			if e.hashOfEval, err = t.hashOf(b, p, eval); err != nil {
				return nil, err
			}
			e.unread = append(e.unread, eval.Notes()...)
		} else if train, eval, err = all.Split(p.Holdout); err != nil {
			return nil, fmt.Errorf("data %s: %w", p.Data, err)
		}
		if e.hash, err = t.hashOf(b, p, all); err != nil {
			return nil, err
		}
		return e, t.encode(e, b, train, eval, p)
	})
}

// hashOf is the identity of rows, and of the template that renders conversations.
func (t *Trainer) hashOf(b *base, p sweep.Params, rows *data.Rows) (string, error) {
	if rows.Conversations() == 0 {
		return rows.Hash(), nil
	}
	template, err := t.template(b, p)
	if err != nil {
		return "", err
	}
	return rows.HashBy(template.Template), nil
}

// encode tokenises the rows of a run.
func (t *Trainer) encode(e *examples, b *base, train, eval *data.Rows, p sweep.Params) error {
	encoder, around := b.encoder()
	o := t.rowOptions(b, p)
	trained, err := train.Encode(encoder, o)
	if err != nil {
		return fmt.Errorf("rows to train on: %w", err)
	}
	o.First = 0
	evaluated, err := eval.Encode(encoder, o)
	if err != nil {
		return fmt.Errorf("rows to evaluate on: %w", err)
	}
	e.train, e.eval = trained.Examples, evaluated.Examples
	e.trained, e.evaluated = size(e.train), size(e.eval)
	e.notes = b.rowNotes(slices.Concat(e.train, e.eval), around)
	e.unread = slices.Concat(e.unread, trained.Notes, evaluated.Notes)
	e.summary = summary(trained, evaluated)
	if p.Packing {
		e.packed = data.Pack(e.train, p.Seq)
		e.summary.Sequences = len(e.packed)
		e.summary.Filled = e.trained / float64(len(e.packed)*p.Seq)
	}
	notes, err := t.templateNotes(b, p, train.Conversations()+eval.Conversations())
	e.unread = append(e.unread, notes...)
	return err
}

// rowOptions are how a run wants its examples.
func (t *Trainer) rowOptions(b *base, p sweep.Params) data.Options {
	_, around := b.encoder()
	return data.Options{
		Seq: p.Seq, Long: data.Long(p.Long), First: p.Rows, Before: around.Before, After: around.After, Vocab: b.Config.Vocab, Loss: data.Loss(p.LossOn),
		Template: func() (*chattemplate.Template, error) {
			template, err := t.template(b, p)
			return template.Template, err
		},
	}
}

// templateNotes says what a person may not expect of how conversations are rendered.
func (t *Trainer) templateNotes(b *base, p sweep.Params, conversations int) (notes []string, err error) {
	if conversations == 0 {
		if p.ChatTemplate != "" {
			notes = append(notes, fmt.Sprintf("chat_template %s: no row is a conversation, so it renders nothing", p.ChatTemplate))
		}
		if p.LossOn == string(data.LastTurn) {
			notes = append(notes, fmt.Sprintf("loss_on = %q: no row is a conversation, so it is the completion", p.LossOn))
		}
		return notes, nil
	}
	template, err := t.template(b, p)
	if err == nil && template.ReadsDate() {
		notes = append(notes, fmt.Sprintf("%s asks for today's date; it is given %s, whatever the day", template.Name(), chattemplate.Date.Format("2 January 2006")))
	}
	return notes, err
}

// template reads what renders conversations: the file that is named, the model's own
// chat template, or ChatML where there is neither.
func (t *Trainer) template(b *base, p sweep.Params) (chatTemplate, error) {
	return t.templates.get(templateKey{p.Model, p.ChatTemplate}, func() (chatTemplate, error) {
		own, err := b.ChatTemplate()
		if err != nil {
			return chatTemplate{}, err
		}
		named := ""
		if p.ChatTemplate != "" {
			if named, err = own.ReadFile(p.ChatTemplate); err != nil {
				return chatTemplate{}, fmt.Errorf("chat_template: %w", err)
			}
		}
		if len(own.Sources) == 0 {
			return chatTemplate{Template: chattemplate.ChatML()}, nil
		}
		k, err := b.Tokenizer()
		if err != nil {
			return chatTemplate{}, err
		}
		read, err := chattemplate.New(own.Name, own.Sources, chattemplate.TokensOf(k.Role), specialTokens(k))
		return chatTemplate{read, named}, err
	})
}

// specialTokens are the texts of the tokens that steer a model.
func specialTokens(k *tokenizer.Tokenizer) (texts []string) {
	for id := range int32(k.Size()) {
		if text, ok := k.Token(id); ok && k.IsSpecial(id) {
			texts = append(texts, text)
		}
	}
	return texts
}

// units is how many rows, or sequences of packed rows, there are to train on.
func (e *examples) units() int {
	if e.packed != nil {
		return len(e.packed)
	}
	return len(e.train)
}

// rows returns the rows of some of the units.
func (e *examples) rows(units []int) []data.Example {
	if e.packed != nil {
		var all []int
		for _, unit := range units {
			all = append(all, e.packed[unit]...)
		}
		units = all
	}
	rows := make([]data.Example, len(units))
	for i, row := range units {
		rows[i] = e.train[row]
	}
	return rows
}

// encoder returns what tokenises text for a model, and the tokens around a text:
// those of the tokenizer's template, and EOS after the text if the template has
// nothing there, as most have not.
func (b *base) encoder() (data.Encoder, tokenizer.Template) {
	t, err := b.Tokenizer()
	if err != nil {
		return noTokenizer{err}, tokenizer.Template{}
	}
	around := t.Template()
	if len(around.After) == 0 {
		around.After = only(b.Config.EOS)
	}
	return t, around
}

// only returns a token as a list, an empty one for -1.
func only(token int) []int32 {
	if token < 0 {
		return nil
	}
	return []int32{int32(token)}
}

// noTokenizer is the encoder of a model without a tokenizer, which trains on
// pre-tokenised rows only.
type noTokenizer struct{ err error }

func (n noTokenizer) Encode(string) ([]int32, error) { return nil, n.err }

// start reads the adapter that a run with these targets starts from, nil if its factors
// are drawn.
func (t *Trainer) start(b *base, p sweep.Params, targets adapted) (*startingAdapter, error) {
	if p.Adapter == "" {
		return nil, nil
	}
	if p.Method != "lora" {
		return nil, fmt.Errorf("adapter %s: method %q trains no adapter; leave adapter out or use method \"lora\"", p.Adapter, p.Method)
	}
	a, err := t.adapters.get(adapterKey{p.Model, p.Adapter}, func() (*startingAdapter, error) {
		dir, err := t.place(p.Adapter)
		if err != nil {
			return nil, err
		}
		a, err := adapter.Read(dir, b.Config)
		if err != nil {
			return nil, hub.Hint(err, p.Adapter, hub.Adapter)
		}
		hash, err := adapter.Hash(dir)
		return &startingAdapter{a, hash}, err
	})
	if err != nil {
		return nil, err
	}
	if a.R != p.R {
		return nil, fmt.Errorf("adapter %s has r = %d, the run r = %d; they must be equal: leave r out, and the run has the adapter's", filepath.Base(p.Adapter), a.R, p.R)
	}
	for _, module := range targets.names() {
		f, ok := a.Factors[module]
		switch {
		case !ok:
			return nil, fmt.Errorf("adapter %s has no factors for %s; it has those of %s", filepath.Base(p.Adapter), module, strings.Join(a.Targets, ", "))
		case f.R != targets[module].R:
			return nil, fmt.Errorf("adapter %s has r = %d for %s, the run r = %d; leave r and rank_pattern out, and the run has the adapter's", filepath.Base(p.Adapter), f.R, module, targets[module].R)
		}
	}
	return a, nil
}

// Adapter returns the settings that an adapter on disk was trained with; see
// sweep.Inspector.
func (t *Trainer) Adapter(name string) (sweep.AdapterSettings, error) {
	dir, err := t.place(name)
	if err != nil {
		return sweep.AdapterSettings{}, err
	}
	a, err := adapter.ReadSettings(dir)
	if err != nil {
		return sweep.AdapterSettings{}, hub.Hint(err, name, hub.Adapter)
	}
	scaling := "alpha/r"
	if a.RSLoRA {
		scaling = "alpha/sqrt(r)"
	}
	return sweep.AdapterSettings{
		R: a.R, Alpha: a.Alpha, Scaling: scaling, Targets: a.Targets, Dropout: a.Dropout,
		RankPattern: a.RankPattern, AlphaPattern: a.AlphaPattern,
	}, nil
}

// memo computes the value of each key once, when it is first asked for.
type memo[K comparable, V any] struct {
	mu     sync.Mutex
	values map[K]func() (V, error)
}

func (m *memo[K, V]) get(key K, compute func() (V, error)) (V, error) {
	m.mu.Lock()
	if m.values == nil {
		m.values = map[K]func() (V, error){}
	}
	value, ok := m.values[key]
	if !ok {
		value = sync.OnceValues(compute)
		m.values[key] = value
	}
	m.mu.Unlock()
	return value()
}
