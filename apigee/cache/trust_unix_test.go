//go:build unix

package cache

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

// TestOnlyTheUsersOwnEntriesAreUsed: an entry's digest is right whoever wrote it, so who could write it decides.
func TestOnlyTheUsersOwnEntriesAreUsed(t *testing.T) {
	const other = 12345
	root := os.Geteuid() == 0
	for name, tt := range map[string]struct {
		spoil  func(pack string) error // by the path of its files without their suffixes
		asRoot bool
		says   string
		kept   bool // the download takes the entry's place
		used   bool // it is as good as before
	}{
		"zips that others can write to":            {func(f string) error { return os.Chmod(f+zipsSuffix, 0o620) }, false, "others can write to it (mode 0620)", true, false},
		"an index that others can write to":        {func(f string) error { return os.Chmod(f+indexSuffix, 0o602) }, false, "others can write to it (mode 0602)", true, false},
		"an organization's that everybody can":     {func(f string) error { return os.Chmod(filepath.Dir(f), 0o777) }, false, "mode 0777", false, false},
		"an organization's that a group can":       {func(f string) error { return os.Chmod(filepath.Dir(f), 0o770) }, false, "mode 0770", false, false},
		"a store that everybody can write to":      {func(f string) error { return os.Chmod(up(f, 2), 0o1777) }, false, "others can write to it", false, false},
		"zips of another user":                     {func(f string) error { return os.Lchown(f+zipsSuffix, other, other) }, true, "another user (uid 12345)", true, false},
		"an index of another user":                 {func(f string) error { return os.Lchown(f+indexSuffix, other, other) }, true, "another user (uid 12345)", true, false},
		"an organization's of another user":        {func(f string) error { return os.Lchown(filepath.Dir(f), other, other) }, true, "another user", false, false},
		"a store of another user":                  {func(f string) error { return os.Lchown(up(f, 2), other, other) }, true, "another user", false, false},
		"a pipe for zips":                          {func(f string) error { return replace(f+zipsSuffix, pipe) }, false, "", true, false},
		"a pipe for an index":                      {func(f string) error { return replace(f+indexSuffix, pipe) }, false, "", true, false},
		"a link to a device":                       {func(f string) error { return replace(f+zipsSuffix, device) }, false, "", true, false},
		"a folder that others can read, and write": {func(f string) error { return os.Chmod(up(f, 3), 0o777) }, false, "", true, true}, // above the store: it holds nothing
	} {
		t.Run(name, func(t *testing.T) {
			if tt.asRoot && !root {
				t.Skip("only root can give files away")
			}
			dir := filepath.Join(t.TempDir(), "cache")
			l := &live{deployments: []apigee.Deployment{deployed("prod", 7)}, zips: map[apigee.Revision][]byte{login: packed(t, "<Old/>")}, date: noon}
			read(t, dir, acme, l)
			files, err := filepath.Glob(filepath.Join(dir, layout, "*", "*"+zipsSuffix))
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			if err := tt.spoil(strings.TrimSuffix(files[0], zipsSuffix)); err != nil {
				t.Fatal(err)
			}
			l.zips[login] = packed(t, "<New/>")
			s := NewSource(l, l.Created, Open(dir, nil, Limits{}), acme, bundle.DefaultLimits())
			s.now = func() time.Time { return noon }
			if _, err := s.Deployments(t.Context()); err != nil {
				t.Fatal(err)
			}
			a, err := s.Bundle(t.Context(), login)
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
			if got := first(t, a); (got == "<Old/>") != tt.used {
				t.Errorf("the bundle is %s", got)
			}
			switch err := s.Distrusted(); {
			case tt.says == "" && err != nil, tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)):
				t.Errorf("distrusted: %v", err)
			}
			if (s.Unkept() == nil) != tt.kept {
				t.Errorf("unkept: %v", s.Unkept())
			}
		})
	}
}

func up(name string, n int) string {
	for range n {
		name = filepath.Dir(name)
	}
	return name
}

func replace(name string, create func(name string) error) error {
	if err := os.Remove(name); err != nil {
		return err
	}
	return create(name)
}

func pipe(name string) error   { return syscall.Mkfifo(name, 0o600) }
func device(name string) error { return os.Symlink("/dev/zero", name) }

// TestTryLooksAtWhoseItIs: a folder that others can write to is found out before an audit relies on it, and one that nobody
// may write to.
func TestTryLooksAtWhoseItIs(t *testing.T) {
	dir := t.TempDir()
	store := Open(dir, nil, Limits{})
	if err := os.Mkdir(store.Dir(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(store.Dir(), 0o770); err != nil {
		t.Fatal(err)
	}
	if err := store.Try(); err == nil || store.Distrusted() == nil {
		t.Errorf("%v, %v", err, store.Distrusted())
	}
	if os.Geteuid() == 0 {
		t.Skip("root may write anywhere")
	}
	if err := os.Chmod(store.Dir(), 0o500); err != nil {
		t.Fatal(err)
	}
	store = Open(dir, nil, Limits{})
	if err := store.Try(); err == nil || store.Distrusted() != nil {
		t.Errorf("%v, %v", err, store.Distrusted())
	}
}
