//go:build unix

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/crew"
)

// simulatedFleet is many organizations that are alike, and the processes that audit them.
type simulatedFleet struct {
	organizations, processes     int
	proxies, flows, environments int
	latency                      time.Duration
	requests                     atomic.Int64
	url, cache, reports          string
}

// start serves the organizations.
func (f *simulatedFleet) start(tb testing.TB) {
	tb.Helper()
	one := large(f.proxies, f.flows, f.environments)
	var all []*simulator.Organization
	for i := range f.organizations {
		o := *one
		o.Name = fmt.Sprintf("organization-%03d", i)
		all = append(all, &o)
	}
	server := simulator.New(all, simulator.Options{})
	counted := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.requests.Add(1)
		time.Sleep(f.latency)
		server.ServeHTTP(w, r)
	}))
	tb.Cleanup(counted.Close)
	f.url, f.cache = counted.URL, tb.TempDir()
}

// audit has each process audit its share, and returns how many requests they made and the largest resident size of one, in MB.
func (f *simulatedFleet) audit(tb testing.TB) (requests int64, megabytes float64) {
	tb.Helper()
	f.reports = tb.TempDir()
	before := f.requests.Load()
	sizes, failed := make([]float64, f.processes), make([]error, f.processes)
	crew.Each(f.processes, f.processes, func(i int) {
		cmd := exec.Command("apigee-audit", "scan", "--all-orgs", "--shard", fmt.Sprintf("%d/%d", i+1, f.processes), "--endpoint", f.url,
			"--cache-dir", f.cache, "--rate", "600000", "--fail-on", "none", "-q", "-o", "json="+filepath.Join(f.reports, "audit-{shard}.json"))
		cmd.Env = append(os.Environ(), config.EnvToken+"=simulator")
		var said bytes.Buffer
		cmd.Stderr = &said
		err := cmd.Start()
		peak := resident(cmd)
		if err == nil {
			err = cmd.Wait()
		}
		sizes[i] = <-peak
		if err == nil && said.Len() > 0 {
			err = errors.New("it had something to say")
		}
		if err != nil {
			failed[i] = fmt.Errorf("share %d: %w\n%s", i+1, err, said.String())
		}
	})
	for _, size := range sizes {
		megabytes = max(megabytes, size)
	}
	if err := errors.Join(failed...); err != nil {
		tb.Fatal(err)
	}
	return f.requests.Load() - before, megabytes
}

// expected is the arithmetic of docs/fleets.md: what the processes ask for, with an empty cache or a full one.
func (f *simulatedFleet) expected(warm bool) int64 {
	each := 1 + 2 + 4*f.environments
	if warm {
		each += 2
	} else {
		each += f.proxies + f.flows
	}
	return int64(f.processes + f.organizations*each)
}

// merged checks that the merged report is about every organization, whole.
func (f *simulatedFleet) merged(tb testing.TB) {
	tb.Helper()
	status, stdout, stderr := call(tb.Context(), []string{"merge", f.reports, "--max-age", "1h", "-f", "csv-inventory", "--fail-on", "none"}, nil)
	rows := strings.Count(stdout, "\n") - 1
	if want := f.organizations * (1 + (f.proxies+f.flows)*f.environments); status != exitClean || rows != want {
		tb.Errorf("merge: status %d, %d rows of %d, stderr:\n%s", status, rows, want, stderr)
	}
}

// TestFleetOfTwoHundredOrganizations: eight processes that share a cache audit each organization once, with as many requests as the
// documentation says, cold and warm, and their reports are those of all organizations.
func TestFleetOfTwoHundredOrganizations(t *testing.T) {
	f := &simulatedFleet{organizations: 200, processes: 8, proxies: 2, flows: 1, environments: 2}
	f.start(t)
	for _, warm := range []bool{false, true} {
		if got, _ := f.audit(t); got != f.expected(warm) {
			t.Errorf("warm %v: %d requests, want %d", warm, got, f.expected(warm))
		}
		f.merged(t)
	}
}

// TestRequestsOfFleetsInTheDocumentation: the table says what the arithmetic does that the simulated fleet confirms.
func TestRequestsOfFleetsInTheDocumentation(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/fleets.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|`).FindAllStringSubmatch(string(page), -1)
	if len(rows) != 6 {
		t.Errorf("%d rows", len(rows))
	}
	for _, row := range rows {
		var n [4]int
		for i, text := range row[1:] {
			if n[i], err = strconv.Atoi(strings.ReplaceAll(text, ",", "")); err != nil {
				t.Fatal(err)
			}
		}
		f := &simulatedFleet{organizations: n[0], proxies: n[1], environments: 3}
		if cold, warm := f.expected(false), f.expected(true); int64(n[2]) != cold || int64(n[3]) != warm {
			t.Errorf("%s: the requests are %d cold and %d warm", row[0], cold, warm)
		}
	}
}

// BenchmarkFleet is the same with 20 revisions in each organization, every answer after 50 ms:
//
//	go test -run '^$' -bench Fleet -benchtime 1x ./cmd/apigee-audit/internal/cli
func BenchmarkFleet(b *testing.B) {
	f := &simulatedFleet{organizations: 200, processes: 8, proxies: 18, flows: 2, environments: 3, latency: 50 * time.Millisecond}
	f.start(b)
	folder := f.cache
	for _, state := range []string{"cold", "warm"} {
		b.Run(state, func(b *testing.B) {
			for range b.N {
				if state == "cold" {
					f.cache = filepath.Join(folder, fmt.Sprint(b.N))
					os.RemoveAll(f.cache)
				}
				started := time.Now()
				requests, megabytes := f.audit(b)
				b.ReportMetric(time.Since(started).Seconds(), "s")
				b.ReportMetric(float64(requests), "requests")
				b.ReportMetric(megabytes, "MB")
				if want := f.expected(state == "warm"); requests != want {
					b.Errorf("%d requests, want %d", requests, want)
				}
				started = time.Now()
				f.merged(b)
				b.ReportMetric(time.Since(started).Seconds(), "s-merge")
			}
		})
	}
}
