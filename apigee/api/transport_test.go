package api

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type tokenFunc func() (string, error)

func (f tokenFunc) Token() (*oauth2.Token, error) {
	text, err := f()
	return &oauth2.Token{AccessToken: text}, err
}

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

func TestRedirectToAnotherHostGetsNothing(t *testing.T) {
	visited := false
	foreign := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visited = true }))
	defer foreign.Close()
	count := 0
	c, _ := newClient(t, inTurn(&count, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, foreign.URL+"/login?session=secret", http.StatusFound)
	}))
	_, err := c.Organization(t.Context())
	wantError(t, err, "redirects to "+foreign.URL, "--endpoint", "login page")
	if visited || strings.Contains(err.Error(), "session") || count != 1 {
		t.Errorf("visited %v, %d requests, %v", visited, count, err)
	}
}

func TestRedirectOnTheSameHostIsFollowed(t *testing.T) {
	c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/moved" {
			http.Redirect(w, r, "/moved", http.StatusFound)
			return
		}
		acmeAnswer(w, r)
	}))
	if _, err := c.Organization(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestRedirectsInACircleEnd(t *testing.T) {
	c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/again", http.StatusFound)
	}))
	_, err := c.Organization(t.Context())
	wantError(t, err, "ten redirects")
}

// endless is a body without an end.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	if e.read > 10*maxErrorAnswer {
		return 0, errors.New("read on and on")
	}
	return len(p), nil
}

func (e *endless) Close() error { return nil }

func TestErrorPageWithoutEnd(t *testing.T) {
	page := &endless{}
	c, _ := newClient(t, http.NotFoundHandler(), func(o *Options) {
		o.Base = roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{}, Body: page, Request: r}, nil
		})
	})
	_, err := c.Organization(t.Context())
	wantError(t, err, "404 Not Found")
	if page.read > 2*maxErrorAnswer {
		t.Errorf("read %d bytes of an error page", page.read)
	}
}

func TestPoolIsAsLargeAsTheConcurrency(t *testing.T) {
	p := pooled(7).(*http.Transport)
	if p.MaxConnsPerHost != 7 || p.MaxIdleConnsPerHost != 7 || p.MaxIdleConns != 7 || p.Proxy == nil || !p.ForceAttemptHTTP2 {
		t.Errorf("%+v", p)
	}
}

func TestCloseReachesThePool(t *testing.T) {
	pool := &countingPool{}
	c, _ := newClient(t, http.NotFoundHandler(), func(o *Options) { o.Base = pool })
	c.Close()
	if pool.closed != 1 {
		t.Errorf("closed %d times", pool.closed)
	}
}

type countingPool struct {
	http.Transport
	closed int
}

func (p *countingPool) CloseIdleConnections() { p.closed++ }
