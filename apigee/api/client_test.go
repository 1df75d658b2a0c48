package api

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"apigee-audit/apigee"
	"apigee-audit/apigee/internal/authtest"
)

const testToken = "ya29.test-token-0123456789"

// fakeClock waits for nothing: a sleep moves its time on and is remembered.
type fakeClock struct {
	mu   sync.Mutex
	time time.Time
	naps []time.Duration
}

func newFakeClock() *fakeClock {
	return &fakeClock{time: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
}

func (f *fakeClock) clock() clock {
	return clock{
		now: func() time.Time {
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.time
		},
		sleep: func(ctx context.Context, d time.Duration) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			if d > 0 {
				f.time = f.time.Add(d)
				f.naps = append(f.naps, d)
			}
			return ctx.Err()
		},
		jitter: func(d time.Duration) time.Duration { return d },
	}
}

func (f *fakeClock) slept() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.naps)
}

// newClient is a client of organization acme at a server of our own, on a fake clock and with a rate that never waits.
func newClient(t *testing.T, handler http.Handler, change ...func(*Options)) (*X, *fakeClock) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	o := Options{
		Organization: "acme",
		Endpoint:     server.URL,
		Tokens:       oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}),
		Rate:         60_000_000,
		UserAgent:    "apigee-audit/test",
	}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	fake := newFakeClock()
	c.conn.calls.clock = fake.clock()
	c.conn.calls.breaker = newBreaker(fake.clock(), DefaultPatience)
	c.conn.calls.limiter = newLimiter(o.Rate, fake.clock())
	return c, fake
}

// routes answers paths below the organization with JSON and everything else with 404.
func routes(answers map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := strings.TrimPrefix(r.URL.Path, "/v1/organizations/acme")
		if r.URL.Query().Get("sharedFlows") == "true" {
			key += "?sharedFlows"
		}
		answer, ok := answers[key]
		if !ok {
			refuse(w, http.StatusNotFound, "no such thing")
			return
		}
		if code, ok := strings.CutPrefix(answer, "refuse "); ok {
			var status int
			fmt.Sscan(code, &status)
			refuse(w, status, "not for you")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, answer)
	})
}

// refuse answers like Google's front end.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error": {"code": %d, "message": %q, "status": "X"}}`, status, message)
}

// inTurn gives each request the next handler, the last one for ever, and counts.
func inTurn(count *int, handlers ...http.HandlerFunc) http.Handler {
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := handlers[min(*count, len(handlers)-1)]
		*count++
		mu.Unlock()
		h(w, r)
	})
}

func acmeAnswer(w http.ResponseWriter, _ *http.Request) {
	io.WriteString(w, `{"name":"acme","environments":["test","prod"]}`)
}

func zipOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	z := zip.NewWriter(&buffer)
	for name, content := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, content)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// wantError fails a test unless an error says all of it, in one line and without the token.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	authtest.WantError(t, err, parts...)
	if strings.Contains(err.Error(), testToken) {
		t.Errorf("error holds the token: %q", err)
	}
}

