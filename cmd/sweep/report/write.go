package report

import (
	"bytes"
	_ "embed" // the report's templates
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
// inside it.
func (r *Report) HTML(w io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{"join": strings.Join}).Parse(htmlReport)
	if err != nil {
		return err
	}
	return r.write(w, t)
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
