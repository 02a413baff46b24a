package postgres

import (
	"crypto/tls"
	"errors"
	"strings"

	"sweep/sweep"
)

// failed gives err its place and a hint; nil stays nil.
func (s *Store) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &sweep.StoreError{Op: op, Path: s.name, Err: err, Hint: hint(err)}
}

// hints are what a person can do about errors of ours.
var hints = []struct {
	err  error
	hint sweep.Hint
}{
	{errForeign, "name another database, or a schema of its own: ?search_path=NAME behind the address given by " + sweep.StoreFlag},
	{errNewer, "use that version, or name another store with " + sweep.StoreFlag},
	{errOlder, "`" + sweep.TrainCommand + "` brings it up to date"},
	{errNoSchema, "create the schema, or name one that there is"},
	{errOldServer, "PostgreSQL 13 or later is needed"},
	{errEncoding, "create a database with `createdb --encoding UTF8 --template template0 NAME`"},
	{errGone, "restore it, or name another store with " + sweep.StoreFlag + ", and run the same command again"},
	{errReplaced, "nothing was written to it; name the store that you mean with " + sweep.StoreFlag + ", and run the same command again"},
	{errGivenUp, "start the server, or mend the way to it, then run the same command again; what was stored is safe"},
}

// pooled is for a pooler of connections that knows no prepared statements.
const pooled = "where a pooler such as PgBouncer is between, add default_query_exec_mode=cache_describe to the address"

// codeHints are what a person can do about errors of the server, by their codes.
var codeHints = map[string]sweep.Hint{
	wrongPassword:      "give the right one in the variable PGPASSWORD, or in a line of ~/.pgpass",
	notAuthorized:      "have the server's pg_hba.conf let this role in, or name another",
	noDatabase:         "create it with `createdb NAME`, or name another with " + sweep.StoreFlag,
	noRight:            "have the database's owner grant the role what it lacks, as `sweep help server` shows; who creates a store, or queues runs for the first time, needs CREATE on the schema",
	diskFull:           "free some space on the server's disk, then run the same command again; what was stored before is safe",
	readOnlyServer:     "this server only reads: name the one that writes, or several with target_session_attrs=read-write",
	preparedTwice:      pooled,
	notPrepared:        pooled,
	tooManyConnections: "end some of the server's other clients, or raise its max_connections",
}

// hint says what a person can do about err.
func hint(err error) sweep.Hint {
	for _, h := range hints {
		if errors.Is(err, h.err) {
			return h.hint
		}
	}
	if h, ok := codeHints[code(err)]; ok {
		return h
	}
	switch {
	case withoutTLS(err):
		return "have it offer TLS; where the way to it is safe, such as a tunnel or this machine, add sslmode=disable to the address"
	case untrusted(err):
		return "name the certificate that signed the server's with sslrootcert=FILE in the address, or in ~/.postgresql/root.crt"
	case gone(err):
		return "start the server, or mend the way to it or its address, then run the same command again"
	}
	return ""
}

// withoutTLS reports whether err says that a server offers no TLS, where it must.
func withoutTLS(err error) bool {
	return strings.Contains(err.Error(), "server refused TLS connection") // pgx has no value for it
}

// untrusted reports whether err says that a server is not known to be the one meant.
func untrusted(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok || withoutTLS(err)
}
