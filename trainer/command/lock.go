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
// was one.
func (s *supervisor) lock() (unlock func(), waited bool, err error) {
	lock := flock.New(s.Lock, flock.SetPermissions(0o664))
	var other holder
	told := time.Time{}
	for {
		locked, err := lock.TryLock()
		if err != nil {
			return nil, waited, fmt.Errorf("lock the run's folder: %w", err)
		}
		if locked {
			break
		}
		if told.IsZero() {
			waited, told, other = true, time.Now(), readHolder(s.Lock)
			other.end()
		}
		patience := max(other.Grace, s.Grace) + lockedFor
		switch passed := time.Since(told); {
		case passed > patience+lockedFor:
			return nil, true, fmt.Errorf("an earlier attempt still has the run's folder: process %d on %s, which did not end in %v", other.PID, other.Host, patience)
		case passed > patience:
			other.kill()
		}
		select {
		case sign, open := <-s.signs:
			if !open || sign == signStop || sign == signKill {
				return nil, true, errStopped
			}
		case <-s.signals:
			return nil, true, errStopped
		case <-time.After(killAgain):
		}
	}
	if err := s.sayHolder(); err != nil {
		return nil, waited, errors.Join(err, lock.Unlock())
	}
	return func() { _ = lock.Unlock() }, waited, nil // its end would unlock it, too
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

// here reports whether the holder is a process of this machine.
func (h holder) here() bool {
	host, err := os.Hostname()
	return err == nil && h.PID > 1 && h.Host == host
}

// end tells the holder to end its command.
func (h holder) end() {
	if h.here() {
		signalProcess(h.PID, false)
	}
}

// kill ends the holder, and with it, where the system can, its command.
func (h holder) kill() {
	if h.here() {
		signalProcess(h.PID, true)
	}
}
