// Package auth gets the access tokens that the management API asks for, with credentials of Google Cloud or of Apigee Edge. It
// sends requests to token servers only, and its secrets reach nobody else.
package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"apigee-audit/internal/files"
	"apigee-audit/internal/text"
)

const (
	// findTimeout bounds the search for default credentials: on some networks the probe for a metadata server hangs.
	findTimeout = 5 * time.Second
	// tokenTimeout bounds one request to a token server.
	tokenTimeout = 30 * time.Second
	maxToken     = 64 << 10
)

// Credentials say where the access tokens come from: TokenFile, else File, else Token, else Application Default
// Credentials.
type Credentials struct {
	TokenFile string    // holds an access token and nothing else, a file or a pipe; "-" is Stdin
	Stdin     io.Reader // read once, for TokenFile "-"
	Token     string    // the value of APIGEE_AUDIT_TOKEN
	// File is a credential file of Google Cloud: the key of a service account, a user's, that of workload identity
	// federation, or one that impersonates a service account.
	File string
	// Impersonate is the service account to act as, by e-mail address or unique id.
	Impersonate string
	// Warn gets what the user should know and does not hinder; nil discards it.
	Warn func(string)
	// Base sends the requests to token servers in place of the default transport; for tests.
	Base http.RoundTripper

	from string // where Token comes from, if it is not the variable
	tool string // the command that gets another token, if it is not gcloud's

	// find stands in for google.FindDefaultCredentials in tests.
	find func(context.Context, ...string) (*google.Credentials, error)
}

// TokenSource finds the credentials. Application Default Credentials get their tokens later, with the first request, so
// the context must live as long as the source. The source is a [Renewer]: it reads a token file again, and looks for
// default credentials again.
func (c Credentials) TokenSource(ctx context.Context) (oauth2.TokenSource, error) {
	if err := checkPrincipal(c.Impersonate); err != nil {
		return nil, err
	}
	if c.TokenFile == "-" || files.IsPipe(c.TokenFile) { // neither can be read again
		token, err := c.stream(ctx)
		if err != nil {
			return nil, err
		}
		c.Token, c.TokenFile, c.from = token, "", streamName(c.TokenFile)
	}
	c.Warn = sayOnce(c.Warn)
	source := &reopening{open: func() (oauth2.TokenSource, error) { return c.open(ctx) }}
	if err := source.Renew(); err != nil {
		return nil, err
	}
	return source, nil
}

// open starts over with the same credentials.
func (c Credentials) open(ctx context.Context) (oauth2.TokenSource, error) {
	source, err := c.own(ctx)
	if err != nil || c.Impersonate == "" {
		return source, err
	}
	acting, err := impersonated(ctx, source, c.Impersonate, c.Base)
	return &credential{acting, impersonatedAdvice(c.Impersonate, adviceOf(source))}, err
}

// own is the source of the account that runs the audit, before any impersonation.
func (c Credentials) own(ctx context.Context) (oauth2.TokenSource, error) {
	switch {
	case c.TokenFile != "":
		text, err := files.Read(c.TokenFile, maxToken)
		if err != nil {
			return nil, fmt.Errorf("read the access token: %w", err)
		}
		token, err := parseToken("token file "+c.TokenFile, string(text))
		return c.ready(token, "token file "+c.TokenFile), err
	case c.File != "":
		return c.fromFile(ctx)
	case c.Token != "":
		token, err := parseToken("APIGEE_AUDIT_TOKEN", c.Token)
		return c.ready(token, cmp.Or(c.from, "APIGEE_AUDIT_TOKEN")), err
	}
	return c.applicationDefault(ctx)
}

// ready is the source of an access token that is there already.
func (c Credentials) ready(token, where string) oauth2.TokenSource {
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})
	return &credential{source, tokenAdvice(where, cmp.Or(c.tool, "gcloud auth print-access-token"))}
}

// applicationDefault looks where Google's tools put credentials. The search takes no heed of a context, and the source
// that it finds keeps the one it is given; so the limit is on waiting for it.
func (c Credentials) applicationDefault(ctx context.Context) (oauth2.TokenSource, error) {
	find := c.find
	if find == nil {
		find = google.FindDefaultCredentials
	}
	keeping := c.keeping(ctx)
	limited, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()

	type answer struct {
		found *google.Credentials
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		found, err := find(keeping, Scope)
		answers <- answer{found, err}
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			return nil, &MissingError{"no credentials found: " + text.Said(a.err.Error()), LoginAdvice}
		}
		// What the library found is judged before it is used, and as it was read: the file may be another by now.
		if a.found.JSON == nil {
			return &credential{a.found.TokenSource, metadataAdvice()}, nil
		}
		file, err := c.check(a.found.JSON)
		if err != nil {
			return nil, fmt.Errorf("read the default credentials from %s: %w", defaultFile(), err)
		}
		return &credential{a.found.TokenSource, file.advice(defaultFile())}, nil
	case <-limited.Done():
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("look for credentials: %w", err)
		}
		return nil, &MissingError{fmt.Sprintf("no credentials found within %v", findTimeout), LoginAdvice}
	}
}

