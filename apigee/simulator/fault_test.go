package simulator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"apigee-audit/apigee/simulator"
	"apigee-audit/apigee/simulator/contract"
)

const deploymentsURL = "/v1/organizations/acme/deployments"

// faulty serves small with faults.
func faulty(faults ...simulator.Fault) *simulator.Server {
	return simulator.New([]*simulator.Organization{small()}, simulator.Options{Faults: faults})
}

func TestFaultStatus(t *testing.T) {
	s := faulty(simulator.Fault{Match: "*/deployments", Status: 429, RetryAfter: "7", Times: 2},
		simulator.Fault{Match: "*/apis", Status: 502, Body: "<html>Bad Gateway</html>"})
	for i, want := range []int{429, 429, 200} {
		w := get(s, deploymentsURL)
		if w.Code != want {
			t.Errorf("request %d: status %d, want %d", i, w.Code, want)
		}
		if want == 429 && (w.Header().Get("Retry-After") != "7" || !strings.Contains(w.Body.String(), `"RESOURCE_EXHAUSTED"`)) {
			t.Errorf("request %d: Retry-After %q, body %s", i, w.Header().Get("Retry-After"), w.Body)
		}
	}
	w := get(s, "/v1/organizations/acme/apis")
	if w.Code != 502 || w.Body.String() != "<html>Bad Gateway</html>" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Errorf("status %d, %q, body %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	if w := get(s, "/v1/organizations/acme"); w.Code != 200 {
		t.Errorf("a request that no fault names: status %d", w.Code)
	}
}

func TestFaultMatch(t *testing.T) {
	const url = "/v1/organizations/acme/apis/pay/revisions/9?format=bundle"
	for pattern, want := range map[string]bool{
		"*":                       true,
		url:                       true,
		"*/revisions/*":           true,
		"*/revisions/9?format=*":  true,
		"/v1/*/apis/*format=*dle": true,
		"/v1":                     false,
		"*/revisions/9":           false,
		"*/sharedflows/*":         false,
		"*/revisions/*/revisions": false,
	} {
		if got := get(faulty(simulator.Fault{Match: pattern, Status: 500}), url).Code == 500; got != want {
			t.Errorf("%q matches: %v, want %v", pattern, got, want)
		}
	}
}

func TestFaultEachURLOnItsOwn(t *testing.T) {
	s := faulty(simulator.Fault{Match: "*", Status: 503, Times: 1, Each: true})
	for _, c := range []struct {
		url  string
		want int
	}{{deploymentsURL, 503}, {deploymentsURL + "?sharedFlows=true", 503}, {deploymentsURL, 200}, {deploymentsURL + "?sharedFlows=true", 200}} {
		if got := get(s, c.url).Code; got != c.want {
			t.Errorf("%s: status %d, want %d", c.url, got, c.want)
		}
	}
}

func TestFaultShare(t *testing.T) {
	run := func(seed int) (failed string) {
		s := faulty(simulator.Fault{Match: "*", Status: 500, Share: 0.25, Seed: seed})
		for range 400 {
			failed += map[bool]string{true: "x", false: "."}[get(s, deploymentsURL).Code == 500]
		}
		return failed
	}
	first := run(1)
	if n := strings.Count(first, "x"); n < 70 || n > 130 {
		t.Errorf("%d of 400 requests failed, want about 100", n)
	}
	if run(1) != first {
		t.Error("the same seed failed other requests")
	}
	if run(2) == first {
		t.Error("another seed failed the same requests")
	}
}

// ask sends a request over a real connection.
func ask(ctx context.Context, t *testing.T, h http.Handler) ([]byte, error) {
	t.Helper()
	base, stop, err := simulator.Serve(t.Context(), "127.0.0.1:0", h)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+deploymentsURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer any")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

func TestStartServes(t *testing.T) {
	body, err := ask(t.Context(), t, faulty())
	if err != nil || !strings.Contains(string(body), `"pay"`) {
		t.Errorf("%v, body %s", err, body)
	}
}

func TestFaultTruncate(t *testing.T) {
	whole, err := ask(t.Context(), t, faulty())
	if err != nil {
		t.Fatal(err)
	}
	body, err := ask(t.Context(), t, faulty(simulator.Fault{Match: "*", Truncate: true}))
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) != len(whole)/2 {
		t.Errorf("%d of %d bytes, error %v", len(body), len(whole), err)
	}
}

func TestFaultReset(t *testing.T) {
	if _, err := ask(t.Context(), t, faulty(simulator.Fault{Match: "*", Reset: true})); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("error %v, want a connection reset", err)
	}
}

// The checks of the contract stand between server and client in end-to-end tests, and must not mend what is broken.
func TestFaultsPassTheContract(t *testing.T) {
	if _, err := ask(t.Context(), t, contract.Wrap(t, faulty(simulator.Fault{Match: "*", Truncate: true}))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("truncated: error %v", err)
	}
	if _, err := ask(t.Context(), t, contract.Wrap(t, faulty(simulator.Fault{Match: "*", Reset: true}))); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reset: error %v", err)
	}
}

func TestSlowAnswers(t *testing.T) {
	for name, s := range map[string]*simulator.Server{
		"latency": simulator.New([]*simulator.Organization{small()}, simulator.Options{Latency: time.Hour}),
		"slow":    faulty(simulator.Fault{Match: "*", Slow: time.Hour}),
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := ask(ctx, t, s); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: error %v, want the deadline", name, err)
		}
		cancel()
	}
	start := time.Now()
	if _, err := ask(t.Context(), t, faulty(simulator.Fault{Match: "*", Slow: 20 * time.Millisecond})); err != nil || time.Since(start) < 20*time.Millisecond {
		t.Errorf("after %v: %v, want a proper answer after 20 ms", time.Since(start), err)
	}
}

func TestEndOfContextStopsTheServer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	base, stop, err := faulty().Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	stop() // also waits until the port is closed
	if res, err := http.Get(base); err == nil {
		res.Body.Close()
		t.Error("still answering")
	}
}

func TestStartOnTakenPort(t *testing.T) {
	base, stop, err := faulty().Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	addr := strings.TrimPrefix(base, "http://")
	if _, _, err := faulty().StartOn(t.Context(), addr); err == nil || !strings.Contains(err.Error(), addr) {
		t.Errorf("error %v, want one that names %s", err, addr)
	}
}
