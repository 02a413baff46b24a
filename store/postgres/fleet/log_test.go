package fleet

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAWarningIsRepeatedSeldomWithHowOftenItWasHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text strings.Builder
		log := newSeldom(slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{ReplaceAttr: withoutTime}))).With("by", "river")
		for range 21 {
			log.Error("no server", "attempt", 1)
			log.Info("of no interest")
			time.Sleep(time.Minute)
		}
		want := "level=ERROR msg=\"no server\" by=river attempt=1\n" + strings.Repeat("level=ERROR msg=\"no server\" by=river attempt=1 held_back=9\n", 2)
		if text.String() != want {
			t.Errorf("got\n%swant\n%s", text.String(), want)
		}
	})
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
