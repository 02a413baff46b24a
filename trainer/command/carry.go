package command

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"sweep/sweep"
	"sweep/trainer/command/metrics"
)

// carriedMark opens the state of a run that has its folder in it, as a tar file compressed
// by gzip, whose checksum guards it.
var carriedMark = []byte("sweepfd\x01")

// isCarried reports whether a state has the folder of a run in it.
func isCarried(state []byte) bool { return bytes.HasPrefix(state, carriedMark) }

// carry keeps the run's folder with its checkpoint, so that another machine can go on with
// it. A folder that is too large, or that has links which lead out of it, stays here alone.
func (a *attempt) carry() {
	limit := a.trainer.carry
	if limit <= 0 {
		return
	}
	state, err := a.folder.pack(limit)
	if err != nil {
		return // the state that was kept before holds
	}
	a.journal.Save(func() []byte { return state })
}

// save has the journal keep that the run goes on from its folder, unless it keeps the folder
// itself, from which another machine may go on.
func (a *attempt) save() {
	if a.trainer.carry <= 0 || !isCarried(a.journal.Checkpoint().State) {
		a.journal.Save(marker)
	}
}

var (
	errLargeFolder = errors.New("the folder is too large")
	errLeadsOut    = errors.New("it has a link that leads out of it")
)

// pack returns what a folder holds, whose files may have so many bytes together. What is
// neither file, folder nor link is left out, and so is its lock.
func (f folder) pack(limit int64) ([]byte, error) {
	b := bytes.NewBuffer(bytes.Clone(carriedMark))
	zipped, err := gzip.NewWriterLevel(b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	to := tar.NewWriter(zipped)
	err = filepath.WalkDir(string(f), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || path == string(f) || path == f.own("lock") || path == holderOf(f.own("lock")) {
			return err
		}
		n, err := f.packOne(to, path, limit)
		limit -= n
		return err
	})
	if err := errors.Join(err, to.Close(), zipped.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// packOne adds a file, a folder or a link, and returns how many bytes a file has.
func (f folder) packOne(to *tar.Writer, path string, limit int64) (int64, error) {
	name, err := filepath.Rel(string(f), path)
	if err != nil {
		return 0, err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return 0, err
	}
	link := ""
	switch mode := info.Mode(); {
	case mode.IsDir():
	case mode.IsRegular():
		if info.Size() > limit {
			return 0, errLargeFolder
		}
	case mode&fs.ModeSymlink != 0:
		if link, err = os.Readlink(path); err != nil {
			return 0, err
		}
		if filepath.IsAbs(link) || !filepath.IsLocal(filepath.Join(filepath.Dir(name), link)) {
			return 0, errLeadsOut
		}
	default:
		return 0, nil
	}
	h, err := tar.FileInfoHeader(info, filepath.ToSlash(link))
	if err != nil {
		return 0, err
	}
	h.Name, h.Format = filepath.ToSlash(name), tar.FormatPAX // which has fractions of seconds
	if err := to.WriteHeader(h); err != nil || h.Typeflag != tar.TypeReg {
		return 0, err
	}
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(to, file)
	return n, errors.Join(err, file.Close())
}

// takeIn gets the run's folder ready for a checkpoint: where the folder lacks what led to it,
// it becomes the one that the checkpoint has. The error is ErrCheckpoint where neither has.
func (t *Trainer) takeIn(at folder, run sweep.Run, c sweep.Checkpoint) error {
	if len(c.State) == 0 || len(c.Points) == 0 {
		return nil
	}
	here, err := at.curve(run)
	if err != nil {
		return err
	}
	last := -1
	if n := len(here); n > 0 {
		last = here[n-1].Step
	}
	switch {
	case last >= c.Points[len(c.Points)-1].Step:
		return nil
	case isCarried(c.State):
		return at.replace(c.State)
	case last < 0:
		return fmt.Errorf("%w: it was trained on another machine, whose folder is not here, or the folder was removed: %s", sweep.ErrCheckpoint, at)
	}
	return nil
}

// curve is what the attempts in a folder logged.
func (f folder) curve(run sweep.Run) ([]sweep.Point, error) {
	p, err := f.past()
	if err != nil || len(p.attempts) == 0 {
		return nil, err
	}
	m, err := metrics.Follow(metrics.Options{Dir: string(f), Metrics: run.Params.Command.Metrics, Steps: run.Params.Steps, Attempts: f.attempts(p)})
	if err != nil {
		return nil, err
	}
	return m.Curve(), nil
}

// attempts are those of which something is known.
func (f folder) attempts(p past) (all []metrics.Attempt) {
	for _, n := range p.attempts {
		all = append(all, metrics.Attempt{Number: n, Log: f.log(n), File: f.metrics(n), Began: p.records[n].Began})
	}
	return all
}

// replace puts what a state has in the place of the folder, unless something of an attempt at
// the run is there still. The folder is one of the two at every moment, or not there.
func (f folder) replace(state []byte) error {
	lock := flock.New(f.own("lock"))
	if _, err := os.Stat(lock.Path()); err == nil {
		if locked, err := lock.TryLock(); err == nil && !locked {
			return nil
		}
		_ = lock.Unlock() // Windows moves no file that is open
	}
	next, before := string(f)+".new", string(f)+".old"
	err := errors.Join(os.RemoveAll(next), os.RemoveAll(before))
	if err == nil {
		err = unpack(state, next)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%w: its folder: %w", sweep.ErrCheckpoint, err), os.RemoveAll(next))
	}
	if err := os.Rename(string(f), before); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return errors.Join(os.Rename(next, string(f)), os.RemoveAll(before))
}

// unpack writes what pack returned into a new folder, with the times that files had, by which
// those of an attempt are told from those of others.
func unpack(state []byte, to string) (err error) {
	zipped, err := gzip.NewReader(bytes.NewReader(state[len(carriedMark):]))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(to) // beyond which no name leads
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	from := tar.NewReader(zipped)
	folders := map[string]time.Time{}
	for {
		h, err := from.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = unpackOne(root, h, from)
		}
		if err != nil {
			return err
		}
		if h.Typeflag == tar.TypeDir {
			folders[h.Name] = h.ModTime
		}
	}
	if _, err := io.Copy(io.Discard, zipped); err != nil { // to its checksum
		return err
	}
	for name, at := range folders {
		if err := root.Chtimes(name, at, at); err != nil {
			return err
		}
	}
	return nil
}

// unpackOne writes a file, a folder or a link.
func unpackOne(root *os.Root, h *tar.Header, from io.Reader) error {
	name := filepath.FromSlash(h.Name)
	switch h.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(name, 0o777)
	case tar.TypeSymlink:
		return root.Symlink(filepath.FromSlash(h.Linkname), name)
	}
	file, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, h.FileInfo().Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return root.Chtimes(name, h.ModTime, h.ModTime)
}
