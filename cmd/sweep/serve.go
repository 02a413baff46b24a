package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	neturl "net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sweep/cmd/sweep/serve"
	"sweep/store"
	"sweep/sweep"
)

type serveCommand struct {
	Sweep []string `predictor:"sweep" arg:"" optional:"" name:"SWEEP" help:"Sweeps to show (default: all of the store)."`
	serveFlags
	Write bool   `help:"Let visitors write notes and tags."`
	Out   string `placeholder:"DIR" help:"Write the pages as files that open from a disk, and serve nothing."`
	storeFlag
	logFlag
}

// serveFlags say where pages are served, and to whom.
type serveFlags struct {
	Listen string   `placeholder:"ADDRESS" help:"Address and port (default: 127.0.0.1:8473 or, if that is taken, a free port). One that other machines reach asks for a token."`
	Token  string   `placeholder:"TOKEN" help:"What visitors have to know; '@FILE' reads it from a file. Without it, SWEEP_TOKEN is read."`
	Host   []string `placeholder:"NAME" help:"A name that the server is reached by, beside localhost and addresses, such as that of a proxy before it."`
	Cert   string   `placeholder:"FILE" help:"Certificate for https, in PEM, with those that it rests on."`
	Key    string   `placeholder:"FILE" help:"Private key of that certificate."`
}

// usualAddress is where pages are served unless it is said otherwise.
const usualAddress = "127.0.0.1:8473"

// Help shows examples.
func (serveCommand) Help() string {
	return `The pages say what to use and what is not known of that, and show the valleys of
the loss as they fill in, all curves, and the runs. They read the store and write
nothing to it, send nothing anywhere else, and cost a sweep that trains beside them
next to nothing. What is shown is in the address, to be sent. Ctrl-C ends it.

Examples:
  sweep serve
  sweep serve menus --listen 127.0.0.1:9000
  sweep serve --listen 0.0.0.0:8473 --token @token.txt
  sweep serve menus --out pages`
}

// Run serves the pages of the store until it is interrupted.
func (c *serveCommand) Run(ctx context.Context, out streams) error {
	if err := c.check(ctx, out); err != nil {
		return err
	}
	if c.Out != "" {
		return c.writeFiles(ctx, out)
	}
	served, url, err := c.start(ctx, out)
	if err != nil {
		return err
	}
	if len(c.Sweep) == 1 {
		url += "sweep/" + neturl.PathEscape(c.Sweep[0])
	}
	fmt.Fprintln(out.stdout, url)
	return <-served
}

// writeFiles writes the pages into a folder.
func (c *serveCommand) writeFiles(ctx context.Context, out streams) error {
	if c.Write {
		return errors.New("--out with --write: nobody writes notes to files; leave one of them out")
	}
	var o serve.Options
	c.fill(&o)
	if err := serve.Write(ctx, o, c.Out); err != nil {
		return fmt.Errorf("--out %s: %w", c.Out, err)
	}
	_, err := fmt.Fprintln(out.stdout, filepath.Join(c.Out, "index.html"))
	return err
}

