package postgres_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sweep/store/postgres"
	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// freePort is a port of this machine that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	defer func() { _ = l.Close() }() // the server listens there
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// certificate is one for localhost, signed by itself, and its key.
func certificate(t *testing.T) (cert, key []byte) {
	t.Helper()
	pair, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ok(t, err)
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &pair.PublicKey, pair)
	ok(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(pair)
	ok(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

func TestAServerIsTrustedByItsCertificateAlone(t *testing.T) {
	libpqOfNobody(t)
	port := freePort(t)
	server := postgrestest.Start(t, postgrestest.Setting{Name: "listen_addresses", Value: "127.0.0.1"}, postgrestest.Setting{Name: "port", Value: port})
	root := filepath.Join(t.TempDir(), "root.crt")
	cert, key := certificate(t)
	ok(t, os.WriteFile(root, cert, 0o600))
	address := func(host string, settings ...string) string {
		return postgrestest.With("postgres://postgres:secret@"+host+":"+port+"/postgres", append(settings, "application_name=x")...)
	}
	opens := func(address, cause, hint string) {
		t.Helper()
		s, err := postgres.Open(address, sweep.DefaultPatience())
		if err == nil {
			ok(t, s.Close())
		}
		if cause == "" {
			ok(t, err)
		} else if err == nil || !strings.Contains(withHint(err), cause) || !strings.Contains(withHint(err), hint) || strings.Contains(withHint(err), "secret") {
			t.Errorf("%s: got %s, want %q and the hint %q", address, withHint(err), cause, hint)
		}
	}
	opens(address("localhost"), "refused TLS", "sslmode=disable")
	opens(address("localhost", "sslmode=disable"), "", "")
	for name, content := range map[string][]byte{"server.crt": cert, "server.key": key} {
		at := filepath.Join(server.Data(), name)
		ok(t, os.WriteFile(at, content, 0o600))
		ok(t, server.Own(at))
	}
	ok(t, server.Exec("ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()"))
	time.Sleep(300 * time.Millisecond) // until the server has read it
	opens(address("localhost"), "unknown authority", "sslrootcert")
	opens(address("localhost", "sslrootcert="+root), "", "")
	opens(address("127.0.0.1", "sslrootcert="+root), "127.0.0.1", "sslrootcert")
}

// libpqOfNobody takes away what this machine has set for libpq.
func libpqOfNobody(t *testing.T) {
	t.Helper()
	for _, name := range []string{"PGSSLMODE", "PGSSLROOTCERT", "PGSERVICE", "PGSERVICEFILE", "PGPASSFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
}
