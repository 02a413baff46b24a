package pretrained

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"sweep/trainer/tensorfile"
	"sweep/trainer/tokenizer"
)

const (
	tokenizerFile       = "tokenizer.json"
	tokenizerConfigFile = "tokenizer_config.json"
	addedTokensFile     = "added_tokens.json"
)

// Limits of what is read whole, far above what models have: the tokenizer.json
// of a vocabulary of 262,144 tokens has 33 MB, its tokenizer_config.json 1 MB.
const (
	maxTokenizer       = 1 << 28 // bytes
	maxTokenizerConfig = 1 << 24
)

// tokenizerKind is one kind of file that describes a tokenizer.
type tokenizerKind struct {
	file  string
	parse func(data []byte, s tokenizer.Settings) (*tokenizer.Tokenizer, error)
	whole bool // parse needs the settings of tokenizer_config.json
}

// tokenizerKinds are the kinds of files, the first of which that is there counts.
func tokenizerKinds() []tokenizerKind {
	alone := func(parse func([]byte) (*tokenizer.Tokenizer, error)) func([]byte, tokenizer.Settings) (*tokenizer.Tokenizer, error) {
		return func(data []byte, _ tokenizer.Settings) (*tokenizer.Tokenizer, error) { return parse(data) }
	}
	return []tokenizerKind{
		{file: tokenizerFile, parse: alone(tokenizer.Parse)},
		{file: "tekken.json", parse: alone(tokenizer.ParseTekken)},
		{file: "tokenizer.model", parse: tokenizer.ParseModel, whole: true},
	}
}

// openTokenizer finds the folder's tokenizer, which is read when it is asked for.
func (m *Model) openTokenizer(fsys fs.FS) error {
	var names []string
	for _, kind := range tokenizerKinds() {
		f, err := m.open(fsys, kind.file)
		if errors.Is(err, fs.ErrNotExist) {
			names = append(names, kind.file)
			continue
		}
		if err != nil {
			return err
		}
		if m.settings, err = m.openTokenizerConfig(fsys); err != nil {
			return err
		}
		m.tokenizer = func() (*tokenizer.Tokenizer, error) { return m.readTokenizer(f, kind) }
		return m.checkAddedTokens(fsys, kind)
	}
	m.tokenizer = func() (*tokenizer.Tokenizer, error) {
		return nil, fmt.Errorf("%s: it holds no %s; save the model's tokenizer beside it, or use pre-tokenised rows", m.name, strings.Join(names, ", "))
	}
	return nil
}

// openTokenizerConfig reads the folder's tokenizer_config.json, nil if there is
// none.
func (m *Model) openTokenizerConfig(fsys fs.FS) (*tensorfile.File, error) {
	f, err := tensorfile.OpenIn(fsys, m.name, tokenizerConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data, err := f.Content(maxTokenizerConfig)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return tensorfile.InMemory(f.Name(), data), nil
}

// checkAddedTokens refuses a tokenizer whose added tokens stand only where
// transformers 4 wrote them.
func (m *Model) checkAddedTokens(fsys fs.FS, kind tokenizerKind) error {
	if _, err := fs.Stat(fsys, addedTokensFile); err != nil || !kind.whole || m.settings != nil {
		return nil
	}
	return fmt.Errorf("%s: it holds %s beside %s, which is not read without %s; save the tokenizer with transformers, which writes a %s",
		m.name, addedTokensFile, kind.file, tokenizerConfigFile, tokenizerFile)
}

// readTokenizer reads a tokenizer with the settings beside it.
func (m *Model) readTokenizer(f *tensorfile.File, kind tokenizerKind) (*tokenizer.Tokenizer, error) {
	settings, err := m.readSettings()
	if err != nil {
		return nil, err
	}
	data, err := f.Content(maxTokenizer)
	if err != nil {
		return nil, err
	}
	t, err := kind.parse(data, settings)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if m.changed, err = t.Apply(settings); err != nil {
		return nil, fmt.Errorf("%s: %w", m.settings.Name(), err)
	}
	if err := t.CheckSize(m.Config.Vocab); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	m.changed = m.changed || kind.whole
	return t, nil
}

// readSettings reads the tokenizer_config.json, if there is one.
func (m *Model) readSettings() (s tokenizer.Settings, err error) {
	if m.settings == nil {
		return s, nil
	}
	data, err := m.settings.Content(maxTokenizerConfig)
	if err != nil {
		return s, err
	}
	if s, err = tokenizer.ParseSettings(data); err != nil {
		return s, fmt.Errorf("%s: %w", m.settings.Name(), err)
	}
	return s, nil
}

// hashed lists the files that count towards the model's hash.
func (m *Model) hashed() []*tensorfile.File {
	if m.settings == nil {
		return m.files
	}
	if _, err := m.tokenizer(); err != nil || !m.changed {
		return m.files // which train on pre-tokenised rows, too
	}
	return append(slices.Clone(m.files), m.settings)
}
