package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"apigee-audit/apigee"
)

// stream is a long text that is made while it is read.
type stream struct {
	head, piece, tail string
	pieces            int // below 0: without end
	rest              string
	read              int64
}

func (s *stream) Read(p []byte) (int, error) {
	for s.rest == "" {
		switch {
		case s.head != "":
			s.rest, s.head = s.head, ""
		case s.pieces != 0:
			s.pieces--
			s.rest = s.piece
		case s.tail != "":
			s.rest, s.tail = s.tail, ""
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	s.read += int64(n)
	return n, nil
}

func (s *stream) Close() error { return nil }

func TestAnswersAreBoundedByTheirKind(t *testing.T) {
	const blanks, entry = "                                                                ", `{"environment":"prod","apiProxy":"p","revision":"1"},`
	long := func(head string) *stream { return &stream{head: head, piece: blanks, pieces: -1} }
	for name, tt := range map[string]struct {
		path string
		body *stream
		most int64 // that may be read
		want string
		call func(*X) error
	}{
		"organization": {"", long(`{"name":"acme"`), maxOrganization, "larger than 1 MB", func(c *X) error {
			_, err := c.Organization(t.Context())
			return err
		}},
		"hook": {"/environments/prod/flowhooks/PreProxyFlowHook", long(`{"flowHookPoint":"PreProxyFlowHook"`), maxSmallAnswer, "larger than 64 KB", func(c *X) error {
			_, err := c.FlowHooks(t.Context(), "prod")
			return err
		}},
		"debug mask": {"/environments/prod/debugmask", long(`{"variables":["`), maxSmallAnswer, "larger than 64 KB", func(c *X) error {
			_, err := c.DebugMask(t.Context(), "prod")
			return err
		}},
		"project mapping": {":getProjectMapping", long(`{"location":"eu"`), maxSmallAnswer, "larger than 64 KB", func(c *X) error {
			_, err := c.mappedLocation(t.Context())
			return err
		}},
		"analytics": {"/environments/prod/stats/apiproxy", &stream{head: `{"environments":[{"name":"prod","dimensions":[`, piece: aRow + ",", pieces: -1}, maxStats, "100000 entries", func(c *X) error {
			_, err := c.Traffic(t.Context(), apigee.TrafficQuery{Environment: "prod", Window: back(statsDay), Dimensions: []string{"apiproxy"}})
			return err
		}},
		"analytics in few entries": {"/environments/prod/stats/apiproxy", &stream{head: `{"environments":[{"name":"prod","dimensions":[`, piece: `{"name":"` + strings.Repeat("x", 1000) + `"},`, pieces: -1}, maxStats, "documented shape", func(c *X) error {
			_, err := c.Traffic(t.Context(), apigee.TrafficQuery{Environment: "prod", Window: back(statsDay), Dimensions: []string{"apiproxy"}})
			return err
		}},
		"a million deployments":    {"/deployments", &stream{head: `{"deployments":[`, piece: entry, pieces: -1}, maxList, "deployments has more than 100000 entries", listProxies},
		"few and long deployments": {"/deployments", &stream{head: `{"deployments":[`, piece: `{"x":"` + strings.Repeat("y", 1000) + `"},`, pieces: -1}, maxList, "larger than 64 MB", listProxies},
		"one endless deployment":   {"/deployments", long(`{"deployments":[{"apiProxy":"`), 2 * maxEntry, "one entry or field of the answer is larger than 1 MB", listProxies},
		"an endless field":         {"/deployments", long(`{"other":[`), 2 * maxEntry, "one entry or field of the answer is larger than 1 MB", listProxies},
		"nothing but blanks":       {"/deployments", long(``), 2 * maxEntry, "one entry or field of the answer is larger than 1 MB", listProxies},
		"pages together": {"/apps", &stream{head: `{"app":[`, piece: `{"appId":"1"},`, pieces: 60_000, tail: `{"appId":"1"}],"nextPageToken":"%d"}`}, maxList, "app has more than 100000 entries", func(c *X) error {
			_, err := c.Apps(t.Context(), "p")
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var read int64
			page := 0
			c, _ := newClient(t, routes(map[string]string{"": `{"name":"acme"}`}), func(o *Options) {
				pool := http.DefaultTransport
				o.Base = roundTrip(func(r *http.Request) (*http.Response, error) {
					if strings.TrimPrefix(r.URL.Path, "/v1/organizations/acme") != tt.path || r.URL.Query().Get("sharedFlows") != "" {
						return pool.RoundTrip(r)
					}
					page++
					body := *tt.body
					if strings.Contains(body.tail, "%d") {
						body.tail = fmt.Sprintf(body.tail, page)
					}
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: counting{&body, &read}, Request: r}, nil
				})
			})
			err := tt.call(c)
			wantError(t, err, tt.want)
			if read > tt.most+4096 {
				t.Errorf("read %d bytes, want at most %d", read, tt.most)
			}
		})
	}
}

func listProxies(c *X) error {
	l := c.list(context.Background(), apigee.KindProxy, "")
	return l.err
}

type counting struct {
	io.ReadCloser
	read *int64
}

func (c counting) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	*c.read += int64(n)
	return n, err
}

