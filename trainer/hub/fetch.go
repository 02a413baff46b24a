package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"sweep/sweep"
)

// Fetch fetches the files that are missing. Another Fetch goes on where one was
// interrupted.
func (f *Found) Fetch(ctx context.Context, watch Watch) error {
	missing := f.Missing()
	p := Progress{Total: Size(missing)}
	if len(missing) == 0 {
		return nil
	}
	if err := f.checkSpace(p.Total); err != nil {
		return err
	}
	for _, file := range missing {
		before := p.Done
		p.File = file.Path
		err := f.repository.fetch(ctx, f.Name.Revision, file, func(done int64) {
			p.Done = before + done
			watch.tell(p)
		}, func(wait Progress) {
			wait.File, wait.Done, wait.Total = p.File, p.Done, p.Total
			watch.tell(wait)
		})
		if err != nil {
			return err
		}
		p.Done = before + file.Size
		watch.tell(p)
	}
	return nil
}

// checkSpace refuses to begin what the disk cannot hold.
func (f *Found) checkSpace(bytes int64) error {
	r := f.repository
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return r.cacheError(err)
	}
	for _, file := range f.Missing() {
		if begun, err := os.Stat(r.partial(file)); err == nil {
			bytes -= min(begun.Size(), file.Size)
		}
	}
	free, err := r.client.free(r.dir)
	if err != nil || bytes <= 0 || free >= uint64(bytes) {
		return nil // writing will tell
	}
	return fmt.Errorf("%s: %s are to be fetched, but the disk of the cache %s has %s left; free some, or name another folder by HF_HOME",
		f.Name, sweep.FormatBytes(bytes), r.client.cache, sweep.FormatBytes(int64(free)))
}

// partial is where a blob lies until it is complete.
func (r repository) partial(f File) string { return r.blob(f) + ".incomplete" }

// fetch fetches a file of a commit, unless its blob is there. It tells done how many
// bytes of it there are.
func (r repository) fetch(ctx context.Context, commit string, f File, done func(int64), watch Watch) (err error) {
	if err := os.MkdirAll(filepath.Dir(r.blob(f)), 0o755); err != nil {
		return r.cacheError(err)
	}
	r.tag()
	unlock, err := r.lock(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.cacheError(unlock())) }()
	if r.has(commit, f) {
		return nil // by another process, meanwhile
	}
	held, err := os.Stat(r.blob(f))
	fresh := err != nil || held.Size() != f.Size
	if fresh {
		if err := r.download(ctx, commit, f, done, watch); err != nil {
			return err
		}
	}
	return r.place(ctx, commit, f, fresh)
}

// download makes a blob of what the hub sends. Where the bytes of an earlier attempt
// turn out to be wrong, it begins anew once.
func (r repository) download(ctx context.Context, commit string, f File, done func(int64), watch Watch) error {
	resumed, err := r.downloadOnce(ctx, commit, f, done, watch)
	if _, wrong := errors.AsType[*hashError](err); wrong && resumed {
		_, err = r.downloadOnce(ctx, commit, f, done, watch)
	}
	return err
}

// downloadOnce adds what is missing of a blob to what an earlier attempt left, if it
// left anything, and gives the blob its name if its hash is right.
func (r repository) downloadOnce(ctx context.Context, commit string, f File, done func(int64), watch Watch) (resumed bool, err error) {
	part, err := openPartial(r.partial(f), f)
	if err != nil {
		return false, r.cacheError(err)
	}
	defer func() { err = errors.Join(err, part.close()) }()
	resumed = part.size > 0
	done(part.size)
	for fruitless := 0; part.size < f.Size; {
		before := part.size
		err := r.receive(ctx, commit, f, part, done)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return resumed, ctx.Err()
		}
		if fruitless++; part.size > before {
			fruitless = 1
		}
		wait, again := againAfter(err, fruitless)
		if !again || fruitless == maxAttempts {
			return resumed, r.notWhole(f, part, err)
		}
		if err := r.client.pauseFor(ctx, wait, err, Progress{}, watch); err != nil {
			return resumed, err
		}
	}
	if err := part.check(f); err != nil {
		return resumed, errors.Join(fmt.Errorf("%s: %s: %w", r.name, f.Path, err), part.remove())
	}
	if err := part.finish(r.blob(f)); err != nil {
		return resumed, r.cacheError(err)
	}
	return resumed, nil
}

// againAfter reports whether another attempt may succeed, and how long to wait first.
func againAfter(err error, attempt int) (wait time.Duration, again bool) {
	if busy, ok := errors.AsType[*busyError](err); ok {
		return busy.pause(attempt), true
	}
	if _, ok := errors.AsType[*unreachableError](err); ok {
		return time.Second << (attempt - 1), true
	}
	return 0, false
}

