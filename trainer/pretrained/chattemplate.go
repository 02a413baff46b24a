package pretrained

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"sweep/sweep/regular"
	"sweep/trainer/tensorfile"
)

// ChatTemplate is the chat template that stands beside a model.
type ChatTemplate struct {
	Name    string            // the file, for messages
	Sources map[string]string // in Jinja, by the templates' names, such as "default"; empty where the model has none
}

// ChatTemplate reads the model's chat template: of a Hugging Face folder from
// chat_template.jinja and additional_chat_templates, or else from
// tokenizer_config.json, as transformers does; of a GGUF file from its metadata. It
// is no part of Hash.
func (m *Model) ChatTemplate() (ChatTemplate, error) { return m.chatTemplate() }

const (
	templateFile     = "chat_template.jinja"
	toolTemplateFile = "additional_chat_templates/tool_use.jinja"
	defaultTemplate  = "default"
	toolTemplate     = "tool_use" // the one that transformers takes for conversations with tools

	maxTemplate = 1 << 22 // bytes
)

// ReadChatTemplate reads the chat template of a Hugging Face folder, which messages
// call folder.
func ReadChatTemplate(fsys fs.FS, folder string) (t ChatTemplate, err error) {
	t.Sources = map[string]string{}
	if err := t.readFiles(fsys, folder); err != nil || len(t.Sources) > 0 {
		return t, err
	}
	config, name, err := optional(fsys, folder, tokenizerConfigFile, maxTokenizerConfig)
	if err != nil || config == nil {
		return t, err
	}
	var fields struct {
		ChatTemplate json.RawMessage `json:"chat_template"`
	}
	t.Name = name
	if err = tensorfile.DecodeJSON(config, "a tokenizer's configuration", &fields); err == nil {
		t.Sources, err = configured(fields.ChatTemplate)
	}
	if err != nil {
		return t, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

// optional reads a file, nil if there is none.
func optional(fsys fs.FS, folder, base string, limit int64) (content []byte, name string, err error) {
	f, err := tensorfile.OpenIn(fsys, folder, base)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	content, err = f.Content(limit)
	return content, f.Name(), errors.Join(err, f.Close())
}

// readFiles reads the templates that have files of their own.
func (t *ChatTemplate) readFiles(fsys fs.FS, folder string) error {
	for _, f := range []struct{ form, base string }{{defaultTemplate, templateFile}, {toolTemplate, toolTemplateFile}} {
		content, name, err := optional(fsys, folder, f.base, maxTemplate)
		if err != nil {
			return err
		}
		if content == nil {
			continue
		}
		if len(t.Sources) == 0 {
			t.Name = name
		}
		t.Sources[f.form] = string(content)
	}
	return nil
}

// ReadFile puts the template of a file in the place of the model's own. It returns
// the SHA-256, in hex, over the file.
func (t *ChatTemplate) ReadFile(path string) (hash string, err error) {
	content, err := regular.Read(path, maxTemplate)
	if err != nil {
		return "", err
	}
	t.Name, t.Sources = path, map[string]string{defaultTemplate: string(content)}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// configured reads the chat_template of a tokenizer_config.json: a template, or a
// list of templates with names.
func configured(raw json.RawMessage) (map[string]string, error) {
	var one *string
	var named []struct{ Name, Template string }
	sources := map[string]string{}
	switch {
	case raw == nil:
	case json.Unmarshal(raw, &one) == nil:
		if one != nil {
			sources[defaultTemplate] = *one
		}
	case json.Unmarshal(raw, &named) == nil:
		for _, n := range named {
			sources[n.Name] = n.Template
		}
	default:
		return nil, errors.New("chat_template is neither a text nor a list of {\"name\", \"template\"}")
	}
	return sources, nil
}

// ggufTemplate is the key of a template, and the beginning of those that have names.
const ggufTemplate = "tokenizer.chat_template"

// ggufChatTemplate reads the chat template in the metadata of a GGUF file.
func ggufChatTemplate(m *tensorfile.Fields, name string) (ChatTemplate, error) {
	t := ChatTemplate{Name: name + ", " + ggufTemplate, Sources: map[string]string{}}
	if m.Has(ggufTemplate) {
		t.Sources[defaultTemplate] = m.Text(ggufTemplate)
	}
	if list := ggufTemplate + "s"; m.Has(list) {
		for _, form := range m.Texts(list) {
			t.Sources[form] = m.Text(ggufTemplate + "." + form)
		}
	}
	if err := m.Err(); err != nil {
		return t, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}