func TestWholeAuditStaysWithinItsBudget(t *testing.T) {
	var mu sync.Mutex
	var requests []string
	bundle := zipOf(t, map[string]string{"apiproxy/login.xml": "<APIProxy/>"})
	answers := routes(map[string]string{
		"":                         `{"name":"acme","environments":["prod","test"]}`,
		"/deployments":             `{"deployments":[{"environment":"test","apiProxy":"login","revision":"3"},{"environment":"prod","apiProxy":"login","revision":"3"}]}`,
		"/deployments?sharedFlows": `{"deployments":[{"environment":"prod","apiProxy":"auth","revision":"1"}]}`,
		"/environments/prod/flowhooks/PreProxyFlowHook":   `{"flowHookPoint":"PreProxyFlowHook","sharedFlow":"auth"}`,
		"/environments/prod/flowhooks/PreTargetFlowHook":  `{"flowHookPoint":"PreTargetFlowHook"}`,
		"/environments/prod/flowhooks/PostTargetFlowHook": `{"flowHookPoint":"PostTargetFlowHook"}`,
		"/environments/prod/flowhooks/PostProxyFlowHook":  `{"flowHookPoint":"PostProxyFlowHook"}`,
		"/environments/test/flowhooks/PreProxyFlowHook":   `{"flowHookPoint":"PreProxyFlowHook"}`,
		"/environments/test/flowhooks/PreTargetFlowHook":  `{"flowHookPoint":"PreTargetFlowHook"}`,
		"/environments/test/flowhooks/PostTargetFlowHook": `{"flowHookPoint":"PostTargetFlowHook"}`,
		"/environments/test/flowhooks/PostProxyFlowHook":  `{"flowHookPoint":"PostProxyFlowHook"}`,
	})
	c, fake := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		requests = append(requests, r.Method)
		mu.Unlock()
		if got := r.Header.Get("Authorization"); got != "Bearer "+testToken {
			t.Errorf("%s: Authorization %q", r.URL, got)
		}
		if !strings.HasSuffix(r.UserAgent(), "apigee-audit/test") {
			t.Errorf("%s: User-Agent %q", r.URL, r.UserAgent())
		}
		if r.URL.Query().Get("format") == "bundle" {
			w.Write(bundle)
			return
		}
		answers.ServeHTTP(w, r)
	}))

	o, err := c.Organization(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	listing, err := c.Deployments(t.Context())
	deployments, problems := listing.Deployments, listing.Problems
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	revisions := map[apigee.Revision]bool{}
	for _, d := range deployments {
		revisions[d.Revision] = true
	}
	for _, e := range o.Environments {
		if _, err := c.FlowHooks(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	for r := range revisions {
		if _, err := c.Bundle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}

	const environments, distinct = 2, 2
	if want := 1 + 2 + 4*environments + distinct; len(requests) != want {
		t.Errorf("%d requests, want %d", len(requests), want)
	}
	if slices.ContainsFunc(requests, func(m string) bool { return m != http.MethodGet }) {
		t.Errorf("other methods than GET: %v", requests)
	}
	if len(fake.slept()) > 0 {
		t.Errorf("waited %v with nothing to wait for", fake.slept())
	}
}

func TestConcurrencyIsBounded(t *testing.T) {
	var mu sync.Mutex
	var now, most int
	bundle := zipOf(t, map[string]string{"apiproxy/p.xml": "<APIProxy/>"})
	two := make(chan struct{}) // closed once two requests are under way
	c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now++
		if now == 2 && most < 2 {
			close(two)
		}
		most = max(most, now)
		mu.Unlock()
		select {
		case <-two:
		case <-r.Context().Done():
		}
		mu.Lock()
		now--
		mu.Unlock()
		w.Write(bundle)
	}), func(o *Options) { o.Concurrency = 2; o.RequestTimeout = 2 * time.Second })
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			if _, err := c.Bundle(t.Context(), apigee.Revision{Kind: apigee.KindProxy, Name: "p", Number: fmt.Sprint(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if most != 2 {
		t.Errorf("%d requests at once, want 2", most)
	}
}

func TestLogHasRequestsAndNoToken(t *testing.T) {
	var log bytes.Buffer
	count := 0
	c, _ := newClient(t, inTurn(&count,
		func(w http.ResponseWriter, _ *http.Request) { refuse(w, 503, "busy") },
		acmeAnswer,
	), func(o *Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	if _, err := c.Organization(t.Context()); err != nil {
		t.Fatal(err)
	}
	text := log.String()
	for _, want := range []string{"method=GET path=/v1/organizations/acme status=503", "try=1", "status=200", "try=2", "duration="} {
		if !strings.Contains(text, want) {
			t.Errorf("log lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, testToken) {
		t.Errorf("log holds the token:\n%s", text)
	}
}

func TestOrganization(t *testing.T) {
	c, _ := newClient(t, routes(map[string]string{"": `{"name":"acme","environments":["test","prod","test"],"somethingNew":{"a":1}}`}))
	got, err := c.Organization(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := &apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"prod", "test"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
