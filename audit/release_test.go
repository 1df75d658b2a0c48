package audit_test

import (
	"context"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit"
	"apigee-audit/audit/rules"
)

// counting is an organization that counts how often each bundle is asked for.
type counting struct {
	*typicalOrganization
	asked map[apigee.Revision]int
}

func (o *counting) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	o.asked[r]++
	return o.typicalOrganization.Bundle(ctx, r)
}

// Bundles that are kept are asked for once. Those that were given up can still be had.
func TestReleasedBundlesAreAskedForAgain(t *testing.T) {
	org := &counting{&typicalOrganization{n: 4, zips: [][]byte{typicalBundle(t, 0, true), typicalBundle(t, 1, true)}}, map[apigee.Revision]int{}}
	a, err := audit.Read(t.Context(), org, audit.Options{Rules: rules.All(), Concurrency: 1, Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	kept := apigee.Ref{Kind: apigee.KindProxy, Name: "orders-0"}
	a.Release(map[apigee.Ref]bool{kept: true})
	for r, asked := range org.asked {
		want := asked
		if r.Ref() != kept {
			want++
		}
		archive, err := a.Archive(t.Context(), r)
		if err != nil || len(archive.Files) == 0 {
			t.Errorf("%s: %d files, error %v", r, len(archive.Files), err)
		}
		if org.asked[r] != want {
			t.Errorf("%s was asked for %d times, want %d", r, org.asked[r], want)
		}
	}
	if len(org.asked) != 4 {
		t.Errorf("%d revisions were asked for, want 4", len(org.asked))
	}
}
