package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	tellAfter = time.Second
	// tryAgain is the pause between two tries: each may meet another connection of the pool
	// that is dead. After tellAfter it grows to tryAtMost.
	tryAgain  = 20 * time.Millisecond
	tryAtMost = time.Second
)

var errGivenUp = errors.New("the server was not there")

// wait calls try until the server is there, and returns its error, of the last call where
// it gives up.
func (s *Store) wait(ctx context.Context, try func() error) error {
	return s.waitWhile(ctx, gone, try)
}

// waitWhile is wait for an error of some kind. try must change nothing where it returns
// such an error, or find that out by itself.
func (s *Store) waitWhile(ctx context.Context, kind func(error) bool, try func() error) error {
	began, counted := time.Now(), false
	defer func() {
		if counted {
			s.arrive()
		}
	}()
	for pause := tryAgain; ; {
		stopping := s.patience.Stopping()
		if stopping && s.hasGivenUp() {
			return errGivenUp
		}
		err := try()
		switch {
		case !kind(err) && !conflict(err):
			return err
		case stopping && time.Since(began) > tellAfter:
			s.giveUp()
			return err
		case ctx.Err() != nil:
			return err
		case time.Since(began) >= s.patience.For:
			return fmt.Errorf("%w for %v: %w", errGivenUp, s.patience.For, err)
		}
		if time.Since(began) >= tellAfter {
			if !counted {
				counted = true
				s.depart(err)
			}
			pause = min(2*pause, tryAtMost)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		case <-s.stopOnce(stopping):
		}
	}
}

// stopOnce is what ends a pause: Stop, until it was seen.
func (s *Store) stopOnce(seen bool) <-chan struct{} {
	if seen {
		return nil
	}
	return s.patience.Stop
}

func (s *Store) hasGivenUp() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gaveUp
}

func (s *Store) giveUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gaveUp = true
}

// depart counts a call that waits, and tells of the first.
func (s *Store) depart(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting++; !s.told && s.patience.Tell != nil {
		s.patience.Tell(because(err))
	}
	s.told = true
}

// arrive counts a call that no longer waits, and tells of the last.
func (s *Store) arrive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting--; s.waiting == 0 && s.told {
		s.told = false
		if s.patience.Tell != nil && !s.gaveUp {
			s.patience.Tell("")
		}
	}
}

// Codes of PostgreSQL's errors, of its Appendix A.
const (
	tooManyConnections = "53300"
	diskFull           = "53100"
	starting           = "57P03"
	adminShutdown      = "57P01"
	crashShutdown      = "57P02"
	idleInTransaction  = "25P03"
	readOnlyServer     = "25006"
	serialization      = "40001"
	deadlock           = "40P01"
	wrongPassword      = "28P01"
	notAuthorized      = "28000"
	noDatabase         = "3D000"
	noTable            = "42P01"
	integrity          = "23" // the class of errors about what is there already
	preparedTwice      = "42P05"
	notPrepared        = "26000"
	noRight            = "42501"
)

// code is that of the server's error in err, "" if there is none.
func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// because says why a store is waited for, after its name.
func because(err error) string {
	switch {
	case code(err) == tooManyConnections:
		return "has no connection free"
	case code(err) == starting:
		return "is starting, or shutting down"
	}
	return "does not answer"
}

// passing reports whether err says that a server is there and can take nobody in for now.
func passing(err error) bool {
	switch code(err) {
	case tooManyConnections, starting, adminShutdown, crashShutdown:
		return true
	}
	return false
}

// refused reports whether err says that nobody listens at the server's address.
func refused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOENT)
}

// broken reports whether err says that a connection was closed from the other end.
func broken(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// conflict reports whether err says that two transactions were in each other's way.
func conflict(err error) bool {
	return code(err) == serialization || code(err) == deadlock
}

// gone reports whether err says that the server, or the way to it, is gone for now. An
// answer of the server's is not, unless it takes leave with it.
func gone(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if passing(err) {
		return true
	}
	if c := code(err); c != "" {
		return c == idleInTransaction || strings.HasPrefix(c, "08")
	}
	if untrusted(err) {
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return broken(err) || errors.Is(err, net.ErrClosed) ||
		strings.Contains(err.Error(), "conn closed") // pgx has no value for it
}
