package apigee_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"apigee-audit/apigee"
)

// shifting is a source whose deployments change while they are read.
type shifting struct {
	lists [][]apigee.Deployment // one a call; the last stays
	have  map[apigee.Revision]bool

	mu    sync.Mutex
	calls int
	hooks []string
}

func (s *shifting) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "acme", Environments: []string{"empty", "prod", "test"}}, nil
}

func (s *shifting) Deployments(context.Context) (apigee.Listing, error) {
	s.calls++
	return apigee.Listing{Deployments: s.lists[min(s.calls, len(s.lists))-1]}, nil
}

func (s *shifting) FlowHooks(_ context.Context, environment string) ([]apigee.FlowHook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = append(s.hooks, environment)
	return nil, nil
}

func (s *shifting) Bundle(_ context.Context, r apigee.Revision) (*apigee.Archive, error) {
	if !s.have[r] {
		return nil, fmt.Errorf("download %s: %w", r, apigee.ErrNotFound)
	}
	return &apigee.Archive{}, nil
}

func proxy(name, number string) apigee.Revision {
	return apigee.Revision{Kind: apigee.KindProxy, Name: name, Number: number}
}

func in(environment string, r apigee.Revision) apigee.Deployment {
	return apigee.Deployment{Environment: environment, Revision: r}
}

func collect(t *testing.T, s *shifting) (*apigee.Inventory, map[apigee.Revision]int) {
	t.Helper()
	var mu sync.Mutex
	read := map[apigee.Revision]int{}
	inv, err := apigee.Collect(t.Context(), s, apigee.CollectOptions{Concurrency: 4}, func(r apigee.Revision, _ *apigee.Archive) {
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

// slow is a source whose shared flows take longer than anything else.
type slow struct {
	shifting
	arrived func(apigee.Revision) // when everything that need not wait has happened
}

func (s *slow) Bundle(_ context.Context, r apigee.Revision) (*apigee.Archive, error) {
	if r.Kind == apigee.KindSharedFlow {
		time.Sleep(time.Hour)
		s.arrived(r)
		if r.Name == "broken" {
			return nil, errors.New("broken")
		}
	}
	return &apigee.Archive{}, nil
}

// TestCollectKeepsSharedFlowsFirst rests the audit's pruning: what is dropped of a proxy depends on the shared flows that it
// calls, so all of them must be kept before the first proxy is.
func TestCollectKeepsSharedFlowsFirst(t *testing.T) {
	flow := func(name string) apigee.Revision {
		return apigee.Revision{Kind: apigee.KindSharedFlow, Name: name, Number: "1"}
	}
	for _, concurrency := range []int{1, 2, 3, 16} {
		t.Run(fmt.Sprint(concurrency, " at once"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var kept []apigee.Revision
				src := &slow{shifting: shifting{lists: [][]apigee.Deployment{{
					in("prod", proxy("a", "1")), in("prod", proxy("b", "1")), in("prod", flow("x")), in("prod", flow("broken")),
					in("test", proxy("a", "2")), in("test", flow("y")),
				}}}}
				src.arrived = func(r apigee.Revision) {
					mu.Lock()
					defer mu.Unlock()
					if i := slices.IndexFunc(kept, func(k apigee.Revision) bool { return k.Kind == apigee.KindProxy }); i >= 0 {
						t.Errorf("%s was kept before %s had been read", kept[i], r)
					}
				}
				inv, err := apigee.Collect(t.Context(), src, apigee.CollectOptions{Concurrency: concurrency}, func(r apigee.Revision, _ *apigee.Archive) {
					mu.Lock()
					defer mu.Unlock()
					kept = append(kept, r)
				})
				if err != nil {
					t.Fatal(err)
				}
				kinds := ""
				for _, r := range kept {
					kinds += " " + string(r.Kind)
				}
				if want := " sharedflows sharedflows apis apis apis"; kinds != want || len(inv.Problems) != 1 || inv.Revisions != 6 {
					t.Errorf("kept%s, want%s; %d revisions, problems %v", kinds, want, inv.Revisions, inv.Problems)
				}
			})
		})
	}
}
