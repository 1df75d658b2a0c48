package flow_test

import (
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"golang.org/x/tools/txtar"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit/flow"
	"apigee-audit/audit/internal/audittest"
)

// TestDefinitionsAreThoseOfEachBundle reads the bundles of all rules' fixtures by themselves and as others that were met before. The
// programs must be the same.
func TestDefinitionsAreThoseOfEachBundle(t *testing.T) {
	fixtures, err := filepath.Glob("../rules/testdata/*.txtar")
	if err != nil || len(fixtures) == 0 {
		t.Fatalf("%d fixtures, error %v", len(fixtures), err)
	}
	parser := bundle.NewParser(bundle.DefaultLimits())
	shared := 0
	for _, fixture := range fixtures {
		archive, err := txtar.ParseFile(fixture)
		if err != nil {
			t.Fatal(err)
		}
		o := audittest.Read(t, archive.Files)
		read := func(parse func(apigee.Revision, *bundle.Archive) *bundle.Bundle) []*flow.Program {
			var out []*flow.Program
			reader := flow.NewReader()
			for _, kind := range []apigee.Kind{apigee.KindSharedFlow, apigee.KindProxy} {
				for r, a := range sorted(o) {
					if r.Kind == kind {
						out = append(out, reader.Read(parse(r, a), a))
					}
				}
			}
			return out
		}
		want := read(func(r apigee.Revision, a *bundle.Archive) *bundle.Bundle {
			return bundle.Parse(r, a, bundle.DefaultLimits())
		})
		var last []*flow.Program
		for range 3 {
			got := read(parser.Parse)
			for i, u := range got {
				if !reflect.DeepEqual(u, want[i]) {
					t.Errorf("%s: %s %s comes out otherwise", filepath.Base(fixture), u.Revision.Ref(), u.Revision.Number)
				}
				if last != nil && len(u.Policies) > 0 && u.Policies[0].Definition == last[i].Policies[0].Definition {
					shared++
				}
			}
			last = got
		}
	}
	if shared < len(fixtures) {
		t.Errorf("%d programs share the definition of their first policy with another", shared)
	}
}

// sorted yields the bundles of an organization by revision.
func sorted(o *audittest.Organization) func(func(apigee.Revision, *bundle.Archive) bool) {
	return func(yield func(apigee.Revision, *bundle.Archive) bool) {
		var all []apigee.Revision
		for r := range o.Archives {
			all = append(all, r)
		}
		slices.SortFunc(all, apigee.CompareRevisions)
		for _, r := range all {
			if !yield(r, o.Archives[r]) {
				return
			}
		}
	}
}
