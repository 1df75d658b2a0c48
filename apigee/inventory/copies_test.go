package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

// shelf is bundles on disk: by root, what is in them; "" cannot be read. The first ones are the slowest.
type shelf struct {
	revisions []apigee.Revision
	content   map[string]string
}

func (s *shelf) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "local", Environments: []string{"local"}, Offline: true}, nil
}

func (s *shelf) Deployments(context.Context) (Listing, error) {
	var all []apigee.Deployment
	for _, r := range s.revisions {
		all = append(all, apigee.Deployment{Environment: "local", Revision: r})
	}
	return Listing{Deployments: all}, nil
}

func (s *shelf) FlowHooks(context.Context, string) ([]apigee.FlowHook, error) { return nil, nil }

func (s *shelf) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	time.Sleep(time.Hour - time.Duration(slices.Index(s.revisions, r))*time.Minute)
	text := s.content[r.Root]
	if text == "" {
		return nil, errors.New("gone")
	}
	a := &bundle.Archive{Files: []bundle.File{{Name: r.Kind.Root() + "/policies/A.xml", Data: []byte(text)}}}
	if strings.HasPrefix(text, "partly") {
		a.Problems = []apigee.Problem{{Error: "one file is too large"}}
	}
	return a, nil
}

func TestCollectTakesCopiesOnDiskForOne(t *testing.T) {
	at := func(name, number string, roots ...string) (all []apigee.Revision) {
		for _, root := range roots {
			all = append(all, apigee.Revision{Kind: apigee.KindProxy, Name: name, Number: number, Root: root})
		}
		return all
	}
	tests := map[string]struct {
		revisions []apigee.Revision
		content   string            // root=content, separated by blanks
		kept      map[string]string // root → the roots of its copies
		notice    string
		problems  int
	}{
		"one bundle":      {at("login", "", "a"), "a=1", map[string]string{"a": ""}, "", 0},
		"different names": {slices.Concat(at("login", "", "a"), at("pay", "", "b")), "a=1 b=1", map[string]string{"a": "", "b": ""}, "", 0},
		"a shared flow of that name": {append(at("login", "", "a"), apigee.Revision{Kind: apigee.KindSharedFlow, Name: "login", Root: "b"}), "a=1 b=1",
			map[string]string{"a": "", "b": ""}, "", 0},
		"a copy": {at("login", "", "a", "b"), "a=1 b=1", map[string]string{"a": "b"},
			`2 bundles are named "login": a and b; they are the same byte for byte and audited as one`, 0},
		"two that differ": {at("login", "", "a", "b"), "a=1 b=2", map[string]string{"a": "", "b": ""},
			`2 bundles are named "login": a and b; they differ, and each is audited by itself`, 0},
		"sources come first": {at("login", "", "a.zip", "b/target/x", "c", "d/e"), "a.zip=1 b/target/x=1 c=1 d/e=1", map[string]string{"c": "d/e b/target/x a.zip"},
			`4 bundles are named "login": c, d/e, b/target/x and a.zip; they are the same byte for byte and audited as one`, 0},
		"some of many": {at("login", "", "a", "b", "c", "d", "e"), "a=1 b=2 c=1 d=2 e=3", map[string]string{"a": "c", "b": "d", "e": ""},
			`5 bundles are named "login": a, b, c and 2 more; 2 are the same byte for byte as another, and each different one is audited by itself`, 0},
		"a numbered copy": {slices.Concat(at("login", "", "a"), at("login", "3", "x.zip"), at("login", "4", "y.zip")), "a=1 x.zip=2 y.zip=1",
			map[string]string{"a": "y.zip", "x.zip": ""}, "3 bundles are named", 0},
		"one number twice": {at("login", "3", "a.zip", "b.zip"), "a.zip=1 b.zip=2", map[string]string{"a.zip": "", "b.zip": ""}, "2 bundles are named", 0},
		"one cannot be read": {at("login", "", "a", "b", "c"), "a= b=1 c=1", map[string]string{"b": "c"},
			`3 bundles are named "login": a, b and c; 1 could not be read; the others are the same byte for byte and audited as one`, 1},
		"most cannot be read": {at("login", "", "a", "b", "c"), "a= b= c=1", map[string]string{"c": ""}, `3 bundles are named "login": a, b and c; 2 could not be read`, 2},
		"not read as a whole": {at("login", "", "a", "b"), "a=partly b=partly", map[string]string{"a": "", "b": ""}, `2 bundles are named "login": a and b; each is audited by itself`, 0},
		"what is deployed":    {append(at("login", "3", ""), at("login", "4", "")...), "=1", map[string]string{"3": "", "4": ""}, "", 0},
	}
	for name, tt := range tests {
		for _, concurrency := range []int{1, 2, 16} {
			t.Run(fmt.Sprintf("%s, %d at once", name, concurrency), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					src := &shelf{tt.revisions, map[string]string{}}
					for pair := range strings.FieldsSeq(tt.content) {
						root, text, _ := strings.Cut(pair, "=")
						src.content[root] = text
					}
					var mu sync.Mutex
					kept := map[string]string{}
					inv, err := Collect(t.Context(), src, CollectOptions{Concurrency: concurrency}, func(r apigee.Revision, _ *bundle.Archive) {
						mu.Lock()
						defer mu.Unlock()
						kept[cmp.Or(r.Root, r.Number)] = ""
					})
					if err != nil {
						t.Fatal(err)
					}
					for r, copies := range inv.Copies {
						var roots []string
						for _, c := range copies {
							roots = append(roots, c.Root)
						}
						kept[r.Root] = strings.Join(roots, " ")
					}
					if !maps.Equal(kept, tt.kept) {
						t.Errorf("kept %q, want %q", kept, tt.kept)
					}
					if want := len(tt.kept) + tt.problems; len(inv.Deployments) != want || inv.Revisions != want || len(inv.Problems) != tt.problems {
						t.Errorf("%d deployments of %d revisions, problems %v", len(inv.Deployments), inv.Revisions, inv.Problems)
					}
					notices := ""
					for _, n := range inv.Notices {
						notices += n.Error
					}
					if !strings.Contains(notices, tt.notice) || (notices == "") != (tt.notice == "") || len(inv.Notices) > 1 {
						t.Errorf("notices %v, want one with %q", inv.Notices, tt.notice)
					}
				})
			})
		}
	}
}
