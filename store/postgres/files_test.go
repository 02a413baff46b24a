package postgres_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sweep/store/postgres"
	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// content is a file of so many bytes that no other seed has.
func content(seed uint64, size int) (sweep.InputFile, []byte) {
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(seed)})
	_, _ = r.Read(b) // which cannot fail
	sum := sha256.Sum256(b)
	return sweep.InputFile{Name: "sub/file " + string(rune('a'+seed)), SHA256: hex.EncodeToString(sum[:]), Size: int64(size)}, b
}

// opens gives content to read, and counts how often it is asked for.
func opens(b []byte, times *int) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		if times != nil {
			*times++
		}
		return io.NopCloser(bytes.NewReader(b)), nil
	}
}

// wantFetched makes sure that a store gives a file back as it was.
func wantFetched(t *testing.T, s *postgres.Store, f sweep.InputFile, want []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ein Ordner", "datei ü")
	ok(t, os.Mkdir(filepath.Dir(path), 0o700))
	ok(t, s.FetchFile(t.Context(), f, path))
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s came back as %d bytes, %v; want %d", f.Name, len(got), err, len(want))
	}
	if found, err := os.Stat(path); err != nil || (found.Mode()&0o111 != 0) != f.Executable {
		t.Errorf("its mode is %v, %v", found.Mode(), err)
	}
}

const severalParts = 9 << 20

func TestAFileComesBackAsItWas(t *testing.T) {
	s := open(t, postgrestest.Store(t), sweep.DefaultPatience())
	for i, size := range []int{0, 1, 4 << 20, severalParts} {
		f, b := content(uint64(i), size)
		f.Executable = i == 1
		if err := s.FetchFile(t.Context(), f, filepath.Join(t.TempDir(), "x")); !isNotFound(err) {
			t.Errorf("before it is kept: %v", err)
		}
		times := 0
		for range 2 {
			ok(t, s.KeepFile(t.Context(), f, opens(b, &times)))
		}
		if times != 1 {
			t.Errorf("a file of %d bytes was read %d times", size, times)
		}
		wantFetched(t, s, f, b)
		if kept, err := s.KeptFiles(t.Context(), []string{f.SHA256, "none"}); err != nil || len(kept) != 1 || !kept[f.SHA256] {
			t.Errorf("it has %v, %v", kept, err)
		}
	}
	ok(t, s.Check(t.Context()))
}

func isNotFound(err error) bool {
	_, is := errors.AsType[*sweep.NotFoundError](err)
	return is
}

func TestAFileThatChangedIsNotKept(t *testing.T) {
	s := open(t, postgrestest.Store(t), sweep.DefaultPatience())
	f, b := content(1, severalParts)
	other := bytes.Clone(b)
	other[5<<20]++
	for name, changed := range map[string][]byte{"another byte": other, "shorter": b[:8<<20], "longer": append(bytes.Clone(b), 1)} {
		if err := s.KeepFile(t.Context(), f, opens(changed, nil)); err == nil || !strings.Contains(err.Error(), "has changed") {
			t.Errorf("%s: %v", name, err)
		}
		if kept, err := s.KeptFiles(t.Context(), []string{f.SHA256}); err != nil || kept[f.SHA256] {
			t.Errorf("%s: it is kept, %v", name, err)
		}
	}
	ok(t, s.KeepFile(t.Context(), f, opens(b, nil)))
	wantFetched(t, s, f, b)
}

// broken is a file that cannot be read to its end.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("the disk is broken")
	}
	return n, err
}

func TestAFileOfWhichAPartIsThereGoesOn(t *testing.T) {
	s := open(t, postgrestest.Store(t), sweep.DefaultPatience())
	f, b := content(1, severalParts)
	err := s.KeepFile(t.Context(), f, func() (io.ReadCloser, error) { return io.NopCloser(broken{bytes.NewReader(b[:8<<20])}), nil })
	if err == nil || !strings.Contains(err.Error(), "the disk is broken") {
		t.Errorf("got %v", err)
	}
	ok(t, s.KeepFile(t.Context(), f, opens(b, nil)))
	wantFetched(t, s, f, b)
}

