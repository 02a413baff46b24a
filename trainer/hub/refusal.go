package hub

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"

	"sweep/sweep"
)

// unreachableError says that no hub answered.
type unreachableError struct {
	name     sweep.HubName
	endpoint *url.URL
	err      error
}

func (e *unreachableError) Error() string {
	return fmt.Sprintf("%s: %s does not answer: %v", e.name, e.endpoint.Redacted(), e.err)
}

func (e *unreachableError) Unwrap() error { return e.err }

// refusal is what a response says that has no success, and what to do about it. The
// hub gives its reason in X-Error-Code, and says of a private repository that there is
// none to those who may not see it.
func (c *Client) refusal(name sweep.HubName, r *http.Response) error {
	code, status := r.Header.Get("X-Error-Code"), r.StatusCode
	said := sweep.OneLine(shortened(r.Header.Get("X-Error-Message")))
	page := c.page(name)
	switch {
	case code == "GatedRepo":
		return fmt.Errorf("%s: its owner asks for consent first: accept the conditions at %s, and %s", name, page, c.identify())
	case code == "RevisionNotFound":
		return fmt.Errorf("%s: the repository has no revision %q; %s/tree/main lists its branches and tags", name, name.Branch(), page)
	case code == "EntryNotFound":
		return fmt.Errorf("%s: the repository does not have this file; %s/tree/main shows those that it has", name, page)
	case said == "Access to this resource is disabled.":
		return fmt.Errorf("%s: the hub has disabled this repository", name)
	case said == "Invalid credentials in Authorization header":
		return fmt.Errorf("%s: the hub does not accept the token that HF_TOKEN, or the file of `hf auth login`, holds; %s has valid ones", name, tokensPage)
	case code == "RepoNotFound", status == http.StatusUnauthorized, status == http.StatusNotFound:
		return fmt.Errorf("%s: there is no such repository at %s, or it is private: check the spelling, %sor %s", name, page, otherKind(name), c.identify())
	case status == http.StatusForbidden:
		return fmt.Errorf("%s: the hub forbids it (%s): %s", name, cmp.Or(said, r.Status), c.identify())
	case status == http.StatusTooManyRequests:
		limit := ""
		if c.token == "" {
			limit = "; with HF_TOKEN set it allows more"
		}
		return &busyError{fmt.Errorf("%s: the hub had too many requests from here (429)%s%s", name, inTime(r.Header), limit), retryAfter(r.Header)}
	case status >= 500 || status == http.StatusRequestTimeout:
		return &busyError{fmt.Errorf("%s: %s has trouble (%s)%s", name, c.endpoint.Redacted(), r.Status, inTime(r.Header)), retryAfter(r.Header)}
	default:
		return fmt.Errorf("%s: %s answers %s %s", name, c.endpoint.Redacted(), r.Status, said)
	}
}

// page is where people look at a repository.
func (c *Client) page(name sweep.HubName) string {
	return c.endpoint.Redacted() + "/" + name.Repository()
}

// identify says how to be let in.
func (c *Client) identify() string {
	if c.token != "" {
		return "make sure that HF_TOKEN, or the file of `hf auth login`, holds a token of an account that may read it"
	}
	return "set HF_TOKEN to a token of an account that may read it, from " + tokensPage
}

// otherKind reminds of datasets/, which repositories of rows have in their names.
func otherKind(name sweep.HubName) string {
	other := name
	other.DataSet = !name.DataSet
	if name.DataSet {
		return fmt.Sprintf("write %s if it is no data set, ", other)
	}
	return fmt.Sprintf("write %s if it is a data set, ", other)
}

// inTime says when a hub that is busy answers again, if it says so itself.
func inTime(h http.Header) string {
	if d := retryAfter(h); d > 0 {
		return fmt.Sprintf(" and answers again in %.0f s", d.Seconds())
	}
	return ""
}

// shortened keeps the start of a text that another program wrote.
func shortened(text string) string {
	letters := []rune(text)
	return string(letters[:min(len(letters), 200)])
}