// check refuses a store that is not there, and sweeps that it does not have. One that is
// locked is waited for.
func (c *serveCommand) check(ctx context.Context, out streams) error {
	return c.read(ctx, out, func(st sweep.Store) error {
		for _, name := range c.Sweep {
			if _, err := st.SweepHead(ctx, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// listen opens the address that pages are served on.
func (f serveFlags) listen() (net.Listener, serve.Options, error) {
	o := serve.Options{Hosts: f.Host, TLS: f.Cert != ""}
	if (f.Cert == "") != (f.Key == "") {
		return nil, o, errors.New("--cert and --key go together: name both")
	}
	var err error
	if o.Token, err = f.token(); err != nil {
		return nil, o, err
	}
	address := cmp.Or(f.Listen, usualAddress)
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, o, fmt.Errorf("--listen %s: name an address and a port, such as %s", address, usualAddress)
	}
	if o.Token == "" && !loopback(host) {
		return nil, o, fmt.Errorf("--listen %s: other machines reach this address: give what visitors have to know with --token, or in SWEEP_TOKEN", address)
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" {
		o.Hosts = append(o.Hosts, host)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil && f.Listen == "" {
		listener, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return nil, o, fmt.Errorf("--listen %s: %w", address, err)
	}
	if f.Cert != "" {
		if _, err := tls.LoadX509KeyPair(f.Cert, f.Key); err != nil {
			return nil, o, errors.Join(fmt.Errorf("--cert %s: %w", f.Cert, err), listener.Close())
		}
	}
	return listener, o, nil
}

// loopback reports whether only this machine reaches a host.
func loopback(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && at.IsLoopback()
}

// token is what visitors have to know, "" for nothing.
func (f serveFlags) token() (string, error) {
	token := f.Token
	if token == "" {
		token = os.Getenv("SWEEP_TOKEN")
	}
	if path, isFile := strings.CutPrefix(token, "@"); isFile {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("--token: %w", err)
		}
		if token = strings.TrimSpace(string(text)); token == "" {
			return "", fmt.Errorf("--token %s: the file is empty", f.Token)
		}
	}
	if len(token) > 0 && len(token) < 8 {
		return "", errors.New("--token: a token of less than 8 letters is guessed; take a longer one")
	}
	return token, nil
}

// url is where pages are found that are served on an address.
func (f serveFlags) url(at net.Addr) string {
	scheme := "http"
	if f.Cert != "" {
		scheme = "https"
	}
	address := at.String()
	if host, port, err := net.SplitHostPort(address); err == nil {
		if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
			if name, err := os.Hostname(); err == nil {
				address = net.JoinHostPort(name, port)
			}
		}
	}
	return scheme + "://" + address + "/"
}

// start serves pages until ctx ends, and returns where they are. What comes of it is sent.
func (c *serveCommand) start(ctx context.Context, out streams) (served <-chan error, url string, err error) {
	listener, o, err := c.listen()
	if err != nil {
		return nil, "", err
	}
	log, file, err := c.openLog(c.DB, out.stderr)
	if err != nil {
		return nil, "", errors.Join(err, listener.Close())
	}
	o.Log = log
	c.fill(&o)
	pages := serve.New(o)
	server := &http.Server{
		Handler: pages.Handler(), ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // streams never end by themselves
	done := make(chan error, 1)
	go func() {
		var err error
		if c.Cert != "" {
			err = server.ServeTLS(listener, c.Cert, c.Key)
		} else {
			err = server.Serve(listener)
		}
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		done <- errors.Join(err, pages.Close(), file.Close())
	}()
	return done, c.url(listener.Addr()), nil
}

// fill has the pages read the store, and say what this program would say.
func (c *serveCommand) fill(o *serve.Options) {
	o.Store = c.DB.String()
	o.Only = c.Sweep
	o.Open = func(ctx context.Context) (sweep.Store, error) {
		return openStore(c.DB, reading, sweep.Patience{For: 2 * time.Second, Stop: ctx.Done()})
	}
	o.See = newLiving().see
	o.Complete = c.complete
	o.Run = c.runText
	if c.DB.onServer() {
		o.Idle = idleWorkers
	}
	if c.Write {
		o.EditNote = c.editNote
	}
}

// complete has the runs of a sweep know their settings.
func (c *serveCommand) complete(saved sweep.SavedSweep, results []sweep.Result) (serve.Grid, error) {
	spec, err := specOf(saved)
	if err != nil {
		return serve.Grid{}, err
	}
	results = spec.Complete(results)
	g := serve.Grid{
		Results: results, Axes: spec.AxisNames(), Imported: spec.Imported, TrainedWith: spec.TrainedWith(results),
		Train: c.command(onGrid("run", saved)...), Next: c.command(onGrid("next", saved)...), Report: c.command("report", "--sweep", saved.Name),
	}
	if spec.Imported != "" {
		g.Train, g.Next = trainThere, ""
	}
	return g, nil
}

// idleWorkers are those of the store's fleet that train nothing, each with why it refuses runs
// of a sweep.
func idleWorkers(ctx context.Context, of sweep.Store, name string) (idle []serve.IdleWorker, err error) {
	fl, err := store.Fleet(of)
	if err != nil {
		return nil, err
	}
	workers, err := fl.Workers(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range workers {
		if stateOf(w) != "idle" {
			continue
		}
		one := serve.IdleWorker{Name: nameOf(w), Why: []string{}}
		for _, r := range w.Refused {
			if r.Sweep == name {
				one.Why = append(one.Why, strings.TrimPrefix(r.Arm+": "+r.Why, ": "))
			}
		}
		idle = append(idle, one)
	}
	slices.SortFunc(idle, func(a, b serve.IdleWorker) int { return strings.Compare(a.Name, b.Name) })
	return idle, nil
}

// runText is what the store does not have of a run: how to train it again, and what its
// command printed.
func (c *serveCommand) runText(_ context.Context, saved sweep.SavedSweep, r sweep.Result) serve.RunText {
	t := serve.RunText{Train: trainAgain(saved, r)}
	if r.Params.Command == nil {
		return t
	}
	kept, err := newFineTunerIn(runFolders(c.DB), 0).kept(r.Key)
	if err != nil || len(kept.Attempts) == 0 {
		return t // its folder is on another machine, or was removed
	}
	path := kept.Attempts[len(kept.Attempts)-1].Log
	text, cutOff, err := endOf(path, logShown)
	if err != nil {
		return t
	}
	t.Log, t.LogPlace = text, path
	if cutOff {
		t.LogPlace += ", of which this is the end"
	}
	return t
}

// editNote changes a note, by a handle that is open for as long as that takes.
func (c *serveCommand) editNote(ctx context.Context, of sweep.Subject, edit func(sweep.Note) sweep.Note) error {
	st, err := openStore(c.DB, writing, sweep.Patience{For: 5 * time.Second, Stop: ctx.Done()})
	if err != nil {
		return err
	}
	return errors.Join(st.EditNote(ctx, of, edit), st.Close())
}
