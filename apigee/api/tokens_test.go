package api

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"apigee-audit/apigee"
	"apigee-audit/apigee/auth"
)

// renewable gives its tokens in turn, one for each renewal.
type renewable struct {
	mu       sync.Mutex
	texts    []string
	renewals int
	err      error
}

func (r *renewable) Token() (*oauth2.Token, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &oauth2.Token{AccessToken: r.texts[min(r.renewals, len(r.texts)-1)]}, nil
}

func (r *renewable) Renew() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.renewals++
	return r.err
}

// accepts answers requests that carry the token and refuses the others as expired.
func accepts(token string, requests *int) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		*requests++
		mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer "+token {
			refuse(w, http.StatusUnauthorized, "expired")
			return
		}
		acmeAnswer(w, r)
	}
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	tests := []struct {
		name     string
		tokens   []string
		err      error
		requests int
		want     []string // of the error; none for success
	}{
		{"a new one works", []string{"stale-token", "fresh-token"}, nil, 2, nil},
		{"a new one is refused too", []string{"stale-token", "wrong-token", "fresh-token"}, nil, 2, []string{"401", "(after 2 tries)", "--token-file"}},
		{"there is no new one", []string{"stale-token"}, nil, 1, []string{"401", "expired", "--token-file"}},
		{"it cannot be had", []string{"stale-token", "fresh-token"}, errors.New("the token file is gone"), 1, []string{"get an access token: the token file is gone"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			requests := 0
			source := &renewable{texts: test.tokens, err: test.err}
			c, fake := newClient(t, accepts("fresh-token", &requests), func(o *Options) { o.Tokens = source })
			_, err := c.Organization(t.Context())
			if test.want == nil && err != nil {
				t.Fatal(err)
			}
			if test.want != nil {
				wantError(t, err, test.want...)
			}
			if requests != test.requests || source.renewals != 1 || len(fake.slept()) > 0 {
				t.Errorf("%d requests, %d renewals, slept %v", requests, source.renewals, fake.slept())
			}
		})
	}
}

func TestManyRefusedAtOnceRenewOnce(t *testing.T) {
	used := auth.NewTokens(&renewable{texts: []string{"stale-token", "fresh-token", "fresher-token"}})
	if _, err := used.Token(); err != nil {
		t.Fatal(err)
	}
	generation := used.Generation()
	for range 16 {
		if fresh, err := used.Renew(generation); err != nil || !fresh {
			t.Fatal(fresh, err)
		}
	}
	if token, err := used.Token(); err != nil || token.AccessToken != "fresh-token" {
		t.Error(token, err)
	}
}

func TestRedactKnowsTheTokenBeforeToo(t *testing.T) {
	used := auth.NewTokens(&renewable{texts: []string{"stale-token", "fresh-token"}})
	if _, err := used.Token(); err != nil {
		t.Fatal(err)
	}
	if _, err := used.Renew(0); err != nil {
		t.Fatal(err)
	}
	if got, want := used.Redact("not stale-token nor fresh-token"), "not [token] nor [token]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	short := auth.NewTokens(&renewable{texts: []string{"demo"}})
	if _, err := short.Token(); err != nil {
		t.Fatal(err)
	}
	if got := short.Redact("the demo"); got != "the demo" {
		t.Errorf("%q", got)
	}
}

func TestTokenQuotedBackByTheServer(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"error": func(w http.ResponseWriter, r *http.Request) { refuse(w, 400, r.Header.Get("Authorization")) },
		"page":  func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<p>" + r.Header.Get("Authorization"))) },
		"content type": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", r.Header.Get("Authorization"))
			w.Write([]byte("x"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newClient(t, answer)
			_, err := c.Bundle(t.Context(), apigee.Revision{Kind: apigee.KindProxy, Name: "p", Number: "1"})
			wantError(t, err, "[token]")
			_, err = c.Organization(t.Context())
			wantError(t, err, "organization acme")
		})
	}
}

// slowTokens fails after a while and counts.
type slowTokens struct {
	fetches atomic.Int64
	release chan struct{}
}

func (s *slowTokens) Token() (*oauth2.Token, error) {
	s.fetches.Add(1)
	<-s.release
	return nil, errors.New("no answer")
}

// TestOneWaitsForATokenForAll: not one after the other, each for its own answer that does not come.
func TestOneWaitsForATokenForAll(t *testing.T) {
	source := &slowTokens{release: make(chan struct{})}
	shared := auth.NewTokens(source)
	var all sync.WaitGroup
	var asking atomic.Int64
	for range 16 {
		all.Go(func() {
			asking.Add(1)
			if _, err := shared.Token(); err == nil {
				t.Error("a token")
			}
		})
	}
	for asking.Load() < 16 || source.fetches.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond) // for those that are about to ask
	close(source.release)
	all.Wait()
	if n := source.fetches.Load(); n > 2 { // one, and one for who came late
		t.Errorf("%d fetches", n)
	}
}
