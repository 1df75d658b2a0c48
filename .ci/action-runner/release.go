package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
)

// A release is what GitHub serves of one: files by name.
type release struct {
	version string
	files   map[string][]byte
}

const checksums = "checksums.txt"

// makeRelease packs a program as the project's releases are packed, for the runners that are played here.
func makeRelease(version, program string) (*release, error) {
	data, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	r := &release{version: version, files: map[string][]byte{}}
	for _, platform := range []string{"linux_amd64", "linux_arm64", "darwin_arm64"} {
		name := "apigee-audit_" + version + "_" + platform
		if r.files[name+".tar.gz"], err = tarball(name+"/apigee-audit", data); err != nil {
			return nil, err
		}
	}
	name := "apigee-audit_" + version + "_windows_amd64"
	if r.files[name+".zip"], err = zipped(name+"/apigee-audit.exe", data); err != nil {
		return nil, err
	}
	r.sum()
	return r, nil
}

// readRelease reads what a release's build left in a folder, whose program must run here.
func readRelease(folder string) (*release, error) {
	archives, err := filepath.Glob(filepath.Join(folder, "apigee-audit_*_linux_amd64.tar.gz"))
	if err != nil || len(archives) != 1 {
		return nil, fmt.Errorf("%s has %d archives for linux_amd64, expected one", folder, len(archives))
	}
	name := strings.TrimSuffix(filepath.Base(archives[0]), "_linux_amd64.tar.gz")
	r := &release{version: strings.TrimPrefix(name, "apigee-audit_"), files: map[string][]byte{}}
	all, err := filepath.Glob(filepath.Join(folder, name+"_*"))
	if err != nil {
		return nil, err
	}
	for _, file := range append(all, filepath.Join(folder, checksums)) {
		if r.files[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func tarball(name string, data []byte) ([]byte, error) {
	var b bytes.Buffer
	packed, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(packed)
	err = w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(data))})
	if err == nil {
		_, err = w.Write(data)
	}
	for _, c := range []io.Closer{w, packed} {
		if err == nil {
			err = c.Close()
		}
	}
	return b.Bytes(), err
}

func zipped(name string, data []byte) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: name, Method: zip.Store}
	h.SetMode(0o755)
	f, err := w.CreateHeader(h)
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}

// mustTarball is for archives that are wrong on purpose, and packed in memory, where nothing can fail.
func mustTarball(name string, data []byte) []byte {
	b, err := tarball(name, data)
	if err != nil {
		panic(err)
	}
	return b
}

// sum writes the checksums of all files.
func (r *release) sum() {
	var b strings.Builder
	for name := range r.files {
		if name != checksums {
			fmt.Fprintf(&b, "%s  %s\n", r.digest(name), name)
		}
	}
	r.files[checksums] = []byte(b.String())
}

func (r *release) digest(name string) string {
	return fmt.Sprintf("%x", sha256.Sum256(r.files[name]))
}

// without is a release that lacks a file, and with one in which a file is another.
func (r *release) without(name string) *release {
	return r.edited(func(files map[string][]byte) { delete(files, name) })
}

func (r *release) with(name string, data []byte) *release {
	return r.edited(func(files map[string][]byte) { files[name] = data })
}

func (r *release) edited(edit func(map[string][]byte)) *release {
	files := map[string][]byte{}
	for name, data := range r.files {
		files[name] = data
	}
	edit(files)
	return &release{version: r.version, files: files}
}

// A host serves releases over TLS below a prefix that names them, through a redirect, as GitHub does.
type host struct {
	*httptest.Server
	certificate string // file with the certificate that its clients have to trust
	asked       []string
}

func serve(work string, releases map[string]*release) (*host, error) {
	h := &host{certificate: filepath.Join(work, "certificate.pem")}
	h.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		h.asked = append(h.asked, req.URL.Path)
		if rest, ok := strings.CutPrefix(req.URL.Path, "/stored"); ok {
			for prefix, r := range releases {
				if data := r.files[strings.TrimPrefix(rest, prefix+"/v"+r.version+"/")]; data != nil {
					w.Write(data)
					return
				}
			}
			http.NotFound(w, req)
			return
		}
		http.Redirect(w, req, "/stored"+req.URL.Path, http.StatusFound)
	}))
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw})
	return h, os.WriteFile(h.certificate, block, 0o600)
}
