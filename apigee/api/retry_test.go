package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
)

func status(code int, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		refuse(w, code, http.StatusText(code))
	}
}

// cut promises more than it sends and drops the connection.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	io.WriteString(w, `{"environments":[`)
	http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func htmlPage(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, s)
	}
}

func TestRetry(t *testing.T) {
	const half = 500 * time.Millisecond
	tests := []struct {
		name     string
		handlers []http.HandlerFunc
		naps     []time.Duration
	}{
		{"429 with seconds", []http.HandlerFunc{status(429, "7"), acmeAnswer}, []time.Duration{7 * time.Second}},
		// The fake clock starts at noon.
		{"503 with a date", []http.HandlerFunc{status(503, "Mon, 23 Nov 2026 12:00:20 GMT"), acmeAnswer}, []time.Duration{20 * time.Second}},
		{"a date gone by", []http.HandlerFunc{status(503, "Mon, 23 Nov 2026 11:00:00 GMT"), acmeAnswer}, []time.Duration{half}},
		{"nonsense", []http.HandlerFunc{status(503, "soon"), acmeAnswer}, []time.Duration{half}},
		{"shorter than the backoff", []http.HandlerFunc{status(500, ""), status(500, "0"), acmeAnswer}, []time.Duration{half, 2 * half}},
		{"408", []http.HandlerFunc{status(408, ""), acmeAnswer}, []time.Duration{half}},
		{"cut short", []http.HandlerFunc{cut, acmeAnswer}, []time.Duration{half}},
		{"empty", []http.HandlerFunc{htmlPage(""), acmeAnswer}, []time.Duration{half}},
		{"a passing login page", []http.HandlerFunc{htmlPage("<html>"), acmeAnswer}, []time.Duration{half}},
		{"doubling", []http.HandlerFunc{status(500, ""), status(502, ""), status(503, ""), status(504, ""), acmeAnswer},
			[]time.Duration{half, 2 * half, 4 * half, 8 * half}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			count := 0
			c, fake := newClient(t, inTurn(&count, test.handlers...))
			o, err := c.Organization(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(o.Environments) != 2 || count != len(test.handlers) {
				t.Errorf("%v after %d requests", o.Environments, count)
			}
			if diff := cmp.Diff(test.naps, fake.slept()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRetryGivesUp(t *testing.T) {
	tests := []struct {
		name     string
		handlers []http.HandlerFunc
		requests int
		want     []string
	}{
		{"keeps the last error", []http.HandlerFunc{status(500, ""), status(502, ""), status(500, ""), status(500, ""), status(504, "")}, 5,
			[]string{"504 Gateway Timeout", "(after 5 tries)"}},
		{"quota, for longer than its window", []http.HandlerFunc{status(429, "")}, 8, []string{"429 Too Many Requests", "--rate"}},
		{"cut short", []http.HandlerFunc{cut}, 5, []string{"the answer was cut short (after 5 tries)", "check the network"}},
		{"login page", []http.HandlerFunc{htmlPage("<html>")}, 5, []string{`not JSON (content type "text/html")`, "login page"}},
		{"asked to wait for an hour", []http.HandlerFunc{status(429, "3600")}, 1, []string{"asks to wait 1h0m0s"}},
		{"asked to wait for ages", []http.HandlerFunc{status(503, "99999999999999999")}, 1, []string{"asks to wait 24h0m0s"}},
		{"another shape", []http.HandlerFunc{htmlPage(`{"environments":"prod"}`)}, 1, []string{"documented shape", "string"}},
		{"later error is not tried again", []http.HandlerFunc{status(500, ""), status(403, "")}, 2, []string{"403 Forbidden", "(after 2 tries)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			count := 0
			c, _ := newClient(t, inTurn(&count, test.handlers...))
			_, err := c.Organization(t.Context())
			wantError(t, err, append(test.want, "read organization acme: ")...)
			if count != test.requests {
				t.Errorf("%d requests, want %d", count, test.requests)
			}
		})
	}
}

func TestTruncatedBundleIsDownloadedAgain(t *testing.T) {
	bundle := zipOf(t, map[string]string{"apiproxy/login.xml": "<APIProxy/>"})
	count := 0
	c, _ := newClient(t, inTurn(&count,
		func(w http.ResponseWriter, _ *http.Request) {
			w.Write(bundle[:len(bundle)/2])
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
		func(w http.ResponseWriter, _ *http.Request) { w.Write(bundle) }))
	archive, err := c.Bundle(t.Context(), apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3"})
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.Files) != 1 || count != 2 {
		t.Errorf("%d files after %d requests", len(archive.Files), count)
	}
}

func TestBackoffIsBounded(t *testing.T) {
	c := &caller{backoff: DefaultBackoff, clock: newFakeClock().clock()}
	for try, want := range map[int]time.Duration{1: DefaultBackoff, 2: 2 * DefaultBackoff, 7: maxBackoff, 20: maxBackoff} {
		if got := c.wait(try); got != want {
			t.Errorf("try %d: %v, want %v", try, got, want)
		}
	}
}

func TestWallClock(t *testing.T) {
	c := wallClock()
	for range 100 {
		if d := c.jitter(DefaultBackoff); d < 0 || d >= DefaultBackoff {
			t.Fatalf("jitter %v", d)
		}
	}
	if err := c.sleep(t.Context(), time.Nanosecond); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, d := range []time.Duration{0, time.Hour} {
		if err := c.sleep(ctx, d); !errors.Is(err, context.Canceled) {
			t.Errorf("sleep of %v: %v", d, err)
		}
	}
}

func TestSlowTryIsGivenUpAndTriedAgain(t *testing.T) {
	count := 0
	c, _ := newClient(t, inTurn(&count,
		func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		acmeAnswer,
	), func(o *Options) { o.RequestTimeout = 50 * time.Millisecond })
	if _, err := c.Organization(t.Context()); err != nil {
		t.Fatal(err)
	}
	if count != 2 {
		t.Errorf("%d requests", count)
	}
}

func TestTimeoutSaysSo(t *testing.T) {
	c, _ := newClient(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
		func(o *Options) { o.RequestTimeout = 10 * time.Millisecond })
	_, err := c.Organization(t.Context())
	wantError(t, err, "no complete answer within 10ms (after 5 tries)", "--request-timeout")
}

func TestCancelStopsEveryWait(t *testing.T) {
	reached := make(chan struct{}, 1)
	signal := func() {
		select {
		case reached <- struct{}{}:
		default:
		}
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		change  func(*X)
	}{
		{"under way", func(_ http.ResponseWriter, r *http.Request) { signal(); <-r.Context().Done() }, func(*X) {}},
		{"before the next try", func(w http.ResponseWriter, r *http.Request) { status(503, "200")(w, r); signal() }, func(*X) {}},
		{"in the limiter", nil, func(c *X) {
			spent := newLimiter(1, wallClock())
			spent.bucket.ReserveN(time.Now(), 1)
			c.conn.calls.limiter = spent
			signal()
		}},
		{"for a slot", nil, func(c *X) {
			for range cap(c.conn.calls.slots) {
				c.conn.calls.slots <- struct{}{}
			}
			signal()
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			handler := test.handler
			if handler == nil {
				handler = func(http.ResponseWriter, *http.Request) { t.Error("a request went out") }
			}
			c, _ := newClient(t, handler)
			c.conn.calls.clock = wallClock()
			test.change(c)
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-reached; cancel() }()
			start := time.Now()
			_, err := c.Organization(ctx)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			wantError(t, err, "read organization acme: ")
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}
