package cache

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

// policies is a bundle of 40 policies that packs badly, 20 kB, deployed in two environments.
func policies(b *testing.B) *entry {
	b.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for i := range 40 {
		f, err := w.Create(fmt.Sprintf("apiproxy/policies/AM-Prepare-%d.xml", i))
		if err != nil {
			b.Fatal(err)
		}
		for j := range 40 {
			fmt.Fprintf(f, "%x", (i+1)*(j+7919)*1000003)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	archive := bundle.Downloaded(packed.Bytes(), noon)
	return &entry{
		Scope: acme, Kind: apigee.KindProxy, Name: "orders", SHA256: archive.SHA256, FetchedAt: noon,
		DeployedAt: map[string]int64{"test": 1768900000000, "prod": 1768900000001}, archive: archive,
	}
}

func numberedEntry(e *entry, i int) *entry {
	numbered := *e
	numbered.Revision = fmt.Sprint(i)
	return &numbered
}

func benchStore(b *testing.B) *Store {
	dir, err := os.MkdirTemp("/dev/shm", "bench")
	if err != nil {
		dir = b.TempDir()
	} else {
		b.Cleanup(func() { _ = os.RemoveAll(dir) })
	}
	return Open(dir, nil)
}

func BenchmarkPut(b *testing.B) {
	e, s := policies(b), benchStore(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := s.put(numberedEntry(e, i%2000)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMiss(b *testing.B) {
	e, s := policies(b), benchStore(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, ok := s.get(acme, numberedEntry(e, i%2000).revision(), 1<<20); ok {
			b.Fatal("hit")
		}
	}
}

func BenchmarkGet(b *testing.B) {
	e, s := policies(b), benchStore(b)
	for i := range 2000 {
		if err := s.put(numberedEntry(e, i)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, ok := s.get(acme, numberedEntry(e, i%2000).revision(), 1<<20); !ok {
			b.Fatal("miss")
		}
	}
}

func BenchmarkOpenArchive(b *testing.B) {
	e := policies(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := e.archive.Unopened().Open(bundle.DefaultLimits()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	e := policies(b)
	b.ReportAllocs()
	for b.Loop() {
		_ = bundle.Downloaded(e.archive.Zip, noon)
	}
}

func BenchmarkNewReader(b *testing.B) {
	e := policies(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := zip.NewReader(bytes.NewReader(e.archive.Zip), int64(len(e.archive.Zip))); err != nil {
			b.Fatal(err)
		}
	}
}

var _ io.Reader
