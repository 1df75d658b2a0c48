package snapshot

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// full is a disk without room.
type full struct{ store }

func (full) add(string, []byte) error {
	return &fs.PathError{Op: "write", Path: "temporary", Err: syscall.ENOSPC}
}

// counted counts what is downloaded.
type counted struct {
	live
	downloads *int
}

func (c counted) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	*c.downloads++
	return c.live.Bundle(ctx, r)
}

func TestAWriteThatFailsIsTheLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	w, err := Create(path, Tool{"test", "1"}, nil, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Abort() }()
	w.store = full{w.store}
	downloads := 0
	src := counted{live{proxy("a", "1"): "PK", proxy("b", "1"): "PK", proxy("c", "1"): "PK"}, &downloads}
	r := w.Record("acme", src, time.Unix(0, 0))
	if _, err := inventory.Collect(t.Context(), r, inventory.CollectOptions{Concurrency: 1}, func(apigee.Revision, *bundle.Archive) {}); err != nil {
		t.Fatal(err)
	}
	if downloads != 1 {
		t.Errorf("%d bundles were downloaded for a disk that has no room for the first", downloads)
	}
	if err := w.Failure(); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "write snapshot "+path) || strings.Contains(err.Error(), "temporary") {
		t.Errorf("failure is %v", err)
	}
}

// TestCommitRefusesWhatNoScanWouldRead: a snapshot that is too large is said where something can be done about it.
func TestCommitRefusesWhatNoScanWouldRead(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(filepath.Join(dir, "s"), Tool{"test", "1"}, nil, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	w.add(organization{Name: "acme", Deployments: make([]deployment, 400_000)})
	if _, err := w.Commit(time.Unix(1, 0)); err == nil || !strings.Contains(err.Error(), "--shard") {
		t.Errorf("committed: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
