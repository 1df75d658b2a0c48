package inventory_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// shifting is a source whose deployments change while they are read.
type shifting struct {
	lists [][]apigee.Deployment // one a call; the last stays
	have  map[apigee.Revision]bool
	files map[apigee.Revision][]bundle.File

	mu    sync.Mutex
	calls int
	hooks []string
}

func (s *shifting) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "acme", Environments: []string{"empty", "prod", "test"}}, nil
}

func (s *shifting) Deployments(context.Context) (inventory.Listing, error) {
	s.calls++
	return inventory.Listing{Deployments: s.lists[min(s.calls, len(s.lists))-1]}, nil
}

func (s *shifting) FlowHooks(_ context.Context, environment string) ([]apigee.FlowHook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = append(s.hooks, environment)
	return nil, nil
}

func (s *shifting) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	if !s.have[r] {
		return nil, fmt.Errorf("download %s: %w", r, inventory.ErrNotFound)
	}
	return &bundle.Archive{Files: s.files[r]}, nil
}

func proxy(name, number string) apigee.Revision {
	return apigee.Revision{Kind: apigee.KindProxy, Name: name, Number: number}
}

func in(environment string, r apigee.Revision) apigee.Deployment {
	return apigee.Deployment{Environment: environment, Revision: r}
}

func collect(t *testing.T, s *shifting) (*inventory.Inventory, map[apigee.Revision]int) {
	t.Helper()
	var mu sync.Mutex
	read := map[apigee.Revision]int{}
	inv, err := inventory.Collect(t.Context(), s, inventory.CollectOptions{Concurrency: 4}, func(r apigee.Revision, _ *bundle.Archive) {
		mu.Lock()
		defer mu.Unlock()
		read[r]++
	})
	if err != nil {
		t.Fatal(err)
	}
	return inv, read
}

