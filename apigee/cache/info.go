package cache

import (
	"bufio"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"apigee-audit/internal/files"
)

// Usage is how much is kept.
type Usage struct {
	Bundles int
	Bytes   int64
}

// Kept is what is kept of one organization.
type Kept struct {
	Scope
	Usage
	folder string
}

// Info lists the organizations whose bundles are kept, sorted by name and endpoint. A store that was never written to
// is empty.
func (s *Store) Info() ([]Kept, error) {
	folders, err := os.ReadDir(s.dir)
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the cache: %w", err)
	}
	var all []Kept
	for _, f := range folders {
		if !f.IsDir() {
			continue
		}
		k, err := inspect(filepath.Join(s.dir, f.Name()))
		if err != nil {
			return nil, fmt.Errorf("read the cache: %w", err)
		}
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b Kept) int {
		return cmp.Or(cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Endpoint, b.Endpoint))
	})
	return all, nil
}

// inspect counts the bundles of one organization and takes its name from the first that can be read.
func inspect(folder string) (Kept, error) {
	k := Kept{folder: folder}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if missing(err) { // another process is purging
			return nil
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, suffix) {
			return err
		}
		info, err := d.Info()
		if missing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		k.Bundles++
		k.Bytes += info.Size()
		if k.Organization == "" {
			k.Scope = scopeOf(path)
		}
		return nil
	})
	return k, err
}

// scopeOf reads the first line of a file; it is empty where there is none.
func scopeOf(name string) Scope {
	f, _, err := files.Open(name)
	if err != nil {
		return Scope{}
	}
	defer f.Close()
	e, _, err := readHeader(bufio.NewReader(f))
	if err != nil {
		return Scope{}
	}
	return e.Scope
}
