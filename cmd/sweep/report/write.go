package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the report's templates, style and script
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	text "text/template"

	"sweep/sweep"
)

//go:embed report.md.tmpl
var markdownReport string

//go:embed report.html.tmpl
var htmlReport string

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

// Markdown writes the report as Markdown, which shows the figures by their paths.
func (r *Report) Markdown(w io.Writer) error {
	t, err := text.New("report").Funcs(text.FuncMap{
		"join": strings.Join, "text": markdown, "code": markdownCode, "fenced": markdownBlock, "image": markdownImage,
	}).Parse(markdownReport)
	if err != nil {
		return err
	}
	return r.write(w, t)
}

// HTML writes the report as a page that loads nothing, with the figures that are
// inside it. Its policy lets a browser run its own style and script, and nothing else.
func (r *Report) HTML(w io.Writer) error {
	policy := "default-src 'none'; img-src data:; style-src " + hashSource(pageStyle) + "; script-src " + hashSource(pageScript) + "; base-uri 'none'; form-action 'none'"
	t, err := template.New("report").Funcs(template.FuncMap{
		"style": func() template.CSS { return template.CSS(pageStyle) }, "script": func() template.JS { return template.JS(pageScript) },
		"policy":   func() string { return policy },
		"copyable": func(what, text string) copyable { return copyable{what, text} },
	}).Parse(htmlReport)
	if err != nil {
		return err
	}
	return r.write(w, t)
}

// copyable is a text with a button that copies it.
type copyable struct{ What, Text string }

// hashSource is what a content security policy calls an element of the page by.
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// executor is a template of text or of HTML.
type executor interface {
	Execute(w io.Writer, data any) error
}

// write executes a template. What sweeps are called and what their grids hold
// cannot steer a terminal: control characters become visible.
func (r *Report) write(w io.Writer, t executor) error {
	var b bytes.Buffer
	if err := t.Execute(&b, r); err != nil {
		return err
	}
	_, err := io.WriteString(w, sweep.Visible(b.String()))
	return err
}
