package serve

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// guard lets in who may see the pages, and keeps other sites out: pages that are open in
// the same browser, and names that are made to point here (DNS rebinding).
type guard struct {
	token    string
	hosts    []string
	tls      bool
	patience time.Duration
}

func newGuard(o Options) guard {
	g := guard{token: o.Token, hosts: []string{"localhost"}, tls: o.TLS, patience: o.Patience}
	for _, host := range o.Hosts {
		g.hosts = append(g.hosts, strings.ToLower(host))
	}
	if name, err := os.Hostname(); err == nil && o.Token != "" {
		g.hosts = append(g.hosts, strings.ToLower(name)) // a rebound name has no cookie
	}
	return g
}

// policy has browsers run, load and send nothing but what this server has.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// protect answers requests by next, of those who may ask.
func (g guard) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(g.patience)) // streams set their own
		switch {
		case !g.knows(r.Host):
			http.Error(w, "this server is not called "+shown(r.Host)+"; start it with --host to add a name", http.StatusMisdirectedRequest)
		case foreign(r):
			http.Error(w, "another site may not ask for this", http.StatusForbidden)
		case g.token == "":
			next.ServeHTTP(w, r)
		default:
			g.admit(w, r, next)
		}
	})
}

// knows reports whether a request may name a host: an address, which nobody else can have
// point here, or a name that the server was given.
func (g guard) knows(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return slices.Contains(g.hosts, name)
}

// foreign reports whether another site has a request made. A link from there to a page is
// none of these.
func foreign(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || !strings.EqualFold(u.Host, r.Host) {
			return true
		}
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return false
	default:
		return r.Method != http.MethodGet || r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document"
	}
}

// cookie is the name of the cookie with what the token comes to.
const cookie = "sweep"

// secret is what the cookie holds: who reads it does not know the token.
func (g guard) secret() string {
	sum := sha256.Sum256([]byte("sweep serve\x00" + g.token))
	return hex.EncodeToString(sum[:])
}

// admit lets in who has the cookie. Who comes with the token, in the address or in the form
// of the door, is given the cookie, and goes on without the token in the address.
func (g guard) admit(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if c, err := r.Cookie(cookie); err == nil && same(c.Value, g.secret()) {
		if r.URL.Query().Has("token") && r.Method == http.MethodGet {
			g.goOn(w, r)
			return
		}
		next.ServeHTTP(w, r)
		return
	}
	token, given := r.URL.Query().Get("token"), r.URL.Query().Has("token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && same(bearer, g.token) {
		next.ServeHTTP(w, r)
		return
	}
	if r.Method == http.MethodPost && r.URL.Path == "/enter" {
		r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
		token, given = r.PostFormValue("token"), true
	}
	if given && same(token, g.token) {
		http.SetCookie(w, &http.Cookie{Name: cookie, Value: g.secret(), Path: "/", HttpOnly: true, Secure: g.tls, SameSite: http.SameSiteStrictMode, MaxAge: 30 * 24 * 3600})
		g.goOn(w, r)
		return
	}
	g.door(w, given)
}

// goOn has the browser ask again without the token.
func (g guard) goOn(w http.ResponseWriter, r *http.Request) {
	to := url.URL{Path: "/"}
	if r.Method == http.MethodGet {
		query := r.URL.Query()
		query.Del("token")
		to = url.URL{Path: "/" + strings.TrimLeft(r.URL.Path, "/"), RawPath: "/" + strings.TrimLeft(r.URL.EscapedPath(), "/"), RawQuery: query.Encode()}
	}
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}

// door asks for the token.
func (g guard) door(w http.ResponseWriter, wrong bool) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusUnauthorized)
	_ = pages().ExecuteTemplate(w, "door.html.tmpl", wrong) // whoever is gone needs no door
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// fromHere reports whether a visitor is on this machine.
func fromHere(r *http.Request) bool {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && at.Addr().Unmap().IsLoopback()
}
