//go:build unix

package cli

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"apigee-audit/apigee/simulator"
	"apigee-audit/internal/crew"
)

// BenchmarkBesideLoader measures a cold audit of 2,000 proxies, of a hard organization, of an ordinary one, of one made from templates and
// of a quiet one, beside a program that does nothing but what cannot be left out: the same requests to the same server, as many at once,
// and inflating and hashing every entry of every zip. The two take turns, so that what else the machine does meets both:
//
//	go test -run '^$' -bench BesideLoader -benchtime 3x ./cmd/apigee-audit/internal/cli
//
// x-loader is the ratio of their times, x-cpu that of the processor time that each spends itself.
func BenchmarkBesideLoader(b *testing.B) {
	program := filepath.Join(b.TempDir(), "apigee-audit")
	if out, err := exec.Command("go", "build", "-o", program, "apigee-audit/cmd/apigee-audit").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	organizations := []*simulator.Organization{large(2000, 100, 5), ordinary(2000, 100, 5), templates(2000, 34), quiet(2034)}
	server := packed(organizations)
	var latency atomic.Int64
	var asked sync.Map
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.RequestURI(), true)
		time.Sleep(time.Duration(latency.Load()))
		server.ServeHTTP(w, r)
	}))
	defer slow.Close()
	scan := func(organization string, concurrency int) *exec.Cmd {
		return exec.Command(program, "scan", "--no-config", "--org", organization, "--endpoint", slow.URL, "--cache-dir", b.TempDir(),
			"--concurrency", strconv.Itoa(concurrency), "--rate", "600000", "-f", "json", "--fail-on", "none")
	}
	for _, o := range organizations {
		asked.Clear()
		timed(b, scan(o.Name, 64), "", allAudited(o))
		var addresses strings.Builder
		asked.Range(func(address, _ any) bool {
			fmt.Fprintf(&addresses, "%s%s\n", slow.URL, address)
			return true
		})
		for _, tt := range []struct {
			latency     time.Duration
			concurrency int
		}{{0, 64}, {20 * time.Millisecond, 64}, {100 * time.Millisecond, 16}} {
			b.Run(fmt.Sprintf("%s/%s/%d", o.Name, tt.latency, tt.concurrency), func(b *testing.B) {
				latency.Store(int64(tt.latency))
				defer latency.Store(0)
				besideLoader(b, o, addresses.String(), tt.concurrency, func() *exec.Cmd { return scan(o.Name, tt.concurrency) })
			})
		}
	}
}

// besideLoader times a bare loader and a scan in turns.
func besideLoader(b *testing.B, o *simulator.Organization, addresses string, concurrency int, scan func() *exec.Cmd) {
	b.Helper()
	var took, cpu [2]time.Duration
	for range b.N {
		loader := exec.Command(os.Args[0], "-test.run", "^TestBareLoader$", "-test.v")
		loader.Env = append(os.Environ(), bareLoader+"="+strconv.Itoa(concurrency))
		for i, cmd := range []*exec.Cmd{loader, scan()} {
			said := []string{fmt.Sprintf("%d zips", len(o.Bundles)), allAudited(o)}[i]
			t, c := timed(b, cmd, addresses, said)
			took[i], cpu[i] = took[i]+t, cpu[i]+c
		}
	}
	n := float64(b.N)
	b.ReportMetric(took[0].Seconds()/n, "loader-s")
	b.ReportMetric(took[1].Seconds()/n, "scan-s")
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "x-loader")
	b.ReportMetric(cpu[0].Seconds()/n, "loader-cpu-s")
	b.ReportMetric(cpu[1].Seconds()/n, "scan-cpu-s")
	b.ReportMetric(cpu[1].Seconds()/cpu[0].Seconds(), "x-cpu")
}

// timed runs a program, which must say something, and returns how long it took and how much processor time it spent.
func timed(b *testing.B, cmd *exec.Cmd, input, said string) (took, cpu time.Duration) {
	b.Helper()
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, "APIGEE_AUDIT_TOKEN=simulator")
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	started := time.Now()
	err := cmd.Run()
	took = time.Since(started)
	if err != nil || !strings.Contains(out.String(), said) {
		b.Fatalf("%v\n%s", err, errs.String())
	}
	return took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// bareLoader is how many downloads at once [TestBareLoader] makes; where it is unset, the test is none.
const bareLoader = "APIGEE_AUDIT_BARE_LOADER"

// TestBareLoader is the program that [BenchmarkBesideLoader] compares with, in a process of its own.
func TestBareLoader(t *testing.T) {
	concurrency, err := strconv.Atoi(os.Getenv(bareLoader))
	if err != nil {
		t.Skip("it is part of a benchmark")
	}
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	addresses := strings.Fields(string(input))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrency}}
	var zips, inflated atomic.Int64
	buffers := sync.Pool{New: func() any { return new([32 << 10]byte) }} // one for each of 40,000 files would be half the loader's time
	crew.Each(len(addresses), concurrency, func(i int) {
		data, err := fetchAll(client, addresses[i])
		if err != nil {
			t.Error(err)
			return
		}
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return // a list
		}
		zips.Add(1)
		for _, f := range z.File {
			h := sha256.New()
			r, err := f.Open()
			if err == nil {
				var n int64
				buffer := buffers.Get().(*[32 << 10]byte)
				n, err = io.CopyBuffer(h, r, buffer[:])
				buffers.Put(buffer)
				inflated.Add(n)
				r.Close()
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
	fmt.Printf("%d zips, %d bytes\n", zips.Load(), inflated.Load())
}

func fetchAll(client *http.Client, address string) ([]byte, error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer simulator")
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}
