package audit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
)

// tokenFlow is a shared flow that issues, and refreshes only in a mode that no caller of [calling] sets.
func tokenFlow() *bundle.Archive {
	return archiveOf(map[string]string{
		"sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default"><Step><Name>Issue</Name><Condition>flow.mode = "issue"</Condition></Step>` +
			`<Step><Name>Refresh</Name><Condition>flow.mode = "refresh"</Condition></Step></SharedFlow>`,
		"sharedflowbundle/policies/Issue.xml": `<OAuthV2 name="Issue"><Operation>GenerateAccessToken</Operation><RefreshTokenExpiresIn>2592000000</RefreshTokenExpiresIn>` +
			`<SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes><GenerateResponse/></OAuthV2>`,
		"sharedflowbundle/policies/Refresh.xml": `<OAuthV2 name="Refresh"><Operation>RefreshAccessToken</Operation><GenerateResponse/></OAuthV2>`,
	})
}

// calling is a proxy without tokens of its own: all that matters of it is what the shared flow that it calls can see.
func calling(sharedFlow, more string) *bundle.Archive {
	files := map[string]string{
		"apiproxy/proxies/default.xml": `<ProxyEndpoint name="default"><HTTPProxyConnection><BasePath>/p</BasePath></HTTPProxyConnection><PreFlow><Request>` + more +
			`<Step><Name>Mode</Name></Step><Step><Name>Call</Name></Step></Request></PreFlow><RouteRule name="none"/></ProxyEndpoint>`,
		"apiproxy/policies/Mode.xml": `<AssignMessage name="Mode"><AssignVariable><Name>flow.mode</Name><Value>issue</Value></AssignVariable></AssignMessage>`,
		"apiproxy/policies/Call.xml": `<FlowCallout name="Call"><SharedFlowBundle>` + sharedFlow + `</SharedFlowBundle></FlowCallout>`,
	}
	if more != "" {
		files["apiproxy/policies/Read.xml"] = `<GetOAuthV2Info name="Read"><RefreshToken ref="request.formparam.refresh_token"/></GetOAuthV2Info>`
	}
	return archiveOf(files)
}

// callers are an organization in which proxies of all kinds depend on what is in one shared flow.
func callers() *archives {
	sharedFlow := func(name string) apigee.Revision {
		return apigee.Revision{Kind: apigee.KindSharedFlow, Name: name, Number: "2"}
	}
	proxy := func(name string) apigee.Revision {
		return apigee.Revision{Kind: apigee.KindProxy, Name: name, Number: "1"}
	}
	return &archives{bundles: map[apigee.Revision]*bundle.Archive{
		proxy("direct"):      calling("tokens", ""),
		proxy("through"):     calling("outer", ""),
		proxy("reading"):     calling("tokens", "<Step><Name>Read</Name></Step>"), // it handles tokens itself, and its writes are pruned all the same
		proxy("other"):       calling("nothing", ""),
		sharedFlow("tokens"): tokenFlow(),
		sharedFlow("outer"): archiveOf(map[string]string{
			"sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default"><Step><Name>Inner</Name></Step></SharedFlow>`,
			"sharedflowbundle/policies/Inner.xml":      `<FlowCallout name="Inner"><SharedFlowBundle>tokens</SharedFlowBundle></FlowCallout>`,
		}),
	}}
}

func verdicts(t *testing.T, src inventory.Source, concurrency int) (findings []string, res *finding.Result) {
	t.Helper()
	res, err := audit.Run(t.Context(), src, audit.Options{Rules: rules.All(), Concurrency: concurrency})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Findings {
		findings = append(findings, fmt.Sprintf("%s %s %s %s", f.RuleID, f.Name, f.Confidence, f.Message))
	}
	return findings, res
}

// sluggish is a source whose shared flows arrive after everything that need not wait for them.
type sluggish struct {
	*archives
	asked *atomic.Int64
}

func (s sluggish) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	s.asked.Add(1)
	if r.Kind == apigee.KindSharedFlow {
		time.Sleep(time.Hour)
		if r.Name == "outer" {
			return nil, errors.New("broken")
		}
	}
	return s.archives.Bundle(ctx, r)
}

