package serve

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// pages are the templates of the pages.
func pages() *template.Template {
	return template.Must(template.ParseFS(assets, "assets/*.tmpl"))
}

// assetsHash names the content of all scripts and styles, so that browsers may keep them.
func assetsHash() string {
	h := sha256.New()
	files, _ := fs.Glob(assets, "assets/*") // the pattern is right
	for _, name := range files {
		text, _ := assets.ReadFile(name) // which is there
		h.Write([]byte(name))
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// scripts are the names of all modules, which a page has the browser get at once.
func scripts() []string {
	files, _ := fs.Glob(assets, "assets/*.js") // the pattern is right
	for i := range files {
		files[i] = path.Base(files[i])
	}
	return files
}

// asset answers with a script or a style.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	text, err := assets.ReadFile("assets/" + name)
	if err != nil || path.Ext(name) == ".tmpl" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", contentType(name))
	w.Header().Set("Cache-Control", "max-age=31536000, immutable")
	_ = compressed(w, r, text) // whoever is gone does not need it
}

// contentType is that of a script or a style, whatever the system takes its ending for.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// compressed writes an answer, gzipped where that makes sense and the visitor takes it.
func compressed(w http.ResponseWriter, r *http.Request, text []byte) error {
	const small = 4 << 10
	if len(text) < small || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || fromHere(r) {
		_, err := w.Write(text)
		return err
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Add("Vary", "Accept-Encoding")
	z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // a level that there is
	if _, err := z.Write(text); err != nil {
		return err
	}
	return z.Close()
}

// sweepPage is the page of a sweep.
type sweepPage struct {
	Modules, Store, Name, Question, Path, Trouble string
	Answers                                       []useText
	Busy                                          bool        // the answer is being worked out
	Board                                         template.JS // what is on the first screen; JSON
	Scripts                                       []string
	Write                                         bool
	Static                                        bool   // it is a file
	Data                                          string // the file with its data
}

// page answers with the page of a sweep: its answer in words, and the rest as data. An answer
// that takes longer than a moment is not waited for: scripts are sent it as an event, and who
// has none is sent on to ?whole, which waits.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	of, now, err := s.sweepNamed(r)
	page := sweepPage{Modules: s.modules, Scripts: s.scripts, Store: s.opts.Store, Name: shown(r.PathValue("name")), Path: sweepPath(r.PathValue("name")), Write: s.opts.EditNote != nil}
	code := http.StatusOK
	switch {
	case err != nil && isMissing(err):
		code = http.StatusNotFound
		page.Trouble = shown(err.Error())
	case err != nil:
		code = http.StatusServiceUnavailable
		page.Trouble = shown(err.Error())
	default:
		late := time.After(aMoment)
		if r.URL.Query().Has("whole") {
			late = nil
		}
		m, err := of.whole(r.Context(), boardKey{metric: "loss"}, now, false, late)
		if err != nil {
			return // nobody listens any more
		}
		page.fill(m, now)
	}
	if code != http.StatusOK {
		w.WriteHeader(code)
	}
	s.render(w, r, "sweep.html.tmpl", page)
}

// fill puts what a sweep comes to into its page.
func (p *sweepPage) fill(m boardMessage, now *snapshot) {
	p.Question = shown(now.saved.Question)
	p.Board = template.JS(encode(m)) // which has \u003c for every <
	p.Answers = answersIn(m)
	p.Busy = m.Parts["answer"] == nil
}

// render writes a page.
func (s *Server) render(w http.ResponseWriter, r *http.Request, name string, page any) {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, page); err != nil {
		s.opts.Log.Error("cannot make a page", "page", name, "error", err)
		http.Error(w, "this page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = compressed(w, r, b.Bytes()) // whoever is gone does not need it
}

func sweepPath(name string) string { return "/sweep/" + url.PathEscape(name) }
