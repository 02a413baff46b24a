package main

import (
	"context"
	"errors"
	"fmt"
	neturl "net/url"

	"github.com/alecthomas/kong"
)

// serveFlag has a sweep shown in a browser while it trains.
type serveFlag struct {
	Serve servedAt `placeholder:"ADDRESS" help:"Show the sweep in a browser while it trains, as 'sweep serve' does; --serve=ADDRESS at another address than 127.0.0.1:8473, with what visitors have to know in SWEEP_TOKEN."`
}

// servedAt is an address that need not be named: a flag of it may stand alone.
type servedAt struct {
	on      bool
	address string // "" for the usual one
}

// Decode reads --serve and --serve=ADDRESS.
func (s *servedAt) Decode(ctx *kong.DecodeContext) error {
	s.on = true
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	return ctx.Scan.PopValueInto("address", &s.address)
}

// IsBool has the flag stand without a value.
func (s *servedAt) IsBool() bool { return true }

// begin serves the pages of a store, at that of a sweep, until end is called. It does
// nothing where that was not asked for.
func (f serveFlag) begin(ctx context.Context, out streams, db storeName, log logFlag, name string) (end func() error, err error) {
	if !f.Serve.on {
		return func() error { return nil }, nil
	}
	ctx, stop := context.WithCancel(ctx)
	c := serveCommand{serveFlags: serveFlags{Listen: f.Serve.address}, storeFlag: storeFlag{db}, logFlag: log}
	served, url, err := c.start(ctx, out)
	if err != nil {
		stop()
		return nil, fmt.Errorf("--serve: %w", err)
	}
	fmt.Fprintln(out.stdout, "in a browser: "+url+"sweep/"+neturl.PathEscape(name))
	return func() error {
		stop()
		if err := <-served; err != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("--serve: %w", err)
		}
		return nil
	}, nil
}