// TestProxiesWaitForSharedFlows: what is dropped of a proxy depends on shared flows, however late they arrive, and one that
// cannot be read keeps nobody waiting.
func TestProxiesWaitForSharedFlows(t *testing.T) {
	org := callers()
	prompt := callers()
	for r := range prompt.bundles {
		if r.Name == "outer" {
			prompt.bundles[r] = nil
		}
	}
	want, _ := verdicts(t, prompt, 1)
	if !slices.ContainsFunc(want, func(f string) bool { return f[:5] == "RT104" }) {
		t.Fatalf("nothing depends on what the proxies set: %q", want)
	}
	for _, concurrency := range []int{1, 2, 3, 16} {
		t.Run(fmt.Sprint(concurrency, " at once"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := sluggish{org, &atomic.Int64{}}
				if got, _ := verdicts(t, src, concurrency); !slices.Equal(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
				if n := src.asked.Load(); n != int64(len(org.bundles)) {
					t.Errorf("%d bundles were read, of %d: some proxy did not wait", n, len(org.bundles))
				}
			})
		})
	}
}

// replaced is a source in which one shared flow is deployed anew after the first listing. again says what becomes of reading
// a proxy for the second time.
type replaced struct {
	*archives
	again error

	mu    sync.Mutex
	lists int
	asked map[apigee.Revision]int
}

func (s *replaced) Deployments(ctx context.Context) (inventory.Listing, error) {
	listing, err := s.archives.Deployments(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lists++; s.lists == 1 {
		for i, d := range listing.Deployments {
			if d.Name == "tokens" {
				listing.Deployments[i].Number = "1"
			}
		}
	}
	return listing, err
}

func (s *replaced) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	s.mu.Lock()
	s.asked[r]++
	n := s.asked[r]
	s.mu.Unlock()
	switch {
	case r.Name == "tokens" && r.Number == "1":
		return nil, fmt.Errorf("revision 1: %w", inventory.ErrNotFound)
	case n > 1 && s.again != nil:
		return nil, s.again
	}
	return s.archives.Bundle(ctx, r)
}

// TestASharedFlowReplacedMeanwhile: proxies that were read before the new revision are judged as if it had always been there.
func TestASharedFlowReplacedMeanwhile(t *testing.T) {
	want, _ := verdicts(t, callers(), 1)
	src := &replaced{archives: callers(), asked: map[apigee.Revision]int{}}
	got, res := verdicts(t, src, 4)
	if !slices.Equal(got, want) || len(res.Problems) > 0 {
		t.Errorf("%q, problems %v, want %q", got, res.Problems, want)
	}
	for r, n := range src.asked {
		if again := n > 1; again != (r.Name == "direct" || r.Name == "through" || r.Name == "reading") {
			t.Errorf("%s was read %d times", r, n)
		}
	}
	src = &replaced{archives: callers(), asked: map[apigee.Revision]int{}, again: errors.New("gone")}
	if _, res := verdicts(t, src, 4); len(res.Problems) != 3 || res.Problems[0].Operation != "read bundle again" {
		t.Errorf("problems %+v", res.Problems)
	}
}

// TestSharedFlowsInACircle: one that handles tokens is found behind any of those that call each other.
func TestSharedFlowsInACircle(t *testing.T) {
	calls := func(names ...string) *bundle.Archive {
		files, steps := map[string]string{}, ""
		for _, name := range names {
			steps += "<Step><Name>" + name + "</Name></Step>"
			files["sharedflowbundle/policies/"+name+".xml"] = `<FlowCallout name="` + name + `"><SharedFlowBundle>` + name + `</SharedFlowBundle></FlowCallout>`
		}
		files["sharedflowbundle/sharedflows/default.xml"] = `<SharedFlow name="default">` + steps + `</SharedFlow>`
		return archiveOf(files)
	}
	sharedFlow := func(name string) apigee.Revision {
		return apigee.Revision{Kind: apigee.KindSharedFlow, Name: name, Number: "1"}
	}
	org := &archives{bundles: map[apigee.Revision]*bundle.Archive{
		{Kind: apigee.KindProxy, Name: "a", Number: "1"}: calling("first", ""),
		{Kind: apigee.KindProxy, Name: "b", Number: "1"}: calling("second", ""),
		sharedFlow("first"):  calls("second", "tokens"),
		sharedFlow("second"): calls("first"),
		sharedFlow("tokens"): tokenFlow(),
	}}
	got, _ := verdicts(t, org, 1)
	if !slices.ContainsFunc(got, func(f string) bool { return f[:5] == "RT104" }) {
		t.Errorf("nothing says that the refresh cannot run for what the proxies set: %q", got)
	}
}
