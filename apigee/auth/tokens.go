package auth

import (
	"errors"
	"strings"
	"sync"

	"golang.org/x/oauth2"
)

// Renewer is a token source that can start over when the server refuses its token before the token's time.
type Renewer interface {
	oauth2.TokenSource
	// Renew drops what the source holds, so that the next Token is a fresh one where there is one.
	Renew() error
}

// login is a token source that gets its tokens with secrets of the user's, which a server may quote too.
type login interface {
	oauth2.TokenSource
	secrets() []string
}

// Tokens hands out the access tokens of one client and knows them again in a text.
type Tokens struct {
	source oauth2.TokenSource

	mu       sync.Mutex
	renewals int
	current  string
	previous string // a server may still quote it just after a change
	fetching *fetch // that somebody waits for; nil for none
}

// NewTokens hands out the tokens of a source.
func NewTokens(source oauth2.TokenSource) *Tokens { return &Tokens{source: source} }

// fetch is a token on its way.
type fetch struct {
	done  chan struct{}
	token *oauth2.Token
	err   error
}

// Token implements oauth2.TokenSource; its errors are *tokenError. Who asks while another waits for the answer shares it:
// sources serve one after the other, and where the token server does not answer, each would wait for that again.
func (t *Tokens) Token() (*oauth2.Token, error) {
	t.mu.Lock()
	if f := t.fetching; f != nil {
		t.mu.Unlock()
		<-f.done
		return f.token, f.err
	}
	f := &fetch{done: make(chan struct{}), err: &TokenError{errors.New("the token source failed")}}
	t.fetching = f
	t.mu.Unlock()
	defer func() { // also where the source panics
		t.mu.Lock()
		defer t.mu.Unlock()
		t.fetching = nil
		close(f.done)
	}()
	f.token, f.err = t.fetch()
	return f.token, f.err
}

func (t *Tokens) fetch() (*oauth2.Token, error) {
	token, err := t.source.Token()
	if err == nil && (token == nil || token.AccessToken == "") {
		err = errors.New("the token source returned an empty token")
	}
	if err != nil {
		return nil, &TokenError{err}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if token.AccessToken != t.current {
		t.previous, t.current = t.current, token.AccessToken
	}
	return token, nil
}

// Generation is a number to show to renew when a request sent after this call is refused.
func (t *Tokens) Generation() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.renewals
}

// Renew gets another token in place of the refused one of that generation, and says whether there is a new one to try.
// Of many requests refused at once, the first renews and the others use what it got.
func (t *Tokens) Renew(generation int) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if generation != t.renewals {
		return true, nil
	}
	source, ok := t.source.(Renewer)
	if !ok {
		return false, nil
	}
	if err := source.Renew(); err != nil {
		return false, &TokenError{err}
	}
	token, err := source.Token()
	if err != nil {
		return false, &TokenError{err}
	}
	if token.AccessToken == t.current {
		return false, nil
	}
	t.renewals++
	t.previous, t.current = t.current, token.AccessToken
	return true, nil
}

// shortestSecret keeps redact from blanking ordinary words where a test or a simulator has a token like "demo".
const shortestSecret = 8

// shortestPassword is less, because people choose passwords.
const shortestPassword = 4

// Redact takes the tokens, and the secrets that they are got with, out of a text: a server may quote them back in its error.
func (t *Tokens) Redact(text string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, secret := range []string{t.current, t.previous} {
		if len(secret) >= shortestSecret {
			text = strings.ReplaceAll(text, secret, "[token]")
		}
	}
	if s, ok := t.source.(login); ok {
		for _, secret := range s.secrets() {
			if len(secret) >= shortestPassword {
				text = strings.ReplaceAll(text, secret, "[secret]")
			}
		}
	}
	return text
}

// TokenError is an access token that could not be had.
type TokenError struct{ Err error }

func (e *TokenError) Error() string { return "get an access token: " + e.Err.Error() }

func (e *TokenError) Unwrap() error { return e.Err }
