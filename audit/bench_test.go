package audit_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/audit"
	"apigee-audit/audit/fix"
	"apigee-audit/audit/flow"
	"apigee-audit/audit/rules"
	"apigee-audit/internal/typical"
)

// typicalBundle packs a proxy of ordinary size, which issues and refreshes tokens or only verifies them.
func typicalBundle(tb testing.TB, n int, tokens bool) []byte {
	tb.Helper()
	return typicalBundleEnding(tb, n, tokens, "")
}

// typicalBundleEnding is [typicalBundle] with a text at the end of each file.
func typicalBundleEnding(tb testing.TB, n int, tokens bool, end string) []byte {
	tb.Helper()
	does := typical.Verifies
	if tokens {
		does = typical.Refreshes
	}
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for name, data := range typical.Proxy(n, does) {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write(append(data, end...))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

var typicalRevision = apigee.Revision{Kind: apigee.KindProxy, Name: "orders", Number: "1"}

func perSecond(b *testing.B) { b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "bundles/s") }

func downloaded(data []byte) (*bundle.Archive, error) {
	a := bundle.Downloaded(data, time.Time{})
	return a, a.Open(bundle.DefaultLimits())
}

func BenchmarkRead(b *testing.B) {
	data := typicalBundle(b, 0, true)
	for b.Loop() {
		a, err := downloaded(data)
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range a.Files {
			if _, err := f.Content(); err != nil {
				b.Fatal(err)
			}
		}
	}
	perSecond(b)
}

func BenchmarkParse(b *testing.B) {
	a, err := downloaded(typicalBundle(b, 0, true))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		bundle.Parse(typicalRevision, a, bundle.DefaultLimits())
	}
	perSecond(b)
}

func BenchmarkFacts(b *testing.B) {
	a, err := downloaded(typicalBundle(b, 0, true))
	if err != nil {
		b.Fatal(err)
	}
	bundle := bundle.Parse(typicalRevision, a, bundle.DefaultLimits())
	reader := flow.NewReader()
	for b.Loop() {
		reader.Read(bundle, a)
	}
	perSecond(b)
}

// typicalOrganization answers every revision with one of a few bundles.
type typicalOrganization struct {
	zips [][]byte
	n    int
}

func (o *typicalOrganization) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "bench", Platform: apigee.PlatformX, Environments: []string{"dev", "prod"}}, nil
}

func (o *typicalOrganization) Deployments(context.Context) (inventory.Listing, error) {
	var out []apigee.Deployment
	for i := range o.n {
		r := apigee.Revision{Kind: apigee.KindProxy, Name: fmt.Sprintf("orders-%d", i/2), Number: strconv.Itoa(1 + i%2)}
		out = append(out, apigee.Deployment{Environment: []string{"dev", "prod"}[i%2], Revision: r})
	}
	return inventory.Listing{Deployments: out}, nil
}

func (o *typicalOrganization) pick(r apigee.Revision) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(r.Name, "orders-"))
	revision, _ := strconv.Atoi(r.Number)
	return (2*n + revision - 1) % len(o.zips)
}

func (o *typicalOrganization) FlowHooks(context.Context, string) ([]apigee.FlowHook, error) {
	return nil, nil
}

func (o *typicalOrganization) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	return downloaded(o.zips[o.pick(r)])
}

// BenchmarkAudit is the whole road without the network: read, parse, facts, rules.
func BenchmarkAudit(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(strconv.Itoa(n)+" revisions", func(b *testing.B) {
			org := &typicalOrganization{n: n}
			for i := range 10 { // one proxy in ten handles refresh tokens
				org.zips = append(org.zips, typicalBundle(b, i, i == 0))
			}
			defer debug.SetGCPercent(debug.SetGCPercent(300)) // as the program does
			for b.Loop() {
				res, err := audit.Run(context.Background(), org, audit.Options{Rules: rules.All(), Concurrency: runtime.GOMAXPROCS(0)})
				if err != nil || res.Audited != n {
					b.Fatalf("%d audited, error %v", res.Audited, err)
				}
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapSys-m.HeapReleased)/(1<<20), "heap-MB")
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "bundles/s")
		})
	}
}

// BenchmarkBesideInflate is the whole road without the network on one core, fixes included, beside inflating the same zips and
// nothing else. The two take turns; x-inflate is the ratio of their times. Of bundles made from a template three files in five are
// those of all others; where no file is alike, each has a comment of its own.
func BenchmarkBesideInflate(b *testing.B) {
	b.Run("from a template", func(b *testing.B) { besideInflate(b, func(int) string { return "" }) })
	b.Run("no file alike", func(b *testing.B) { besideInflate(b, func(n int) string { return fmt.Sprintf("<!-- %d -->", n) }) })
}

func besideInflate(b *testing.B, end func(n int) string) {
	b.Helper()
	const n = 1000
	org := &typicalOrganization{n: n}
	for i := range n { // one proxy in ten handles refresh tokens
		org.zips = append(org.zips, typicalBundleEnding(b, i, i%10 == 0, end(i)))
	}
	defer debug.SetGCPercent(debug.SetGCPercent(300)) // as the program does
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var inflating, auditing time.Duration
	for b.Loop() {
		started := time.Now()
		for _, zip := range org.zips {
			inflateAll(b, zip)
		}
		inflating += time.Since(started)
		started = time.Now()
		a, err := audit.Read(b.Context(), org, audit.Options{Rules: rules.All(), Concurrency: 1, Keep: true})
		if err != nil {
			b.Fatal(err)
		}
		if err := fix.Propose(b.Context(), a, a.Result(), fix.Options{Concurrency: 1}); err != nil {
			b.Fatal(err)
		}
		a.Close()
		auditing += time.Since(started)
	}
	b.ReportMetric(auditing.Seconds()/inflating.Seconds(), "x-inflate")
	b.ReportMetric(float64(n*b.N)/inflating.Seconds(), "inflated/s")
	b.ReportMetric(float64(n*b.N)/auditing.Seconds(), "bundles/s")
}

func inflateAll(b *testing.B, data []byte) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err == nil {
			_, err = io.Copy(io.Discard, r)
			r.Close()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