func TestARevisionReplacedMeanwhileIsReadInItsNewForm(t *testing.T) {
	old, fresh, other := proxy("login", "3"), proxy("login", "4"), proxy("cart", "1")
	s := &shifting{
		lists: [][]apigee.Deployment{{in("prod", old), in("test", fresh), in("prod", other)}, {in("prod", fresh), in("test", fresh), in("test", other)}},
		have:  map[apigee.Revision]bool{fresh: true, other: true},
	}
	inv, read := collect(t, s)
	if len(inv.Problems) > 0 || len(inv.Notices) != 1 || inv.Notices[0].Revision != "3" {
		t.Errorf("problems %v, notices %v", inv.Problems, inv.Notices)
	}
	if read[fresh] != 1 || read[other] != 1 || inv.Revisions != 2 {
		t.Errorf("read %v, %d revisions", read, inv.Revisions)
	}
	want := fmt.Sprint([]apigee.Deployment{in("prod", other), in("prod", fresh), in("test", fresh)}) // cart as it was read
	if got := fmt.Sprint(inv.Deployments); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestARevisionStillDeployedAndNotFoundIsAProblem(t *testing.T) {
	s := &shifting{lists: [][]apigee.Deployment{{in("prod", proxy("login", "3"))}}}
	inv, _ := collect(t, s)
	if s.calls != 2 || len(inv.Problems) != 1 || !strings.Contains(inv.Problems[0].Error, "still listed as deployed") || inv.Revisions != 1 {
		t.Errorf("%d lists, %+v", s.calls, inv)
	}
}

func TestUndisturbedListsAreAskedOnce(t *testing.T) {
	s := &shifting{lists: [][]apigee.Deployment{{in("prod", proxy("login", "3"))}}, have: map[apigee.Revision]bool{proxy("login", "3"): true}}
	inv, _ := collect(t, s)
	if s.calls != 1 || len(inv.Problems)+len(inv.Notices) > 0 {
		t.Errorf("%d lists, %+v", s.calls, inv)
	}
	if len(s.hooks) != 1 || s.hooks[0] != "prod" {
		t.Errorf("hooks were asked of %v; only prod has something deployed", s.hooks)
	}
}

// TestCollectTellsWhatItReads: who waits for some of the revisions learns of all of them before the first one, in the order in
// which they are begun, and that each is over, whatever came of it.
func TestCollectTellsWhatItReads(t *testing.T) {
	flow := func(number string) apigee.Revision {
		return apigee.Revision{Kind: apigee.KindSharedFlow, Name: "x", Number: number}
	}
	s := &shifting{
		lists: [][]apigee.Deployment{{in("prod", proxy("a", "1")), in("prod", proxy("b", "1")), in("prod", flow("1"))}, {in("prod", proxy("a", "1")), in("prod", proxy("b", "1")), in("prod", flow("2"))}},
		have:  map[apigee.Revision]bool{proxy("a", "1"): true, flow("2"): true},
	}
	var told []string
	_, err := inventory.Collect(t.Context(), s, inventory.CollectOptions{
		Concurrency: 1,
		Listed:      func(all []apigee.Revision) { told = append(told, fmt.Sprintf("listed %v", all)) },
		Done:        func(r apigee.Revision) { told = append(told, "done "+r.String()) },
	}, func(r apigee.Revision, _ *bundle.Archive) { told = append(told, "kept "+r.String()) })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"listed [shared flow x revision 1 proxy a revision 1 proxy b revision 1]", "done shared flow x revision 1",
		"kept proxy a revision 1", "done proxy a revision 1", "done proxy b revision 1",
		"listed [shared flow x revision 2]", "kept shared flow x revision 2", "done shared flow x revision 2",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
}

// TestSharedFlowsAmongTheProxies are audited as what they are, where the server also lists them as that.
func TestSharedFlowsAmongTheProxies(t *testing.T) {
	flow := func(name, number string) apigee.Revision {
		return apigee.Revision{Kind: apigee.KindSharedFlow, Name: name, Number: number}
	}
	files := func(names ...string) []bundle.File {
		var all []bundle.File
		for _, n := range names {
			all = append(all, bundle.File{Name: n})
		}
		return all
	}
	guard, same, other, both := proxy("guard", "2"), proxy("same", "1"), proxy("other", "1"), proxy("both", "1")
	s := &shifting{
		lists: [][]apigee.Deployment{{
			in("prod", guard), in("test", guard), in("prod", same), in("prod", other), in("prod", both),
			in("prod", flow("guard", "2")), in("test", flow("guard", "2")), in("prod", flow("same", "1")), in("prod", flow("other", "9")), in("prod", flow("both", "1")),
		}},
		have: map[apigee.Revision]bool{
			guard: true, same: true, other: true, both: true, flow("guard", "2"): true, flow("same", "1"): true, flow("other", "9"): true, flow("both", "1"): true,
		},
		files: map[apigee.Revision][]bundle.File{
			guard: files("sharedflowbundle/guard.xml"), same: files("apiproxy/same.xml"), other: files("sharedflowbundle/other.xml"),
			both: files("apiproxy/both.xml", "sharedflowbundle/both.xml"),
		},
	}
	inv, read := collect(t, s)
	if read[guard] != 0 || read[same] != 1 || read[other] != 1 || read[both] != 1 || read[flow("guard", "2")] != 1 {
		t.Errorf("read %v", read)
	}
	if slices.ContainsFunc(inv.Deployments, func(d apigee.Deployment) bool { return d.Revision == guard }) || inv.Revisions != 7 {
		t.Errorf("%d revisions, deployments %v", inv.Revisions, inv.Deployments)
	}
	if len(inv.Problems) > 0 || len(inv.Notices) != 1 || inv.Notices[0].Environment != "prod, test" || !strings.Contains(inv.Notices[0].Error, "audited as the shared flow") {
		t.Errorf("problems %+v, notices %+v", inv.Problems, inv.Notices)
	}
}
