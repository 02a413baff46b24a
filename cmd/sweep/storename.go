package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"sweep/store"
)

// storeName names a store, as --db does: the path of a file, or a place on a server. It
// prints without the password that it may have.
type storeName string

func (n storeName) String() string { return store.Redact(string(n)) }

// onServer reports whether the store is no file.
func (n storeName) onServer() bool { return store.OnServer(string(n)) }

// beside is the path of what this program keeps beside a store: its name with an ending.
// For a store on a server it lies in a folder of this user's, or in the current one where
// there is no home.
func (n storeName) beside(ending string) string {
	if !n.onServer() {
		return string(n) + ending
	}
	folder := os.Getenv("XDG_STATE_HOME")
	if home, err := os.UserHomeDir(); folder == "" && err == nil {
		folder = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(folder, "sweep", n.place()+ending)
}

// place is a name for files of where a store on a server is: its host, its database and
// its schema, such as db.example.org-lora.
func (n storeName) place() string {
	address, settings, _ := strings.Cut(n.String(), "?")
	at := address[strings.IndexAny(address, "=:")+1:] // without the scheme, or service=
	at = at[strings.LastIndex(at, "@")+1:]
	if query, err := url.ParseQuery(settings); err == nil {
		at = strings.Join([]string{at, query.Get("host"), query.Get("dbname"), query.Get("service"), query.Get("search_path")}, "-")
	}
	plain := func(r rune) rune {
		if r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}
	words := strings.FieldsFunc(strings.Map(plain, at), func(r rune) bool { return r == '-' })
	return strings.Trim("postgres-"+strings.Join(words, "-"), "-")
}