func TestADamagedFileIsNotFetched(t *testing.T) {
	for name, statement := range map[string]string{
		"a part that is gone":      `DELETE FROM file_part WHERE part = 1`,
		"the last part gone":       `DELETE FROM file_part WHERE part = 2`,
		"a part that is truncated": `UPDATE file_part SET bytes = substr(bytes, 1, 7) WHERE part = 1`,
		"a part that changed":      `UPDATE file_part SET bytes = set_byte(bytes, 9, 255 - get_byte(bytes, 9)) WHERE part = 0`,
		"parts changed about":      `UPDATE file_part SET part = -part - 1; UPDATE file_part SET part = CASE part WHEN -1 THEN 1 WHEN -2 THEN 0 ELSE 2 END`,
	} {
		t.Run(name, func(t *testing.T) {
			address := postgrestest.Store(t)
			s := open(t, address, sweep.DefaultPatience())
			f, b := content(1, severalParts)
			ok(t, s.KeepFile(t.Context(), f, opens(b, nil)))
			ok(t, postgrestest.Exec(address, strings.Split(statement, ";")...))
			folder := t.TempDir()
			if err := s.FetchFile(t.Context(), f, filepath.Join(folder, "x")); !errors.Is(err, sweep.ErrDamaged) {
				t.Errorf("got %v", err)
			}
			if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
				t.Errorf("it left %v, %v", left, err)
			}
			if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "file "+f.SHA256[:12]) {
				t.Errorf("the check says %v", err)
			}
		})
	}
}

func TestFilesThatNobodyNeedsAreRemoved(t *testing.T) {
	s := open(t, postgrestest.Store(t), sweep.DefaultPatience())
	needed, b1 := content(1, 10)
	unneeded, b2 := content(2, 1000)
	ok(t, s.KeepFile(t.Context(), needed, opens(b1, nil)))
	ok(t, s.KeepFile(t.Context(), unneeded, opens(b2, nil)))
	for _, c := range []struct {
		except []string
		unused time.Duration
		bytes  int64
	}{
		{nil, time.Hour, 0},
		{[]string{needed.SHA256}, 0, unneeded.Size},
		{[]string{needed.SHA256}, 0, 0},
	} {
		if bytes, err := s.RemoveFiles(t.Context(), c.except, c.unused); err != nil || bytes != c.bytes {
			t.Errorf("%v: removed %d bytes, %v; want %d", c, bytes, err, c.bytes)
		}
	}
	wantFetched(t, s, needed, b1)
	if kept, err := s.KeptFiles(t.Context(), []string{unneeded.SHA256}); err != nil || len(kept) > 0 {
		t.Errorf("it has %v, %v", kept, err)
	}
}

// TestManyKeepAndFetchFilesWhileConnectionsAreCut keeps the same files from several stores,
// one of which reads another content for a while, and fetches them. The cuts come ever less
// often, so that a slow machine gets a part through, too.
func TestManyKeepAndFetchFilesWhileConnectionsAreCut(t *testing.T) {
	address := postgrestest.Store(t)
	name := postgrestest.With(address, "application_name=files")
	stores := []*postgres.Store{open(t, name, sweep.DefaultPatience()), open(t, name, sweep.DefaultPatience()), open(t, name, sweep.DefaultPatience())}
	over := make(chan struct{})
	var cutting, all sync.WaitGroup
	cutting.Go(func() {
		for pause := 30 * time.Millisecond; ; pause += pause / 10 {
			select {
			case <-over:
				return
			case <-time.After(pause):
			}
			if err := postgrestest.Exec(address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'files'"); err != nil {
				t.Error(err)
			}
		}
	})
	folder := t.TempDir()
	for i, s := range stores {
		all.Go(func() {
			for seed := range uint64(2) {
				f, b := content(seed, severalParts)
				err := s.KeepFile(t.Context(), f, opens(b, nil))
				path := filepath.Join(folder, string(rune('a'+i))+f.Name[4:])
				if err == nil {
					err = s.FetchFile(t.Context(), f, path)
				}
				if got, readErr := os.ReadFile(path); err != nil || readErr != nil || !bytes.Equal(got, b) {
					t.Errorf("%s: %v, %v", path, err, readErr)
				}
			}
		})
	}
	all.Wait()
	close(over)
	cutting.Wait()
	ok(t, open(t, address, sweep.DefaultPatience()).Check(t.Context()))
}

func TestAFetchThatIsInterruptedLeavesNothing(t *testing.T) {
	s := open(t, postgrestest.Store(t), sweep.DefaultPatience())
	f, b := content(1, severalParts)
	ok(t, s.KeepFile(t.Context(), f, opens(b, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	folder := t.TempDir()
	if err := s.FetchFile(ctx, f, filepath.Join(folder, "x")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}
