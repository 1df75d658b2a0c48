// Command image builds the container image of a release from its Linux binaries, as an OCI image layout that holds one
// image for each architecture:
//
//	image -dist dist -o dist/image [-push REGISTRY/NAME:TAG]
//
// dist is what goreleaser wrote. -push also uploads the image, with the credentials that docker login keeps, and prints its name
// with the digest, to be signed. The base is empty: an image holds the program, certificate roots, time zones and licences, and
// no shell. The same binaries give the same image, byte for byte.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	reference "github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func main() {
	dist := flag.String("dist", "dist", "folder `DIR` that goreleaser wrote")
	licences := flag.String("licences", ".release/out/THIRD_PARTY_LICENSES", "`FILE` with the licences of what is linked")
	out := flag.String("o", "dist/image", "write the image layout to `DIR`, which must not exist")
	push := flag.String("push", "", "upload the image as `NAME`")
	flag.Parse()
	if err := run(*dist, *licences, *out, *push); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(dist, licences, out, push string) error {
	index, err := build(dist, licences)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(out); err == nil {
		return fmt.Errorf("%s already exists", out)
	}
	if _, err := layout.Write(out, index); err != nil {
		return err
	}
	if push == "" {
		return nil
	}
	pushed, err := upload(index, push)
	if err != nil {
		return fmt.Errorf("upload %s: %w", push, err)
	}
	fmt.Println(pushed)
	return nil
}

// upload returns the name of what it uploaded, by digest.
func upload(index v1.ImageIndex, name string) (string, error) {
	ref, err := reference.ParseReference(name)
	if err != nil {
		return "", err
	}
	if err := remote.WriteIndex(ref, index, remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
		return "", err
	}
	digest, err := index.Digest()
	if err != nil {
		return "", err
	}
	return ref.Context().Digest(digest.String()).String(), nil
}

// release is what the image says of the build: goreleaser's metadata.json.
type release struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
}

// artifact is one entry of goreleaser's artifacts.json.
type artifact struct {
	Type   string `json:"type"`
	Path   string `json:"path"` // relative to the folder that goreleaser ran in
	GOOS   string `json:"goos"`
	GOARCH string `json:"goarch"`
}

// build is the index of an image for each architecture.
func build(dist, licences string) (v1.ImageIndex, error) {
	var rel release
	if err := read(filepath.Join(dist, "metadata.json"), &rel); err != nil {
		return nil, err
	}
	binaries, err := linuxBinaries(dist)
	if err != nil {
		return nil, err
	}
	shared, err := surroundings(licences)
	if err != nil {
		return nil, err
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, b := range binaries {
		img, err := imageOf(b, shared, rel)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.Path, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        img,
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: b.GOOS, Architecture: b.GOARCH}},
		})
	}
	return index, nil
}

// linuxBinaries are the programs to put in images, by architecture.
func linuxBinaries(dist string) ([]artifact, error) {
	var all []artifact
	if err := read(filepath.Join(dist, "artifacts.json"), &all); err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(a artifact) bool { return a.Type != "Binary" || a.GOOS != "linux" })
	if len(all) == 0 {
		return nil, errors.New("artifacts.json lists no binary for Linux")
	}
	for i := range all {
		// Paths begin with the folder's name; the folder may have been moved.
		_, rest, ok := strings.Cut(filepath.ToSlash(all[i].Path), "/")
		if !ok {
			return nil, fmt.Errorf("artifacts.json: %q is not below the folder", all[i].Path)
		}
		all[i].Path = filepath.Join(dist, filepath.FromSlash(rest))
	}
	slices.SortFunc(all, func(a, b artifact) int { return strings.Compare(a.GOARCH, b.GOARCH) })
	return all, nil
}

// imageOf is one architecture's image: what surrounds the program in one layer, the program in another.
func imageOf(binary artifact, shared v1.Layer, rel release) (v1.Image, error) {
	program, err := os.ReadFile(binary.Path)
	if err != nil {
		return nil, err
	}
	layer, err := layerOf([]entry{{name: programPath, mode: 0o755, content: program}})
	if err != nil {
		return nil, err
	}
	img := mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1)
	for _, l := range []struct {
		layer v1.Layer
		what  string
	}{{shared, "certificate roots, time zones, licences"}, {layer, "apigee-audit " + rel.Version}} {
		img, err = mutate.Append(img, mutate.Addendum{Layer: l.layer, History: v1.History{Created: v1.Time{Time: epoch}, CreatedBy: l.what}})
		if err != nil {
			return nil, err
		}
	}
	config := v1.ConfigFile{
		Architecture: binary.GOARCH,
		OS:           binary.GOOS,
		Created:      v1.Time{Time: epoch},
		Config: v1.Config{
			Entrypoint: []string{"/" + programPath},
			Cmd:        []string{"--help"},
			User:       fmt.Sprintf("%d:%d", user, user),
			WorkingDir: "/" + workPath,
			Env:        []string{"PATH=/usr/bin", "HOME=/" + homePath, "ZONEINFO=/" + zonesPath},
			Labels: map[string]string{
				"org.opencontainers.image.title":    "apigee-audit",
				"org.opencontainers.image.version":  rel.Version,
				"org.opencontainers.image.revision": rel.Commit,
				"org.opencontainers.image.licenses": "Apache-2.0",
			},
		},
	}
	got, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config.RootFS, config.History = got.RootFS, got.History
	return mutate.ConfigFile(img, &config)
}

func read(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
