package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	// Roots of trust, for systems and images that have none.
	_ "golang.org/x/crypto/x509roots/fallback"

	"sweep/sweep"
)

const (
	maxAttempts = 5
	maxWait     = 5 * time.Minute // that a hub may ask for before the next attempt
)

// Progress is how far a fetch came.
type Progress struct {
	File        string // that is being fetched, "" while the hub is asked
	Done, Total int64  // bytes of all files that are to be fetched

	// Waiting is how long until the next attempt, after Cause; 0 if there is no wait.
	Waiting time.Duration
	Cause   error
}

// Watch is told of progress. It may be nil.
type Watch func(Progress)

func (w Watch) tell(p Progress) {
	if w != nil {
		w(p)
	}
}

// address is where on the hub the parts of a path lead, which are escaped.
func (c *Client) address(parts ...string) *url.URL {
	return c.endpoint.JoinPath(escaped(parts)...)
}

func escaped(parts []string) []string {
	all := make([]string, len(parts))
	for i, part := range parts {
		all[i] = url.PathEscape(part)
	}
	return all
}

// get asks for an address. It tries again where the hub is busy, and returns only
// responses that succeeded. What else the hub says is an error about the repository.
func (c *Client) get(ctx context.Context, name sweep.HubName, at *url.URL, header http.Header, watch Watch) (*http.Response, error) {
	for attempt := 1; ; attempt++ {
		r, err := c.try(ctx, name, at, header)
		var busy *busyError
		if !errors.As(err, &busy) || attempt == maxAttempts {
			return r, err
		}
		if err := c.pauseFor(ctx, busy.pause(attempt), err, Progress{}, watch); err != nil {
			return nil, err
		}
	}
}

// pauseFor waits before another attempt, and says so.
func (c *Client) pauseFor(ctx context.Context, d time.Duration, cause error, p Progress, watch Watch) error {
	if d > maxWait {
		return fmt.Errorf("%w; try again after that", cause)
	}
	p.Waiting, p.Cause = d, cause
	watch.tell(p)
	return c.wait(ctx, d)
}

// try asks for an address once.
func (c *Client) try(ctx context.Context, name sweep.HubName, at *url.URL, header http.Header) (*http.Response, error) {
	asking, cancel := context.WithCancel(ctx)
	ask, err := http.NewRequestWithContext(asking, http.MethodGet, at.String(), nil)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("%s: %w", name, withoutAddress(err))
	}
	ask.Header = header.Clone()
	if ask.Header == nil {
		ask.Header = http.Header{}
	}
	ask.Header.Set("User-Agent", "sweep")
	ask.Header.Set("Accept-Encoding", "identity")
	if c.token != "" && c.trusts(at) {
		ask.Header.Set("Authorization", "Bearer "+c.token)
	}
	r, err := c.http.Do(ask)
	if err != nil {
		cancel()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &unreachableError{name, c.endpoint, withoutAddress(err)}
	}
	r.Body = newTimedBody(r.Body, c.stall, cancel)
	if r.StatusCode == http.StatusOK || r.StatusCode == http.StatusPartialContent {
		return r, nil
	}
	err = c.refusal(name, r)
	_, _ = io.CopyN(io.Discard, r.Body, 1<<16) // so that the connection can be used again
	return nil, errors.Join(err, r.Body.Close())
}

// newHTTP returns what follows redirects, and sends the token to hubs alone: a file
// lies on another host, whose address is signed.
func (c *Client) newHTTP() *http.Client {
	dial := net.Dialer{Timeout: c.answer}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext, t.ResponseHeaderTimeout, t.TLSHandshakeTimeout = dial.DialContext, c.answer, c.answer
	return &http.Client{Transport: t, CheckRedirect: func(next *http.Request, before []*http.Request) error {
		if len(before) >= 10 {
			return errors.New("it redirects in a circle")
		}
		if !c.trusts(next.URL) {
			next.Header.Del("Authorization")
		}
		return nil
	}}
}

// trusts reports whether the token may be sent to an address: to the hub that is
// asked, and to the public one.
func (c *Client) trusts(at *url.URL) bool {
	same := at.Scheme == c.endpoint.Scheme && at.Host == c.endpoint.Host
	return same || at.Scheme == "https" && slices.Contains([]string{"huggingface.co", "hf.co"}, at.Host)
}

// withoutAddress takes the address out of an error, since that of a file is signed,
// and that of a proxy may hold a password.
func withoutAddress(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}

// busyError is a refusal for the moment.
type busyError struct {
	error
	after time.Duration // that the hub asks to wait, 0 if it does not say
}

func (b *busyError) Unwrap() error { return b.error }

// pause is how long to wait after so many attempts.
func (b *busyError) pause(attempts int) time.Duration {
	if b.after > 0 {
		return b.after
	}
	return time.Second << (attempts - 1)
}

// rateReset is in the RateLimit header the number of seconds until the hub answers
// again.
var rateReset = regexp.MustCompile(`\bt=([0-9]{1,6})\b`)

// retryAfter is how long a response asks to wait, 0 if it does not say.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if found := rateReset.FindStringSubmatch(h.Get("RateLimit")); text == "" && found != nil {
		text = found[1]
	}
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(max(0, min(n, 1e6))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// timedBody is a body of which no part may take longer than some time.
type timedBody struct {
	io.ReadCloser
	timer  *time.Timer
	limit  time.Duration
	cancel func() // ends the request
}

func newTimedBody(body io.ReadCloser, limit time.Duration, cancel func()) *timedBody {
	return &timedBody{body, time.AfterFunc(limit, cancel), limit, cancel}
}

// Read reads the next part.
func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if !b.timer.Reset(b.limit) && err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("nothing came for %v", b.limit)
	}
	return n, err
}

// Close ends the request.
func (b *timedBody) Close() error {
	b.timer.Stop()
	b.cancel()
	return b.ReadCloser.Close()
}
