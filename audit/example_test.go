package audit_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"testing/fstest"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/disk"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

// shortAccess is a rule of one's own: access tokens that live for less than a minute make every client refresh all the time.
func shortAccess() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT999", Name: "access-token-too-short",
		Severity: finding.Low, Confidence: finding.HighConfidence,
		Summary: "Access tokens live for less than a minute.",
	}, Check: func(p *audit.Pass) {
		// A trace is one proxy in one environment; its sites are the places where policies can run, dead ones left out.
		for _, e := range p.Facts.Environments {
			for _, w := range e.Traces() {
				for _, r := range w.Sites {
					o := r.Policy.OAuth
					if o == nil || !r.Issues() {
						continue
					}
					ms, err := strconv.Atoi(o.ExpiresIn.Value)
					if err != nil || ms >= 60_000 { // long enough, not set, or no number
						continue
					}
					p.Report(audit.Diagnostic{
						Policy: r.Policy, Element: "ExpiresIn", Span: o.ExpiresIn.Span, // where the finding points
						Site:        r, // the proof: how a request gets there
						Deployments: []finding.Deployed{{Environment: e.Name, Revision: w.Program.Revision.Number, Source: w.Program.Revision.Root}},
						Message:     audit.Say("OAuthV2 %q issues access tokens that expire after %d ms.", r.Policy.Name, ms),
						Remediation: "Give access tokens a lifetime of 5 to 60 minutes.",
					})
				}
			}
		}
	}}
}

// A rule is a value: its check goes through facts about the whole organization and reports what it finds. The same finding in
// several environments and revisions becomes one, with a fingerprint that a redeploy does not change.
func ExampleRule() {
	folder, err := writeBundle()
	if err != nil {
		log.Fatal(err)
	}
	findings, err := auditFolder(folder, shortAccess())
	if err := errors.Join(err, os.RemoveAll(folder)); err != nil {
		log.Fatal(err)
	}
	for _, f := range findings {
		fmt.Printf("%s %s %s:%d\n%s\n", f.Severity, f.RuleID, f.File, f.Line, f.Message)
	}
	// Output:
	// low RT999 apiproxy/policies/Issue.xml:3
	// OAuthV2 "Issue" issues access tokens that expire after 30000 ms.
}

func auditFolder(folder string, rules ...*audit.Rule) ([]finding.Finding, error) {
	ctx := context.Background()
	src, err := disk.Open(ctx, []string{folder}, bundle.DefaultLimits())
	if err != nil {
		return nil, err
	}
	defer src.Close()
	result, err := audit.Run(ctx, src, audit.Options{Rules: rules, Concurrency: 1})
	if err != nil {
		return nil, err
	}
	return result.Findings, nil
}

// writeBundle writes one proxy that issues tokens into a folder of its own.
func writeBundle() (folder string, err error) {
	if folder, err = os.MkdirTemp("", "bundles"); err != nil {
		return "", err
	}
	return folder, os.CopyFS(folder, fstest.MapFS{
		"login/apiproxy/proxies/default.xml": {Data: []byte(`<ProxyEndpoint name="default">
  <PreFlow><Request><Step><Name>Issue</Name></Step></Request></PreFlow>
  <HTTPProxyConnection><BasePath>/login</BasePath></HTTPProxyConnection>
  <RouteRule name="none"/>
</ProxyEndpoint>`)},
		"login/apiproxy/policies/Issue.xml": {Data: []byte(`<OAuthV2 name="Issue">
  <Operation>GenerateAccessToken</Operation>
  <ExpiresIn>30000</ExpiresIn>
  <SupportedGrantTypes><GrantType>authorization_code</GrantType></SupportedGrantTypes>
</OAuthV2>`)},
	})
}