// defaultFile names the file that default credentials come from.
func defaultFile() string {
	if name := os.Getenv("GOOGLE_APPLICATION_CREDENTIALS"); name != "" {
		return name + " (named in GOOGLE_APPLICATION_CREDENTIALS)"
	}
	return "gcloud's application_default_credentials.json"
}

// keeping is the context that a source keeps: the library takes its client for token requests from there.
func (c Credentials) keeping(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, tokenClient(ctx, c.Base))
}

// tokenClient sends requests to token servers. They hold assertions, refresh tokens or access tokens, none of which is for
// a host that a server redirects to.
func tokenClient(ctx context.Context, transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = http.DefaultTransport
	}
	return &http.Client{Transport: &ending{ctx, transport}, Timeout: tokenTimeout, CheckRedirect: SameOrigin}
}

// ending ends its requests with a context: the libraries send some without one, and whoever waits for a token would go on
// waiting when the audit has been told to end.
type ending struct {
	ctx  context.Context
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (e *ending) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(e.ctx, cancel)
	end := func() { stop(); cancel() }
	answer, err := e.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		end()
		return nil, err
	}
	answer.Body = closing{answer.Body, end}
	return answer, nil
}

// closing calls a function when it is closed.
type closing struct {
	io.ReadCloser
	then func()
}

func (c closing) Close() error {
	defer c.then()
	return c.ReadCloser.Close()
}

// sayOnce drops what has been said: sources are opened again when a token is refused.
func sayOnce(warn func(string)) func(string) {
	said := map[string]bool{}
	var mu sync.Mutex
	return func(text string) {
		mu.Lock()
		defer mu.Unlock()
		if !said[text] {
			said[text] = true
			tell(warn, text)
		}
	}
}

// stream is the access token that comes through stdin or a pipe, for as long as the context waits for it.
func (c Credentials) stream(ctx context.Context) (string, error) {
	where := "stdin"
	var text []byte
	var err error
	switch {
	case c.TokenFile != "-":
		where = "token file " + c.TokenFile
		text, err = files.ReadPipe(ctx, c.TokenFile, maxToken)
	case c.Stdin == nil:
		err = errors.New("there is no stdin")
	default:
		text, err = files.ReadStream(ctx, c.Stdin, maxToken)
	}
	if err != nil {
		return "", fmt.Errorf("read the access token from %s: %w", where, err)
	}
	return parseToken(where, string(text))
}

// streamName is what holds a token that can be read once.
func streamName(file string) string {
	if file == "-" {
		return "stdin"
	}
	return "pipe " + file
}

// parseToken refuses what is easily taken for an access token. Its errors never quote the text.
func parseToken(where, text string) (string, error) {
	token := strings.TrimSpace(text)
	switch {
	case token == "":
		return "", fmt.Errorf("%s is empty: it must contain an access token, for example from `gcloud auth print-access-token`", where)
	case token[0] == '{':
		return "", fmt.Errorf("%s contains JSON instead of an access token: name a credential file with --credentials or in GOOGLE_APPLICATION_CREDENTIALS", where)
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", fmt.Errorf("%s contains more than an access token: it must contain the token alone, without the Bearer prefix", where)
	}
	return token, nil
}

// reopening is a token source that can be opened again.
type reopening struct {
	open func() (oauth2.TokenSource, error)

	mu     sync.Mutex
	source oauth2.TokenSource
}

// Token implements oauth2.TokenSource.
func (r *reopening) Token() (*oauth2.Token, error) {
	r.mu.Lock()
	source := r.source
	r.mu.Unlock()
	return source.Token()
}

// Advice implements advisor.
func (r *reopening) Advice() Advice {
	r.mu.Lock()
	defer r.mu.Unlock()
	return adviceOf(r.source)
}

// Renew implements [Renewer].
func (r *reopening) Renew() error {
	source, err := r.open()
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.source = source
	return nil
}
