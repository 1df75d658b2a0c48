package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"apigee-audit/apigee/auth"
)

// attempt is one try of one operation. It travels in the context, so that the transport can tell the log which try it
// is, and the retry loop what was seen on the wire, past the generated client between them.
type attempt struct {
	try         int
	status      int // of the last answer; 0 for none
	contentType string
}

type attemptKey struct{}

func withAttempt(ctx context.Context, a *attempt) context.Context {
	return context.WithValue(ctx, attemptKey{}, a)
}

// newHTTPClient makes the one client of all requests: authenticated, logged, and bound to one host. How much is read of an
// answer is for who asked to say, as it knows what it is.
func newHTTPClient(o Options, source oauth2.TokenSource, dates *dates) *http.Client {
	base := o.Base
	if base == nil {
		base = pooled(o.Concurrency)
	}
	next := base
	if !o.anonymous {
		next = &oauth2.Transport{Source: source, Base: base}
	}
	return &http.Client{
		Transport:     &observed{next: next, base: base, logger: o.Logger, dates: dates},
		CheckRedirect: auth.SameOrigin,
	}
}

// maxHeader bounds the header of an answer, which comes on each connection at once. By default it is 10 MB.
const maxHeader = 256 << 10

// pooled is the default transport with a pool as large as the number of workers. The default keeps two idle connections
// a host and would open a thousand where sixteen do.
func pooled(connections int) http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport // somebody instruments this process; theirs to tune
	}
	t = t.Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxConnsPerHost = connections, connections, connections
	t.MaxResponseHeaderBytes = maxHeader
	t.ReadBufferSize = 32 << 10 // most bundles come in one read instead of two
	t.OnProxyConnectResponse = refusedByProxy
	return t
}

// observed logs each request, tells the attempt what came back, and bounds what is read of a refusal. It sits above the
// authentication, so it never sees a token.
type observed struct {
	next   http.RoundTripper
	base   http.RoundTripper // that next sends with
	logger *slog.Logger
	dates  *dates
}

func (t *observed) RoundTrip(r *http.Request) (*http.Response, error) {
	seen, ok := r.Context().Value(attemptKey{}).(*attempt)
	if !ok {
		seen = &attempt{try: 1}
	}
	start := time.Now()
	answer, err := t.next.RoundTrip(r)
	if err == nil {
		t.dates.note(answer.Header, start, time.Now())
	}
	seen.status, seen.contentType = 0, ""
	if err == nil {
		seen.status, seen.contentType = answer.StatusCode, answer.Header.Get("Content-Type")
	}
	t.logger.LogAttrs(r.Context(), slog.LevelDebug, "request",
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", seen.status),
		slog.Duration("duration", time.Since(start)), slog.Int("try", seen.try))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 300 {
		answer.Body = body{io.LimitReader(answer.Body, maxErrorAnswer), answer.Body}
	}
	return answer, nil
}

// CloseIdleConnections lets http.Client.CloseIdleConnections through to the pool.
func (t *observed) CloseIdleConnections() {
	(&http.Client{Transport: t.base}).CloseIdleConnections()
}

type body struct {
	io.Reader
	io.Closer
}
