package audit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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

// logging is an organization in which a proxy copies what one shared flow has taken from the request, and another one logs that. No name
// in the proxy tells that it is a token.
func logging() *archives {
	assign := func(policy, to, from string) string {
		return `<AssignMessage name="` + policy + `"><AssignVariable><Name>` + to + `</Name><Ref>` + from + `</Ref></AssignVariable></AssignMessage>`
	}
	call := func(policy, sharedFlow string) string {
		return `<FlowCallout name="` + policy + `"><SharedFlowBundle>` + sharedFlow + `</SharedFlowBundle></FlowCallout>`
	}
	return &archives{bundles: map[apigee.Revision]*bundle.Archive{
		{Kind: apigee.KindProxy, Name: "keeping", Number: "1"}: archiveOf(map[string]string{
			"apiproxy/proxies/default.xml": `<ProxyEndpoint name="default"><HTTPProxyConnection><BasePath>/p</BasePath></HTTPProxyConnection><PreFlow><Request>` +
				`<Step><Name>Take</Name></Step><Step><Name>Keep</Name></Step><Step><Name>Again</Name></Step><Step><Name>Log</Name></Step><Step><Name>Refresh</Name></Step>` +
				`</Request></PreFlow><RouteRule name="none"/></ProxyEndpoint>`,
			"apiproxy/policies/Take.xml":    call("Take", "taking"),
			"apiproxy/policies/Keep.xml":    assign("Keep", "flow.second", "flow.first"),
			"apiproxy/policies/Again.xml":   assign("Again", "flow.third", "flow.second"),
			"apiproxy/policies/Log.xml":     call("Log", "tokens"),
			"apiproxy/policies/Refresh.xml": `<OAuthV2 name="Refresh"><Operation>RefreshAccessToken</Operation><GenerateResponse/></OAuthV2>`,
		}),
		{Kind: apigee.KindSharedFlow, Name: "taking", Number: "2"}: archiveOf(map[string]string{
			"sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default"><Step><Name>Take</Name></Step></SharedFlow>`,
			"sharedflowbundle/policies/Take.xml":       assign("Take", "flow.first", "request.formparam.refresh_token"),
		}),
		{Kind: apigee.KindSharedFlow, Name: "tokens", Number: "2"}: archiveOf(map[string]string{
			"sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default"><Step><Name>Last</Name></Step><Step><Name>Log</Name></Step></SharedFlow>`,
			"sharedflowbundle/policies/Last.xml":       assign("Last", "flow.fourth", "flow.third"),
			"sharedflowbundle/policies/Log.xml":        `<MessageLogging name="Log"><Syslog><Message>{flow.fourth}</Message><Host>example.com</Host></Syslog></MessageLogging>`,
		}),
	}}
}

// TestCopiesForSharedFlows: what a proxy copies is kept for the shared flows that log it, whether these were read before it or come
// later.
func TestCopiesForSharedFlows(t *testing.T) {
	want, _ := verdicts(t, logging(), 1)
	through := `through AssignMessage "Take", AssignMessage "Keep", AssignMessage "Again" and AssignMessage "Last".`
	if !slices.ContainsFunc(want, func(f string) bool { return strings.HasPrefix(f, "RT402 tokens") && strings.Contains(f, through) }) {
		t.Fatalf("the copies were not followed: %q", want)
	}
	src := &replaced{archives: logging(), asked: map[apigee.Revision]int{}}
	if got, _ := verdicts(t, src, 4); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestCopiesForAnEditedSharedFlow: a shared flow that is edited to log one more variable sees what proxies put there.
func TestCopiesForAnEditedSharedFlow(t *testing.T) {
	tokens := apigee.Revision{Kind: apigee.KindSharedFlow, Name: "tokens", Number: "2"}
	log := func(variable string) *bundle.Archive {
		return archiveOf(map[string]string{
			"sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default"><Step><Name>Log</Name></Step></SharedFlow>`,
			"sharedflowbundle/policies/Log.xml":        `<MessageLogging name="Log"><Syslog><Message>{` + variable + `}</Message><Host>example.com</Host></Syslog></MessageLogging>`,
		})
	}
	src := logging()
	src.bundles[tokens] = log("messageid")
	a, err := audit.Read(t.Context(), src, audit.Options{Rules: rules.All(), Concurrency: 1, Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	leaks := func(s *audit.State) bool {
		return slices.ContainsFunc(s.Findings, func(f finding.Finding) bool { return f.RuleID == "RT402" })
	}
	if leaks(a.State()) {
		t.Fatal("a message's ID is no token")
	}
	edited, err := a.Suppose(t.Context(), map[apigee.Revision]*bundle.Archive{tokens: log("flow.third")})
	if err != nil || !leaks(edited) {
		t.Errorf("the copies of the proxy were dropped: %v", err)
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