// notWhole adds to an error how much of a file is kept.
func (r repository) notWhole(f File, part *partial, err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("%w; once there is room the same command goes on after the %s of %s that are kept", err, sweep.FormatBytes(part.size), f.Path)
	}
	if !isOutage(err) {
		return err
	}
	return fmt.Errorf("%w; %s of the %s of %s are kept, and the same command goes on", err, sweep.FormatBytes(part.size), sweep.FormatBytes(f.Size), f.Path)
}

// receive asks the hub for what is missing of a file, and adds it.
func (r repository) receive(ctx context.Context, commit string, f File, part *partial, done func(int64)) error {
	parts := []string{r.name.Owner, r.name.Name, "resolve", commit}
	if r.name.DataSet {
		parts = append([]string{"datasets"}, parts...)
	}
	at := r.client.address(append(parts, strings.Split(f.Path, "/")...)...)
	header := http.Header{}
	if part.size > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", part.size))
	}
	response, err := r.client.try(ctx, r.name.In(f.Path), at, header)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // what was read of it is checked
	if part.size > 0 && !continues(response, part.size) {
		if err := part.restart(f); err != nil {
			return r.cacheError(err)
		}
	}
	return r.copy(f, part, response.Body, done)
}

// continues reports whether a response begins at a byte of the file.
func continues(response *http.Response, at int64) bool {
	return response.StatusCode == http.StatusPartialContent &&
		strings.HasPrefix(response.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", at))
}

// copy adds a body to a file.
func (r repository) copy(f File, part *partial, body io.Reader, done func(int64)) error {
	buffer := make([]byte, 1<<18)
	for {
		n, err := body.Read(buffer)
		if part.size+int64(n) > f.Size {
			return errors.Join(fmt.Errorf("%s: the hub sends more than the %d bytes that %s is to have", r.name, f.Size, f.Path), part.remove())
		}
		if err := part.add(r.client.write, buffer[:n]); err != nil {
			return r.cacheError(err)
		}
		done(part.size)
		switch {
		case errors.Is(err, io.EOF) && part.size < f.Size:
			return &unreachableError{r.name, r.client.endpoint, io.ErrUnexpectedEOF}
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return &unreachableError{r.name, r.client.endpoint, withoutAddress(err)}
		}
	}
}

// partial is a blob that is not complete.
type partial struct {
	file *os.File
	size int64
	hash hash.Hash // of what there is
}

// openPartial opens what an earlier attempt left of a blob, or a new file. What cannot
// be the start of the blob is thrown away.
func openPartial(at string, f File) (*partial, error) {
	left, err := os.Lstat(at)
	if err == nil && (!left.Mode().IsRegular() || left.Size() > f.Size) {
		if err := os.Remove(at); err != nil {
			return nil, err
		}
	}
	file, err := os.OpenFile(at, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	p := &partial{file: file, hash: f.hash()}
	if p.size, err = io.Copy(p.hash, file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return p, nil
}

// hash returns the hash that names the blob.
func (f File) hash() hash.Hash {
	if f.inLFS() {
		return sha256.New()
	}
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", f.Size)
	return h
}

// restart throws away what there is.
func (p *partial) restart(f File) error {
	p.size, p.hash = 0, f.hash()
	if err := p.file.Truncate(0); err != nil {
		return err
	}
	_, err := p.file.Seek(0, io.SeekStart)
	return err
}

func (p *partial) add(write func(*os.File, []byte) (int, error), b []byte) error {
	n, err := write(p.file, b)
	p.size += int64(n)
	_, _ = p.hash.Write(b[:n]) // a hash never fails
	return err
}

// hashError says that a file is not what the repository lists.
type hashError struct{ want, got string }

func (e *hashError) Error() string {
	return fmt.Sprintf("what arrived has the hash %s, not the %s that the repository lists; it was thrown away: try again, and if it stays so the hub or a proxy changes files on the way", e.got, e.want)
}

func (p *partial) check(f File) error {
	if got := hex.EncodeToString(p.hash.Sum(nil)); got != f.Blob {
		return &hashError{f.Blob, got}
	}
	return nil
}

// finish gives the file its name once it is on disk.
func (p *partial) finish(name string) error {
	if err := errors.Join(p.file.Sync(), p.close()); err != nil {
		return err
	}
	return os.Rename(p.file.Name(), name)
}

// close closes the file, if it is not closed.
func (p *partial) close() error {
	if err := p.file.Close(); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}

func (p *partial) remove() error { return errors.Join(p.close(), os.Remove(p.file.Name())) }
