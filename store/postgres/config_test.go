package postgres

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnAddressIsShownWithoutItsPassword(t *testing.T) {
	for name, want := range map[string]string{
		"sweep.db":                      "sweep.db",
		"service=lab":                   "service=lab",
		"postgres://":                   "postgres://",
		"postgres://me@db.example/lora": "postgres://me@db.example/lora",
		"postgres://me:se%40cret@db.example/lora":                                   "postgres://me@db.example/lora",
		"postgresql://me:secret@[::1]:5432/lora?a":                                  "postgresql://me@[::1]:5432/lora?a",
		"postgres://me:secret@a:1,b:2/lora":                                         "postgres://me@a:1,b:2/lora",
		"postgres://db/lora?user=me&password=secret&host=%2Ftmp&sslpassword=secret": "postgres://db/lora?user=me&host=%2Ftmp",
		"postgres://db/lora?pass%77ord=secret":                                      "postgres://db/lora",
		"postgres://me:sec/ret@db.example/lora":                                     "postgres://db.example/lora",
		"postgres://me:sec%ret@db.example/lora?x=y":                                 "postgres://db.example/lora",
		"postgres://me:sec?ret@db.example/lora":                                     "postgres://db.example/lora",
	} {
		if got := Redact(name); got != want {
			t.Errorf("%s is shown as %s, want %s", name, got, want)
		}
	}
}

func TestAnAddressThatCannotBeReadIsRefusedWithoutItsPassword(t *testing.T) {
	for _, name := range []string{
		"postgres://me:sec/ret@db.example/lora", "postgres://me:secret@db:port/lora", "postgres://me:sec%ret@db/lora",
		"postgres://me:secret@db/lora?sslmode=some", "postgres://me:secret@db/lora?connect_timeout=x", "postgres://me:secret@db/lora?service=none",
	} {
		if _, err := configOf(name); err == nil || strings.Contains(err.Error(), "sec") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// libpq has the variables of the environment and the files of the home folder as this test
// wants them.
func libpq(t *testing.T, variables map[string]string, services string) {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"PGHOST", "PGSSLMODE", "PGSERVICE", "PGSERVICEFILE", "PGPASSWORD", "PGPASSFILE", "PGDATABASE", "PGUSER"} {
		t.Setenv(name, variables[name])
	}
	t.Setenv("HOME", home)
	if err := os.WriteFile(filepath.Join(home, ".pg_service.conf"), []byte(services), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".pgpass"), []byte("db.example:*:*:me:from the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAServerIsVerifiedUnlessItIsSaidOtherwise(t *testing.T) {
	const services = "[plain]\nhost=db.example\nsslmode=disable\n[lab]\nhost=db.example\nuser=me\ndbname=lora\n"
	for _, c := range []struct {
		name      string
		variables map[string]string
		want      string
	}{
		{"postgres://me@db.example/lora", nil, "verified"},
		{"postgres://me@localhost/lora", nil, "verified"},
		{"postgres://me@db.example/lora?application_name=x", nil, "verified"},
		{"postgres://me@db.example/lora?sslmode=disable", nil, "plain"},
		{"postgres://me@db.example/lora?sslmode=require", nil, "any certificate"},
		{"postgres://me@db.example/lora", map[string]string{"PGSSLMODE": "disable"}, "plain"},
		{"postgres://me@/lora?host=/var/run/postgresql", nil, "plain"},
		{"postgres://", map[string]string{"PGHOST": "db.example"}, "verified"},
		{"postgres://?service=lab", nil, "verified"},
		{"postgres://?service=plain", nil, "plain"},
		{"postgres://", map[string]string{"PGSERVICE": "plain"}, "plain"},
		{"service=lab", nil, "verified"},
		{"service=plain", nil, "plain"},
	} {
		libpq(t, c.variables, services)
		config, err := configOf(c.name)
		if err != nil {
			t.Errorf("%s, %v: %v", c.name, c.variables, err)
			continue
		}
		got := "plain"
		if with := config.ConnConfig.TLSConfig; with != nil {
			got = "any certificate"
			if !with.InsecureSkipVerify && with.ServerName == config.ConnConfig.Host {
				got = "verified"
			}
		}
		for _, other := range config.ConnConfig.Fallbacks {
			if got == "verified" && other.TLSConfig == nil {
				got = "verified, or plain"
			}
		}
		if got != c.want {
			t.Errorf("%s, %v: %s, want %s", c.name, c.variables, got, c.want)
		}
	}
}

func TestWhatTheAddressLacksComesFromTheFilesOfLibpq(t *testing.T) {
	libpq(t, nil, "[lab]\nhost=db.example\nuser=me\ndbname=lora\n")
	for _, name := range []string{"service=lab", "postgres://?service=lab", "postgres://me@db.example/lora"} {
		config, err := configOf(name)
		if err != nil {
			t.Fatal(err)
		}
		if c := config.ConnConfig; c.Host != "db.example" || c.User != "me" || c.Database != "lora" || c.Password != "from the file" {
			t.Errorf("%s: %s@%s/%s with password %q", name, c.User, c.Host, c.Database, c.Password)
		}
	}
}
