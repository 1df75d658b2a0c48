package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// failing is a source from which nothing but the lists can be read.
type failing struct {
	proxies, sharedFlows, environments int
	bundle                             func(apigee.Revision) error
	hook                               func(environment string) error
	listed                             []apigee.Problem
}

func (f *failing) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "acme"}, nil
}

func (f *failing) Deployments(context.Context) (inventory.Listing, error) {
	var all []apigee.Deployment
	for e := range f.environments {
		environment := fmt.Sprintf("env%02d", e)
		for i := range f.proxies {
			all = append(all, in(environment, proxy(fmt.Sprintf("p%02d", i), "1")))
		}
		for i := range f.sharedFlows {
			all = append(all, in(environment, apigee.Revision{Kind: apigee.KindSharedFlow, Name: fmt.Sprintf("s%02d", i), Number: "2"}))
		}
	}
	return inventory.Listing{Deployments: all, Problems: f.listed}, nil
}

func (f *failing) FlowHooks(_ context.Context, environment string) ([]apigee.FlowHook, error) {
	if f.hook == nil {
		return nil, nil
	}
	return nil, f.hook(environment)
}

func (f *failing) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	return nil, f.bundle(r)
}

func problemsOf(ctx context.Context, t *testing.T, f *failing) []apigee.Problem {
	t.Helper()
	inv, err := inventory.Collect(ctx, f, inventory.CollectOptions{Concurrency: 3}, func(apigee.Revision, *bundle.Archive) {})
	if err != nil {
		t.Fatal(err)
	}
	things := 0
	for _, p := range inv.Problems {
		things += p.Count()
		if p.Operation == "" || p.Error == "" {
			t.Errorf("%+v says nothing", p)
		}
	}
	if want := inv.Revisions; f.hook == nil && len(f.listed) == 0 && things != want {
		t.Errorf("problems count %d things, and %d revisions were not read", things, want)
	}
	slices.SortFunc(inv.Problems, apigee.CompareProblems)
	return inv.Problems
}

func TestWhatFailsAlikeIsOneProblem(t *testing.T) {
	expired := func(r apigee.Revision) error { return fmt.Errorf("download %s: the token has expired", r) }
	all := problemsOf(t.Context(), t, &failing{proxies: 20, sharedFlows: 3, environments: 2, bundle: expired})
	if len(all) != 1 {
		t.Fatalf("%d problems: %+v", len(all), all)
	}
	p := all[0]
	if p.Error != "the token has expired; what they issue or refresh was not seen" || p.Operation != "download bundle" {
		t.Errorf("%q", p.Error)
	}
	if want := "23 revisions (proxy p00 revision 1, proxy p01 revision 1, proxy p02 revision 1 and 20 more)"; p.Subject() != want {
		t.Errorf("subject %q, want %q", p.Subject(), want)
	}
	each := slices.Collect(p.Each())
	first, last := each[0], each[22]
	if first.Environment != "env00, env01" || first.Name != "p00" || first.Error != p.Error || len(first.Subjects) > 0 {
		t.Errorf("%+v", first)
	}
	if last.Kind != apigee.KindSharedFlow || last.Name != "s02" || last.Revision != "2" {
		t.Errorf("%+v", last)
	}
}

func TestFewAreAProblemEach(t *testing.T) {
	expired := func(r apigee.Revision) error { return fmt.Errorf("download %s: the token has expired", r) }
	all := problemsOf(t.Context(), t, &failing{proxies: 10, environments: 1, bundle: expired})
	if len(all) != 10 || all[3].Name != "p03" || all[3].Error != "download proxy p03 revision 1: the token has expired; what it issues or refreshes was not seen" {
		t.Errorf("%+v", all)
	}
	// Ten for one reason, and twenty for twenty others.
	others := func(r apigee.Revision) error {
		if r.Name < "p10" {
			return fmt.Errorf("download %s: the token has expired", r)
		}
		return fmt.Errorf("download %s: broken in its own way, %s", r, r.Name)
	}
	if all := problemsOf(t.Context(), t, &failing{proxies: 30, environments: 1, bundle: others}); len(all) != 30 {
		t.Errorf("%d problems: %+v", len(all), all)
	}
}

