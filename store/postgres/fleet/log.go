package fleet

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// repeatAfter is how long a message is held back after it was logged.
const repeatAfter = 10 * time.Minute

// seldom logs warnings, each message once in a while, with how often it was held back. Every
// part of River tells at each of its tries that the server is gone, which the store waits for
// and tells once.
type seldom struct {
	slog.Handler
	told *told
}

// told is when each message was logged last, and how often it was held back since.
type told struct {
	mu   sync.Mutex
	at   map[string]time.Time
	held map[string]int
}

// newSeldom is a log that tells warnings seldom. A nil log is none.
func newSeldom(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(seldom{log.Handler(), &told{at: map[string]time.Time{}, held: map[string]int{}}})
}

// Enabled reports whether a message of that level is logged at all.
func (s seldom) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && s.Handler.Enabled(ctx, level)
}

// Handle logs a message, or holds it back.
func (s seldom) Handle(ctx context.Context, r slog.Record) error {
	held, tell := s.told.tell(r.Message, r.Time)
	if !tell {
		return nil
	}
	if held > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("held_back", held))
	}
	return s.Handler.Handle(ctx, r)
}

// tell reports whether a message is to be logged, and how often it was held back before.
func (t *told) tell(message string, now time.Time) (held int, tell bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at, before := t.at[message]; before && now.Sub(at) < repeatAfter {
		t.held[message]++
		return 0, false
	}
	held = t.held[message]
	t.at[message], t.held[message] = now, 0
	return held, true
}

// WithAttrs is the log with more attributes.
func (s seldom) WithAttrs(attrs []slog.Attr) slog.Handler {
	return seldom{s.Handler.WithAttrs(attrs), s.told}
}

// WithGroup is the log with a group.
func (s seldom) WithGroup(name string) slog.Handler {
	return seldom{s.Handler.WithGroup(name), s.told}
}
