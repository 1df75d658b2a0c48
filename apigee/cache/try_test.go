package cache

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"apigee-audit/apigee"
)

// TestTryLeavesNothingBehind: neither files nor the folders that it made, and what was there stays.
func TestTryLeavesNothingBehind(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "a", "b")
	if err := Open(dir, nil, Limits{}).Try(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}

	l := &live{zips: map[apigee.Revision][]byte{login: packed(t, "<A/>")}, date: noon}
	read(t, dir, acme, l)
	before := everything(t, parent)
	if err := Open(dir, nil, Limits{}).Try(); err != nil {
		t.Fatal(err)
	}
	if after := everything(t, parent); len(after) != len(before) {
		t.Errorf("before %v, after %v", before, after)
	}
}

func everything(t *testing.T, dir string) (all []string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		all = append(all, path)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTryFindsWhatIsNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Open(file, nil, Limits{}).Try(); err == nil {
		t.Error("a file passes for a folder")
	}
	if err := Open(filepath.Join(file, "below"), nil, Limits{}).Try(); err == nil {
		t.Error("a folder below a file passes")
	}
}
