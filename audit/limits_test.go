package audit_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/rules"
)

// saying finds a problem whose text holds a word.
func saying(res *finding.Result, text string) *apigee.Problem {
	i := slices.IndexFunc(res.Problems, func(p apigee.Problem) bool { return strings.Contains(p.Error, text) })
	if i < 0 {
		return nil
	}
	return &res.Problems[i]
}

// TestBudget holds that a bundle which spends its budget is named, and that nothing of it is called dead for that.
func TestBudget(t *testing.T) {
	bundles := treeOf(16, func(level, call int) string { return fmt.Sprintf(`request.header.h%d = "%d"`, level, call) })
	last := apigee.Revision{Kind: apigee.KindSharedFlow, Name: "s15", Number: "1"}
	bundles[last] = archiveOf(map[string]string{
		"sharedflowbundle/sharedflows/default.xml": `<SharedFlow name="default"><Step><Name>Refresh</Name></Step></SharedFlow>`,
		"sharedflowbundle/policies/P.xml":          `<OAuthV2 name="Refresh"><Operation>RefreshAccessToken</Operation></OAuthV2>`,
	})
	res, err := audit.Run(t.Context(), &archives{bundles: bundles}, audit.Options{Rules: rules.All(), Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	if p := saying(res, "more work to decide than is spent on one bundle"); p == nil || p.Name != "p" || p.Environment != "prod" {
		t.Errorf("problems %+v", res.Problems)
	}
	for _, ev := range res.Inventory {
		if ev.Name == last.Name && !ev.Refreshes {
			t.Errorf("the refresh policy counts as dead: %+v", ev)
		}
	}
}

// TestAlikeFlows holds that many thousand flows that all ask for the same end in the budget too.
func TestAlikeFlows(t *testing.T) {
	p := apigee.Revision{Kind: apigee.KindProxy, Name: "p", Number: "1"}
	org := &archives{bundles: map[apigee.Revision]*bundle.Archive{p: flowsOf(8_000, func(int) string { return `request.verb = "POST"` })}}
	res, err := audit.Run(t.Context(), org, audit.Options{Rules: rules.All(), Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	if saying(res, "more work to decide than is spent on one bundle") == nil {
		t.Errorf("problems %+v", res.Problems)
	}
}

// endingSource ends the audit's context with its last bundle.
type endingSource struct {
	archives
	left int
	end  context.CancelCauseFunc
}

func (s *endingSource) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	if s.left--; s.left == 0 {
		s.end(fmt.Errorf("interrupted by the test"))
	}
	return s.archives.Bundle(ctx, r)
}

// TestEndOfContext holds that the analysis ends with its context, reports what was finished, and names the rest. Without
// an end it would run for many seconds.
func TestEndOfContext(t *testing.T) {
	ctx, end := context.WithCancelCause(t.Context())
	src := &endingSource{archives: archives{bundles: map[apigee.Revision]*bundle.Archive{}}, left: 61, end: end}
	small := flowsOf(1, func(int) string { return `request.verb = "POST"` })
	src.bundles[apigee.Revision{Kind: apigee.KindProxy, Name: "a", Number: "1"}] = small
	large := flowsOf(700, func(i int) string { return fmt.Sprintf(`request.header.h%d = "1"`, i) })
	for i := range 60 {
		src.bundles[apigee.Revision{Kind: apigee.KindProxy, Name: fmt.Sprintf("large-%02d", i), Number: "1"}] = large
	}
	res, err := audit.Run(ctx, src, audit.Options{Rules: rules.All(), Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := saying(res, "the audit ended before the flows were analyzed (interrupted by the test)")
	if p == nil || !strings.HasPrefix(p.Name, "large-") {
		t.Errorf("problems %+v", res.Problems)
	}
	if !slices.ContainsFunc(res.Findings, func(f finding.Finding) bool { return f.Name == "a" }) {
		t.Error("nothing is reported of the bundle that was analyzed")
	}
	if got, unseen := res.Audited, len(src.bundles)-1; got < 1 || got > unseen {
		t.Errorf("%d bundles count as audited of %d", got, len(src.bundles))
	}
}

// TestLongTexts holds that no finding repeats a base path, name or condition that is as long as its file.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	issuer := `<OAuthV2 name="I"><Operation>GenerateAccessToken</Operation><SupportedGrantTypes><GrantType>password</GrantType></SupportedGrantTypes></OAuthV2>`
	p := apigee.Revision{Kind: apigee.KindProxy, Name: "p", Number: "1"}
	bundles := map[apigee.Revision]*bundle.Archive{p: archiveOf(map[string]string{
		"apiproxy/policies/I.xml": issuer,
		"apiproxy/proxies/default.xml": `<ProxyEndpoint name="default"><HTTPProxyConnection><BasePath>/` + long + `</BasePath></HTTPProxyConnection><Flows><Flow name="` +
			long + `"><Condition>request.header.h = "` + long + `"</Condition><Request><Step><Name>I</Name></Step></Request></Flow></Flows></ProxyEndpoint>`,
	})}
	res, err := audit.Run(t.Context(), &archives{bundles: bundles}, audit.Options{Rules: rules.All(), Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Findings) == 0 {
		t.Fatal("no finding")
	}
	for _, f := range res.Findings {
		if len(f.Message) > 10_000 {
			t.Errorf("%s: a message of %d bytes", f.RuleID, len(f.Message))
		}
		for _, h := range f.Path {
			if len(h.Label) > 10_000 {
				t.Errorf("%s: a label of %d bytes: %.60s", f.RuleID, len(h.Label), h.Label)
			}
		}
	}
}
