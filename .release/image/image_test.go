package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	reference "github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// distOf is a folder as goreleaser leaves it, and a file of licences.
func distOf(t *testing.T, artifacts string, binaries ...string) (dist, licences string) {
	t.Helper()
	dist = filepath.Join(t.TempDir(), "moved")
	put := func(name, content string) {
		path := filepath.Join(dist, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put("metadata.json", `{"version": "1.2.3", "commit": "0123abc"}`)
	put("artifacts.json", artifacts)
	for _, b := range binaries {
		put(b, "program of "+b)
	}
	put("licences", "licences of modules")
	return dist, filepath.Join(dist, "licences")
}

const twoOfLinux = `[
	{"type": "Archive", "path": "dist/a.tar.gz", "goos": "linux", "goarch": "amd64"},
	{"type": "Binary", "path": "dist/arm/apigee-audit", "goos": "linux", "goarch": "arm64"},
	{"type": "Binary", "path": "dist/mac/apigee-audit", "goos": "darwin", "goarch": "arm64"},
	{"type": "Binary", "path": "dist/amd/apigee-audit", "goos": "linux", "goarch": "amd64"}]`

func TestImages(t *testing.T) {
	dist, licences := distOf(t, twoOfLinux, "arm/apigee-audit", "amd/apigee-audit")
	out := filepath.Join(t.TempDir(), "image")
	if err := run(dist, licences, out, ""); err != nil {
		t.Fatal(err)
	}
	index, err := layout.ImageIndexFromPath(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 2 {
		t.Fatalf("%d images, want 2", len(manifest.Manifests))
	}
	for i, want := range []struct{ arch, program string }{{"amd64", "program of amd/apigee-audit"}, {"arm64", "program of arm/apigee-audit"}} {
		d := manifest.Manifests[i]
		if !d.Platform.Equals(v1.Platform{OS: "linux", Architecture: want.arch}) {
			t.Errorf("image %d is for %v, want %s", i, d.Platform, want.arch)
		}
		img, err := index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		config, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if config.Architecture != want.arch || config.Config.User != "65532:65532" || !slices.Equal(config.Config.Entrypoint, []string{"/usr/bin/apigee-audit"}) {
			t.Errorf("%s: %+v", want.arch, config)
		}
		files := filesOf(t, img)
		if got := string(files["usr/bin/apigee-audit"]); got != want.program {
			t.Errorf("%s runs %q, want %q", want.arch, got, want.program)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(files["etc/ssl/certs/ca-certificates.crt"]) {
			t.Error("no certificate roots")
		}
		if !bytes.HasPrefix(files["usr/share/zoneinfo.zip"], []byte("PK")) {
			t.Error("no time zones")
		}
	}
}

// filesOf are the regular files of an image.
func filesOf(t *testing.T, img v1.Image) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	flat := mutate.Extract(img)
	defer flat.Close()
	for r := tar.NewReader(flat); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		} else if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheSameBinariesGiveTheSameImage(t *testing.T) {
	dist, licences := distOf(t, twoOfLinux, "arm/apigee-audit", "amd/apigee-audit")
	var indexes [2][]byte
	for i := range indexes {
		out := filepath.Join(t.TempDir(), "image")
		if err := run(dist, licences, out, ""); err != nil {
			t.Fatal(err)
		}
		var err error
		if indexes[i], err = os.ReadFile(filepath.Join(out, "index.json")); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(indexes[0], indexes[1]) || !json.Valid(indexes[0]) {
		t.Errorf("%s\nand then\n%s", indexes[0], indexes[1])
	}
}

func TestWhatIsMissingIsAnError(t *testing.T) {
	for name, artifacts := range map[string]string{
		"no binary for Linux": `[{"type": "Binary", "path": "dist/x", "goos": "darwin", "goarch": "arm64"}]`,
		"a binary not there":  `[{"type": "Binary", "path": "dist/x", "goos": "linux", "goarch": "arm64"}]`,
		"a path without end":  `[{"type": "Binary", "path": "x", "goos": "linux", "goarch": "arm64"}]`,
		"no JSON":             `{`,
	} {
		dist, licences := distOf(t, artifacts)
		if err := run(dist, licences, filepath.Join(t.TempDir(), "image"), ""); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	dist, licences := distOf(t, twoOfLinux, "arm/apigee-audit", "amd/apigee-audit")
	if err := run(dist, licences, dist, ""); err == nil {
		t.Error("a folder that is there was written to")
	}
}

func TestUpload(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	dist, licences := distOf(t, twoOfLinux, "arm/apigee-audit", "amd/apigee-audit")
	index, err := build(dist, licences)
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(server.URL, "http://")
	pushed, err := upload(index, host+"/tools/apigee-audit:1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	ref, err := reference.NewDigest(pushed)
	if err != nil {
		t.Fatal(err)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		img, err := remote.Image(ref, remote.WithPlatform(v1.Platform{OS: "linux", Architecture: arch}))
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(img); err != nil {
			t.Error(err)
		}
	}
	if _, err := upload(index, "NOT A NAME"); err == nil {
		t.Error("a name that is none was uploaded to")
	}
}
