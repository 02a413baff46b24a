package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// holder is who has a run's folder, as the file beside its lock says.
type holder struct {
	Host  string
	PID   int
	Grace time.Duration
}

// lockedFor is how much longer than a grace period an earlier attempt may take to end.
const lockedFor = 5 * time.Second

// lock takes the run's folder. An earlier attempt that still has it is told to end, and
// killed after its grace period where it runs on this machine. Waited says that there
// was one. On a file system that knows no locks the run's lease alone keeps others off.
func (s *supervisor) lock() (unlock func(), waited bool, err error) {
	lock := flock.New(s.Lock, flock.SetPermissions(0o664))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		waited, err = true, s.takeOver(lock)
	}
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return func() {}, false, nil
	case errors.Is(err, errStopped):
		return nil, waited, err
	case err != nil:
		return nil, waited, fmt.Errorf("lock the run's folder: %w", err)
	}
	if err := s.sayHolder(); err != nil {
		return nil, waited, errors.Join(err, lock.Unlock())
	}
	return func() { _ = lock.Unlock() }, waited, nil // its end would unlock it, too
}

// takeOver waits for the lock of an earlier attempt, which it ends.
func (s *supervisor) takeOver(lock *flock.Flock) error {
	other := readHolder(s.Lock)
	other.signal(false)
	began, patience := time.Now(), max(other.Grace, s.Grace)+lockedFor
	for {
		switch passed := time.Since(began); {
		case passed > patience+lockedFor:
			return fmt.Errorf("an earlier attempt has it, by process %d on %s, which did not end in %v", other.PID, other.Host, patience)
		case passed > patience:
			other.signal(true)
		}
		select {
		case sign, open := <-s.signs:
			if !open || sign == signStop || sign == signKill {
				return errStopped
			}
		case <-s.signals:
			return errStopped
		case <-time.After(killAgain):
		}
		if locked, err := lock.TryLock(); err != nil || locked {
			return err
		}
	}
}

// holderOf is the file beside a lock that says who has it.
func holderOf(lock string) string { return lock + ".json" }

// sayHolder writes beside the lock who has it.
func (s *supervisor) sayHolder() error {
	host, _ := os.Hostname() // "" is no other's name
	text, err := json.Marshal(holder{host, os.Getpid(), s.Grace})
	if err != nil {
		return err
	}
	return os.WriteFile(holderOf(s.Lock), text, 0o664)
}

func readHolder(lock string) (h holder) {
	if text, err := os.ReadFile(holderOf(lock)); err == nil {
		_ = json.Unmarshal(text, &h) // a lock without a name was taken this moment
	}
	return h
}

// signal tells the holder to end its command, or kills it, and with it, where the system
// can, its command. One that is no supervisor on this machine is left alone.
func (h holder) signal(kill bool) {
	if host, err := os.Hostname(); err == nil && h.PID > 1 && h.Host == host && isSupervisor(h.PID) {
		signalProcess(h.PID, kill)
	}
}