// TestListsAreNotHeldWhole reads a list of the longest kind that is taken: what is in use while it is read is a fraction of
// its size.
func TestListsAreNotHeldWhole(t *testing.T) {
	const padding = 500 // bytes of an entry that nobody needs
	piece := `{"environment":"prod","apiProxy":"p","revision":"1","deployStartTime":"1","x":"` + strings.Repeat("y", padding) + `"},`
	body := &stream{head: `{"deployments":[`, piece: piece, pieces: maxEntries - 1, tail: strings.TrimSuffix(piece, ",") + "]}"}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	a := &deploymentsAnswer{organization: "acme", kind: apigee.KindProxy}
	if err := readAnswer(body, a, a.bound()); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if len(a.found) != maxEntries || body.read < maxEntries*padding {
		t.Fatalf("%d deployments in %d bytes", len(a.found), body.read)
	}
	if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > body.read/2 {
		t.Errorf("%d bytes are held of a list of %d bytes", held, body.read)
	}
	runtime.KeepAlive(a)
}

// TestAnotherTryHasTheWholeAllowance: what a broken try has read does not count.
func TestAnotherTryHasTheWholeAllowance(t *testing.T) {
	left := newAllowance(1000)
	body := func(end string) io.Reader {
		return strings.NewReader(`{"deployments":[` + strings.Repeat(`{"environment":"prod","apiProxy":"p","revision":"1"},`, 10) + end)
	}
	for range 5 {
		if err := readAnswer(body(""), &deploymentsAnswer{kind: apigee.KindProxy}, left); err == nil {
			t.Fatal("half a list is an answer")
		}
	}
	if err := readAnswer(body(`{"environment":"prod","apiProxy":"q","revision":"1"}]}`), &deploymentsAnswer{kind: apigee.KindProxy}, left); err != nil {
		t.Error(err)
	}
	if left.room() > 1000-500 || left.entries != maxEntries-11 {
		t.Errorf("%d bytes and %d entries are left", left.room(), left.entries)
	}
}

// TestBlanksThatDripAreLookedAtOnce would take minutes if each byte that arrives were a reason to look at all before it.
func TestBlanksThatDripAreLookedAtOnce(t *testing.T) {
	body := iotest.OneByteReader(strings.NewReader(`{"name":"acme"` + strings.Repeat(" ", maxOrganization-100) + `}`))
	a := &organizationAnswer{asked: "acme"}
	start := time.Now()
	if err := readAnswer(body, a, a.bound()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

// TestHeadersAreBounded: what may be read of an answer's header is little, as all connections get one at once.
func TestHeadersAreBounded(t *testing.T) {
	for name, start := range map[string]func(*httptest.Server){
		"HTTP/1.1": (*httptest.Server).StartTLS,
		"HTTP/2":   func(ts *httptest.Server) { ts.EnableHTTP2 = true; ts.StartTLS() },
	} {
		t.Run(name, func(t *testing.T) {
			ts := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for i := range 100 {
					w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 5000))
				}
				fmt.Fprint(w, `{"name":"acme"}`)
			}))
			start(ts)
			defer ts.Close()
			base, ok := pooled(1).(*http.Transport)
			if !ok {
				t.Fatal("no transport of our own")
			}
			base.TLSClientConfig = ts.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
			base.TLSClientConfig.NextProtos = nil
			defer base.CloseIdleConnections()
			answer, err := (&http.Client{Transport: base}).Get(ts.URL)
			if err == nil {
				answer.Body.Close()
				t.Errorf("half a megabyte of header was read, by %s", answer.Proto)
			}
		})
	}
}
