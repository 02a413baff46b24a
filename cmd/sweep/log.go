package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"sweep/sweep"
	"sweep/sweep/runner"
)

// logFlag has events shown, beside being logged.
type logFlag struct {
	Verbose bool `short:"v" help:"Tell events on stderr too, as they are logged beside the store in STORE.log."`
}

// logSize is how many bytes a log grows to before a new one is begun; the last
// one is kept.
const logSize = 8 << 20

// openStore opens a store for writing, and the log beside it; shut closes both.
// Where another process has locked it, notices say so.
func (f logFlag) openStore(ctx context.Context, db storeName, stderr io.Writer, notices *notices) (st sweep.Store, log *slog.Logger, shut func() error, err error) {
	st, err = openStore(db, writing, notices.waiting(ctx, db))
	if err != nil && ctx.Err() != nil {
		return nil, nil, nil, &exitError{code: exitInterrupted}
	}
	if err != nil {
		return nil, nil, nil, err
	}
	log, file, err := f.openLog(db, stderr)
	if err != nil {
		return nil, nil, nil, errors.Join(err, st.Close())
	}
	return st, log, func() error { return errors.Join(file.Close(), st.Close()) }, nil
}

// openLog opens the log beside a store. Several processes may write to it: each
// event is one line, written at once.
func (f logFlag) openLog(db storeName, stderr io.Writer) (*slog.Logger, io.Closer, error) {
	path := db.beside(".log")
	if db.onServer() {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, nil, fmt.Errorf("make a folder for the log: %w", err)
		}
	}
	if at, err := os.Stat(path); err == nil && at.Size() > logSize {
		if err := os.Rename(path, path+".1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("begin a new log: %w", err)
		}
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, nil, fmt.Errorf("open the log beside the store: %w", err)
	}
	var handler slog.Handler = slog.NewTextHandler(file, nil)
	if f.Verbose {
		handler = slog.NewMultiHandler(handler, slog.NewTextHandler(stderr, nil))
	}
	return slog.New(handler).With("pid", os.Getpid()), file, nil
}

// logEvent logs what happened to a run. Points are in the store.
func logEvent(log *slog.Logger, e runner.Event) {
	log = log.With("run", e.Run.Name, "key", e.Run.Key)
	o := e.Outcome
	switch e.Kind {
	case runner.EventBegan:
		log.Info("began", "from_step", e.Point.Step)
	case runner.EventRestarted:
		log.Warn("began anew", "because", e.Err)
	case runner.EventHeld:
		log.Info("held", "by", e.Err)
	case runner.EventRequeued:
		log.Info("requeued", "because", e.Err)
	case runner.EventCopied:
		log.Info("copied", "of", o.CopyOf)
	case runner.EventStopped:
		log.Info("pruned")
	case runner.EventEnded:
		if o.State == sweep.StateFailed {
			log.Error("failed", "steps", o.Steps, "error", o.Error)
			return
		}
		if o.Evaluated {
			log = log.With("eval_loss", o.EvalLoss)
		}
		if o.Match.Known() {
			log = log.With("match", o.Match.Share())
		}
		log.Info(string(o.State), "steps", o.Steps, "loss", o.Loss, "seconds", o.Seconds, "tokens_per_second", o.TokensPerSecond)
	}
}
