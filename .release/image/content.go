package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// user owns the writable folders, and the program runs as it; the number is that of "nonroot" in other small images.
const user = 65532

const (
	programPath = "usr/bin/apigee-audit"
	rootsPath   = "etc/ssl/certs/ca-certificates.crt" // where Go looks on Linux
	zonesPath   = "usr/share/zoneinfo.zip"            // Go reads it when ZONEINFO names it
	homePath    = "home/nonroot"
	workPath    = "work" // for folders of the host: -v "$PWD:/work"
)

// epoch is the time of everything in an image, so that the same content has the same digest.
var epoch = time.Unix(0, 0).UTC()

// entry is a file of a layer, or a folder, whose name ends in a slash.
type entry struct {
	name    string
	mode    int64
	owner   int
	content []byte
}

// surroundings is the layer that all architectures share.
func surroundings(licences string) (v1.Layer, error) {
	zones, err := os.ReadFile(filepath.Join(runtime.GOROOT(), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return nil, fmt.Errorf("read Go's time zones: %w", err)
	}
	texts, err := os.ReadFile(licences)
	if err != nil {
		return nil, fmt.Errorf("read licences (made by .release/prepare): %w", err)
	}
	var roots bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue // trusted for some certificates only, which a file cannot say
		}
		if err := pem.Encode(&roots, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return nil, err
		}
	}
	passwd := fmt.Sprintf("root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:%d:%d:nonroot:/%s:/sbin/nologin\n", user, user, homePath)
	group := fmt.Sprintf("root:x:0:\nnonroot:x:%d:\n", user)
	return layerOf([]entry{
		{name: "etc/passwd", mode: 0o644, content: []byte(passwd)},
		{name: "etc/group", mode: 0o644, content: []byte(group)},
		{name: rootsPath, mode: 0o644, content: roots.Bytes()},
		{name: zonesPath, mode: 0o644, content: zones},
		{name: "usr/share/doc/apigee-audit/THIRD_PARTY_LICENSES", mode: 0o644, content: texts},
		{name: homePath + "/", mode: 0o700, owner: user},
		{name: workPath + "/", mode: 0o755, owner: user},
		{name: "tmp/", mode: 0o1777},
	})
}

// layerOf packs entries, in their order, with the folders above them.
func layerOf(entries []entry) (v1.Layer, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	made := map[string]bool{}
	put := func(e entry) error {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Mode: e.mode, Uid: e.owner, Gid: e.owner, Size: int64(len(e.content)), ModTime: epoch}
		if e.name[len(e.name)-1] == '/' {
			h.Typeflag = tar.TypeDir
			made[e.name] = true
		}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		_, err := w.Write(e.content)
		return err
	}
	for _, e := range entries {
		for i := range len(e.name) - 1 {
			if above := e.name[:i+1]; e.name[i] == '/' && !made[above] {
				if err := put(entry{name: above, mode: 0o755}); err != nil {
					return nil, err
				}
			}
		}
		if err := put(e); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(b.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer))
}
