package snapshot

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"apigee-audit/apigee/bundle"
	"apigee-audit/internal/files"
)

// Writer writes one snapshot of any number of organizations, several at once.
type Writer struct {
	path    string
	store   store
	tool    Tool
	shard   *Shard
	started time.Time

	removed []string

	mu            sync.Mutex
	organizations []organization
	taken         map[string]bool // lower-case names of files: some file systems take "Login" and "login" for one
	failure       error           // the first write that failed
}

// Create begins a snapshot: a zip when the path ends in .zip, else a folder. Until [Writer.Commit] there is nothing at the
// path. The error wraps [fs.ErrExist] when there is something already; nothing is ever overwritten. What an earlier process
// left beside the path when it was killed is removed.
func Create(path string, tool Tool, shard *Shard, now time.Time) (*Writer, error) {
	path = filepath.Clean(path)
	if err := files.Absent(path); err != nil {
		return nil, err
	}
	open := newFolderStore
	if bundle.IsZip(path) {
		open = newZipStore
	}
	removed := clear(path)
	s, err := open(path)
	if err != nil {
		return nil, err
	}
	return &Writer{path: path, store: s, tool: tool, shard: shard, started: now, removed: removed, taken: map[string]bool{}}, nil
}

// Removed are the unfinished snapshots of processes that were killed, which [Create] found and removed.
func (w *Writer) Removed() []string { return w.removed }

// Failure is why a bundle could not be written, or nil. What cannot be written once is not tried again: a full disk stays
// full.
func (w *Writer) Failure() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failure
}

// put writes the bundle of a revision and says where it lies.
func (w *Writer) put(name, digest string, data []byte) (string, error) {
	w.mu.Lock()
	if key := strings.ToLower(name); w.taken[key] {
		name = strings.TrimSuffix(name, ".zip") + "-" + digest[:12] + ".zip"
	}
	w.taken[strings.ToLower(name)] = true
	w.mu.Unlock()
	if err := w.store.add(name, data); err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err // the temporary name says nothing to anybody
		}
		err = fmt.Errorf("write snapshot %s: %w", w.path, err)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.failure = cmp.Or(w.failure, err)
		return "", err
	}
	return name, nil
}

func (w *Writer) add(o organization) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.organizations = append(w.organizations, o)
}

// Commit writes the manifest and gives the snapshot its name. It reports whether the snapshot is complete: whether a scan of
// it will look at everything. Call it or [Writer.Abort] once, when all recorders are done.
func (w *Writer) Commit(now time.Time) (complete bool, err error) {
	w.mu.Lock() // what was left behind may still try to add to it
	defer w.mu.Unlock()
	m := manifest{
		Tool: w.tool, StartedAt: w.started, FinishedAt: now, Shard: w.shard,
		Organizations: slices.Clone(w.organizations), Complete: len(w.organizations) > 0 || w.shard != nil,
	}
	m.SnapshotVersion = m.version()
	if m.Organizations == nil {
		m.Organizations = []organization{}
	}
	slices.SortFunc(m.Organizations, func(a, b organization) int { return cmp.Compare(a.Name, b.Name) })
	for _, o := range m.Organizations {
		m.Complete = m.Complete && o.Complete
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return false, err
	}
	if err := readable(b.Bytes()); err != nil {
		return false, fmt.Errorf("write %s: %w", w.path, errors.Join(err, w.store.abort()))
	}
	if err := w.store.add(ManifestName, b.Bytes()); err != nil {
		return false, fmt.Errorf("write %s: %w", w.path, errors.Join(err, w.store.abort()))
	}
	if err := w.store.commit(); err != nil {
		return false, fmt.Errorf("write %s: %w", w.path, errors.Join(err, w.store.abort()))
	}
	return m.Complete, nil
}

// Abort removes what was written so far.
func (w *Writer) Abort() error { return w.store.abort() }