// TestWhatIsGivenUpIsSaidWithItsReason: those that failed and those that were given up for it are one problem.
func TestWhatIsGivenUpIsSaidWithItsReason(t *testing.T) {
	given := func(r apigee.Revision) error {
		err := fmt.Errorf("download %s: the token has expired", r)
		switch {
		case r.Name < "p05":
			return err
		case r.Name < "p10":
			return fmt.Errorf("wrapped: %w", &inventory.GaveUpError{After: 7, Err: err})
		}
		return &inventory.GaveUpError{After: 35, Err: err}
	}
	all := problemsOf(t.Context(), t, &failing{proxies: 40, environments: 1, bundle: given})
	if len(all) != 1 || all[0].Error != "the token has expired; gave up after 35 failed requests in a row; what they issue or refresh was not seen" {
		t.Errorf("%+v", all)
	}
	all = problemsOf(t.Context(), t, &failing{proxies: 1, environments: 1, bundle: func(r apigee.Revision) error {
		return &inventory.GaveUpError{After: 35, Err: fmt.Errorf("download %s: no answer", r)}
	}})
	if want := "download proxy p00 revision 1: no answer; gave up after 35 failed requests in a row; what it issues or refreshes was not seen"; all[0].Error != want {
		t.Errorf("%q", all[0].Error)
	}
}

// TestAFaultThatLastsIsSaidOnceForEachOperation: however few things it kept from being read, and whether they were asked for
// before the rest was given up or were given up with it.
func TestAFaultThatLastsIsSaidOnceForEachOperation(t *testing.T) {
	const expired = "the token has expired"
	all := problemsOf(t.Context(), t, &failing{
		proxies: 12, environments: 3,
		bundle: func(r apigee.Revision) error {
			return &inventory.GaveUpError{After: 35, Err: fmt.Errorf("download %s: %s", r, expired)}
		},
		hook: func(environment string) error {
			err := fmt.Errorf("read flow hook PreProxyFlowHook of environment %s: %s", environment, expired)
			if environment == "env01" {
				return &inventory.GaveUpError{After: 35, Err: err}
			}
			return err
		},
	})
	want := []string{
		"12 revisions (proxy p00 revision 1, proxy p01 revision 1, proxy p02 revision 1 and 9 more): download bundle: the token has expired; gave up after 35 failed requests in a row; what they issue or refresh was not seen",
		"3 environments (env00, env01, env02): read flow hooks: the token has expired; gave up after 35 failed requests in a row; a refresh flow that a hook adds to every proxy in one of them was not seen",
	}
	if said := saidOf(all); !slices.Equal(said, want) {
		t.Errorf("%s", strings.Join(said, "\n"))
	}
	// None of the hooks was given up, and the bundles were, for the same reason: it lasts for both.
	all = problemsOf(t.Context(), t, &failing{
		proxies: 2, environments: 2,
		bundle: func(r apigee.Revision) error {
			return &inventory.GaveUpError{After: 35, Err: fmt.Errorf("download %s: %s", r, expired)}
		},
		hook: func(environment string) error {
			return fmt.Errorf("read flow hook PreProxyFlowHook of environment %s: %s", environment, expired)
		},
	})
	if len(all) != 2 {
		t.Errorf("%s", strings.Join(saidOf(all), "\n"))
	}
}

// saidOf are problems as a person reads them, in order.
func saidOf(all []apigee.Problem) []string {
	var said []string
	for _, p := range all {
		said = append(said, p.Subject()+": "+p.Operation+": "+p.Error)
	}
	slices.Sort(said)
	return said
}

func TestHooksAndListsAreJoinedToo(t *testing.T) {
	var listed []apigee.Problem
	for i := range 12 {
		listed = append(listed, apigee.Problem{Kind: apigee.KindSharedFlow, Name: fmt.Sprint("s", i), Operation: "list deployments", Error: "not for you"})
	}
	for range 11 {
		listed = append(listed, apigee.Problem{Operation: "list deployments", Error: "the environment has no name"})
	}
	all := problemsOf(t.Context(), t, &failing{
		proxies: 1, environments: 15, listed: listed, bundle: func(apigee.Revision) error { return errors.New("no") },
		hook: func(environment string) error {
			return fmt.Errorf("read flow hook PreProxyFlowHook of environment %s: not for you", environment)
		},
	})
	want := []string{
		"11 entries: list deployments: the environment has no name",
		"12 shared flows (shared flow s0, shared flow s1, shared flow s10 and 9 more): list deployments: not for you",
		"15 environments (env00, env01, env02 and 12 more): read flow hooks: not for you; a refresh flow that a hook adds to every proxy in one of them was not seen",
		"proxy p00 revision 1: download bundle: no; what it issues or refreshes was not seen",
	}
	if said := saidOf(all); !slices.Equal(said, want) {
		t.Errorf("%s", strings.Join(said, "\n"))
	}
}

func TestAnEndedContextSpeaksForItself(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	all := problemsOf(ctx, t, &failing{proxies: 40, environments: 1, bundle: func(r apigee.Revision) error {
		cancel()
		return fmt.Errorf("download %s: %w", r, ctx.Err())
	}})
	if len(all) != 1 || all[0].Error != context.Canceled.Error() || len(all[0].Subjects) != 40 {
		t.Errorf("%+v", all)
	}
}
