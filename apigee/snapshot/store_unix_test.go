//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package snapshot

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/internal/files"
)

// names lists a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestCreateClearsWhatKilledPullsLeft(t *testing.T) {
	dir := t.TempDir()
	elsewhere := t.TempDir()
	for _, folder := range []string{".apigee-audit-pull-1/acme/apis", ".apigee-audit-pull-running", ".apigee-audit-puller"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{".apigee-audit-pull-1/acme/apis/1.zip", ".apigee-audit-pull-2", ".apigee-audit-3", "apigee-audit-pull-4"} {
		if err := os.WriteFile(filepath.Join(dir, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(elsewhere, filepath.Join(dir, ".apigee-audit-pull-link")); err != nil {
		t.Fatal(err)
	}
	running, ok, err := files.Hold(filepath.Join(dir, ".apigee-audit-pull-running"))
	if !ok || err != nil {
		t.Fatal(err)
	}
	defer running.Close()

	w, err := Create(filepath.Join(dir, "s"), Tool{"test", "1"}, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join(dir, ".apigee-audit-pull-1"), filepath.Join(dir, ".apigee-audit-pull-2")}
	if diff := cmp.Diff(want, w.Removed()); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	// The pull that is under way now is held as well.
	other, err := Create(filepath.Join(dir, "s.zip"), Tool{"test", "1"}, nil, time.Now())
	if err != nil || len(other.Removed()) > 0 {
		t.Errorf("a pull beside another removed %v, %v", other.Removed(), err)
	}
	if third, err := Create(filepath.Join(dir, "t"), Tool{"test", "1"}, nil, time.Now()); err != nil || len(third.Removed()) > 0 || third.Abort() != nil {
		t.Errorf("a pull beside two others removed %v, %v", third.Removed(), err)
	}
	for _, w := range []*Writer{w, other} {
		if err := w.Abort(); err != nil {
			t.Error(err)
		}
	}
	left := names(t, dir)
	kept := []string{".apigee-audit-3", ".apigee-audit-pull-link", ".apigee-audit-pull-running", ".apigee-audit-puller", "apigee-audit-pull-4"}
	if !slices.Equal(left, kept) {
		t.Errorf("left are %v", left)
	}
}
