// Package snapshot writes and reads snapshots of organizations. [Create] begins one, which [Recorder] fills with everything that
// a live source answered, and [Open] opens one for reading. docs/snapshots.md describes the format.
package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/internal/files"
)

// Snapshot is an opened snapshot.
type Snapshot struct {
	manifest *manifest
	files    fs.FS
	close    func() error
	limits   bundle.Limits
}

// IsSnapshot reports whether a path is a snapshot, of any format version and damaged or not. Whatever cannot be looked at is
// none.
func IsSnapshot(path string) bool {
	files, done, err := openFiles(path)
	if err != nil {
		return errors.Is(err, errSeveral)
	}
	defer func() { _ = done() }()   // it was only read
	is, _ := IsManifest(files, ".") // looking for bundles says why it cannot be read
	return is
}

// Open opens a snapshot, folder or zip. Close it after its last organization was read.
func Open(path string, l bundle.Limits) (*Snapshot, error) {
	in, done, err := openFiles(path)
	if err != nil {
		return nil, err
	}
	data, err := files.ReadBounded(in, ManifestName, maxManifest)
	if err == nil {
		var m *manifest
		if m, err = decodeManifest(data); err == nil {
			return &Snapshot{manifest: m, files: in, close: done, limits: l}, nil
		}
	}
	return nil, fmt.Errorf("snapshot %s: %w", path, errors.Join(err, done()))
}

// Close releases the files.
func (s *Snapshot) Close() error { return s.close() }

// Shard is which share of the organizations the snapshot holds, nil for all.
func (s *Snapshot) Shard() *Shard { return s.manifest.Shard }

// Organizations lists what the snapshot holds, by name.
func (s *Snapshot) Organizations() []*Pulled {
	var all []*Pulled
	for i := range s.manifest.Organizations {
		p := &Pulled{from: s, organization: &s.manifest.Organizations[i], revisions: map[apigee.Revision]revision{}}
		for _, r := range p.organization.Revisions {
			p.revisions[r.id()] = r
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *Pulled) int { return strings.Compare(a.Name(), b.Name()) })
	return all
}
