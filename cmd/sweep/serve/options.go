package serve

import (
	"context"
	"log/slog"
	"time"

	"sweep/sweep"
)

// Options are what the pages are made of. All functions are safe for concurrent use.
type Options struct {
	// Open opens the store for reading. It is called again whenever the store that was
	// open is gone, and soon gives up on one that is locked.
	Open func(ctx context.Context) (sweep.Store, error)
	// Complete fills in the settings of runs of a sweep that were never begun, as its grid
	// has them, and says what its grid says.
	Complete func(saved sweep.SavedSweep, results []sweep.Result) (Grid, error)
	// See has a run say who trains it as people know it, and be pending where its process
	// is known to have died.
	See func(*sweep.Result)
	// Idle tells which workers of a fleet train nothing, and why they leave a sweep to others;
	// nil where no fleet trains.
	Idle func(ctx context.Context, of sweep.Store, name string) ([]IdleWorker, error)
	// Run tells of a run what the store does not.
	Run func(ctx context.Context, saved sweep.SavedSweep, r sweep.Result) RunText
	// EditNote changes a note; nil where the pages write nothing.
	EditNote func(ctx context.Context, of sweep.Subject, edit func(sweep.Note) sweep.Note) error

	Only  []string // the sweeps that are shown, all of the store for none
	Store string   // the name of the store, as it may be shown
	Token string   // that a visitor has to have; "" for none
	Hosts []string // names that the server is reached by, beside localhost and addresses
	TLS   bool     // visitors come by https
	Log   *slog.Logger

	Patience time.Duration // how long a visitor may take for an event or a page; 30 s for 0
}

// Grid is what the grid of a sweep says.
type Grid struct {
	Results     []sweep.Result                   // with all settings
	Axes        []string                         // that the grid varies, in the order of the file
	TrainedWith map[string]sweep.AdapterSettings // the adapters that its runs start from, by folder
	Imported    string                           // where the runs were read, "" for those trained here
	Train       string                           // the command that trains the sweep, or how to train what was imported
	Next        string                           // the command that writes the grid of the runs that would decide most
	Report      string                           // the command that makes the report
}

// IdleWorker is a worker of a fleet that trains nothing.
type IdleWorker struct {
	Name string   `json:"name"`
	Why  []string `json:"why"` // it refuses runs of the sweep; empty where it waits for work
}

// RunText is what is known of a run beside what the store has of it.
type RunText struct {
	Train    string // the command that trains it again, or why there is none
	Log      string // the end of what its command printed, "" if there is none
	LogPlace string // where all of it is
}
