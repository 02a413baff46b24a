package postgres

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgservicefile"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// service begins a name that is a service of the file that libpq reads.
const service = "service="

// schemes begin the names of stores on a server.
var schemes = []string{"postgres://", "postgresql://"}

// Names reports whether a name is that of a store on a server: an address such as
// postgres://user@host/database, or service=NAME.
func Names(name string) bool {
	for _, prefix := range append(schemes, service) {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// Redact is a name without the password in it: as it may be shown.
func Redact(name string) string {
	scheme, rest, ok := strings.Cut(name, "://")
	if !ok {
		return name
	}
	if _, err := url.Parse(name); err == nil {
		return redacted(name)
	}
	if i := strings.LastIndex(rest, "@"); i >= 0 { // not a valid address: nothing before the host is shown
		rest = rest[i+1:]
	}
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest
}

// redacted is a valid address without its passwords, otherwise as it was typed.
func redacted(name string) string {
	before, query, asks := strings.Cut(name, "?")
	scheme, rest, _ := strings.Cut(before, "://")
	authority, path, hasPath := strings.Cut(rest, "/")
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		user, _, _ := strings.Cut(authority[:i], ":")
		authority = user + authority[i:]
	}
	text := scheme + "://" + authority
	if hasPath {
		text += "/" + path
	}
	if settings := slices.DeleteFunc(strings.Split(query, "&"), secret); asks && len(settings) > 0 {
		text += "?" + strings.Join(settings, "&")
	}
	return text
}

// secret reports whether a setting of an address, key=value, is a password.
func secret(setting string) bool {
	key, _, _ := strings.Cut(setting, "=")
	if plain, err := url.QueryUnescape(key); err == nil {
		key = plain
	}
	return strings.Contains(strings.ToLower(key), "password")
}

// CheckName says what is wrong with the form of a name. What it leaves to libpq's
// variables and files, which another machine has its own of, is not looked at.
func CheckName(name string) error {
	if of, isService := strings.CutPrefix(name, service); isService {
		return checkService(of)
	}
	address, err := url.Parse(name)
	if err != nil {
		return errAddress
	}
	if _, err := url.ParseQuery(address.RawQuery); err != nil {
		return errAddress
	}
	return nil
}

func checkService(name string) error {
	switch {
	case name == "":
		return errors.New("service= lacks the name of one")
	case strings.ContainsAny(name, " \t\n"):
		return errors.New("a service has no blanks in its name")
	}
	return nil
}

// Limits of a pool of connections, unless the address says otherwise.
const (
	connections = 8
	idleFor     = 30 * time.Second // then a connection is given back to the server
)

// How a server that went away without a word is noticed.
const (
	connectWithin = 10 * time.Second
	silence       = 10 * time.Second // after which it is asked for a sign of life
	deadAfter     = 30 * time.Second // without an answer
)

// configOf is what a name says, completed by the variables and files of libpq.
func configOf(name string) (*pgxpool.Config, error) {
	verified, err := verifiedByDefault(name)
	if err != nil {
		return nil, err
	}
	c, err := pgxpool.ParseConfig(verified)
	if err != nil {
		return nil, unreadable(err)
	}
	if !strings.Contains(name, "pool_max_conns=") {
		c.MaxConns = connections
	}
	if !strings.Contains(name, "pool_max_conn_idle_time=") {
		c.MaxConnIdleTime = idleFor
	}
	if c.ConnConfig.ConnectTimeout > time.Minute { // pgx's own default
		c.ConnConfig.ConnectTimeout = connectWithin
	}
	dialer := net.Dialer{
		Control:         giveUp,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silence, Interval: silence / 2, Count: 4},
	}
	c.ConnConfig.DialFunc = dialer.DialContext
	if c.ConnConfig.RuntimeParams["application_name"] == "" {
		c.ConnConfig.RuntimeParams["application_name"] = "sweep"
	}
	if !throughPooler(c) {
		c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, `SET `+impatient)
			return err
		}
	}
	return c, nil
}

var errAddress = errors.New("this is no address of a server, such as postgres://user@host:5432/database; special characters in it are written as %2F")

// unreadable is err without the address that it is about, which may hold a password.
func unreadable(err error) error {
	e, ok := errors.AsType[*pgconn.ParseConfigError](err)
	if !ok || e.Unwrap() == nil {
		return errAddress
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return errAddress
	}
	_, says, _ := strings.Cut(e.Error(), "`: ")
	if says == "" || strings.Contains(says, "cannot parse `") {
		return errAddress
	}
	return errors.New(says)
}

// verifiedByDefault asks for TLS with a certificate that is verified, for the name of the
// host, unless the name, PGSSLMODE or the service says what is wanted. libpq's own default
// takes any certificate, and no TLS at all, so that whoever sits between could read the
// password. A local socket has no TLS whatever is asked for.
func verifiedByDefault(name string) (string, error) {
	address, isService := strings.CutPrefix(name, service)
	of := ""
	if isService {
		of = address
		if err := checkService(of); err != nil {
			return "", err
		}
	}
	before, text, asks := strings.Cut(name, "?")
	settings := url.Values{}
	if !isService && asks {
		var err error
		if settings, err = url.ParseQuery(text); err != nil {
			return "", errAddress
		}
		of = settings.Get("service")
	}
	if settings.Has("sslmode") || settings.Has("ssl") || os.Getenv("PGSSLMODE") != "" || serviceSays(cmp.Or(of, os.Getenv("PGSERVICE")), settings.Get("servicefile")) {
		return name, nil
	}
	if isService {
		return name + " sslmode=verify-full", nil
	}
	if asks {
		text += "&"
	}
	return before + "?" + text + "sslmode=verify-full", nil
}

// serviceSays reports whether a service sets sslmode. What is wrong with the file is told
// by who reads all of it.
func serviceSays(name, file string) bool {
	if name == "" {
		return false
	}
	if file = cmp.Or(file, os.Getenv("PGSERVICEFILE")); file == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return false
		}
		file = filepath.Join(home, ".pg_service.conf")
	}
	services, err := pgservicefile.ReadServicefile(file)
	if err != nil {
		return false
	}
	found, err := services.GetService(name)
	return err == nil && found.Settings["sslmode"] != ""
}
