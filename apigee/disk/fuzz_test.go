package disk_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/disk"
)

// FuzzOpen feeds arbitrary bytes as a zip through the whole search for bundles, and reads what is found.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(zipped(f, proxy("", "login"))))
	f.Add([]byte(zipped(f, merge(proxy("a/", "login"), flow("b/", "guard"), map[string]string{
		"c/ApiProxy/policies/A.xml": "<A/>", "d/proxies/x.xml": "<ProxyEndpoint/>", `e\f`: "", "../g": "", "in.zip": zipped(f, proxy("", "inner")),
	}))))
	f.Add([]byte(nested(f, 5)))
	f.Add([]byte("PK\x05\x06"))
	l := bundle.Limits{Compressed: 1 << 20, Inflated: 1 << 20, File: 1 << 18, Entries: 100, Depth: 32}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		name := filepath.Join(dir, "x.zip")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := disk.Open(t.Context(), []string{name}, l)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		listing, err := s.Deployments(context.Background())
		list, problems := listing.Deployments, listing.Problems
		if err != nil || len(list)+len(problems) == 0 {
			t.Fatalf("%d bundles and no problem, %v", len(list), err)
		}
		seen := map[apigee.Revision]bool{}
		for _, d := range list {
			if seen[d.Revision] || !strings.HasPrefix(d.Root, filepath.ToSlash(name)) || strings.Contains(d.Root, "/../") {
				t.Fatalf("bundle %+v", d.Revision)
			}
			seen[d.Revision] = true
			a, err := s.Bundle(context.Background(), d.Revision)
			if err != nil {
				continue
			}
			for _, file := range a.Files {
				if strings.Contains("/"+file.Name+"/", "/../") || strings.HasPrefix(file.Name, "/") {
					t.Fatalf("file %q", file.Name)
				}
			}
			bundle.Parse(d.Revision, a, l)
		}
	})
}
