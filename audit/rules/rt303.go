package rules

import (
	"fmt"
	"slices"

	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/policyxml"
)

func rt303() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT303", Name: "revocation-without-cascade",
		Severity: finding.Low, Confidence: finding.HighConfidence,
		Summary:    "Revoking one token of a pair leaves the other one alive.",
		CWE:        []int{613},
		References: []finding.Reference{rfc7009("2.1", "revocation request"), oauthV2Policy(), revokeOAuthV2()},
		Standards: []finding.Standard{
			nistLogout("where the tokens are what keeps a user signed in: signing out leaves one of them valid"),
		},
	}, Check: checkCascade}
}

// checkCascade reports nothing where no refresh tokens are issued: without them access tokens have no counterpart.
func checkCascade(p *audit.Pass) {
	if !p.Facts.Issues() {
		return
	}
	for at := range places(p.Facts) {
		switch pol := at.site.Policy; {
		case pol.Revoke != nil:
			sayRevocation(p, at, pol.Revoke)
		case pol.OAuth != nil && pol.OAuth.Operation == flow.InvalidateToken:
			for _, t := range pol.OAuth.Tokens {
				sayToken(p, at, t)
			}
		}
	}
}

func sayToken(p *audit.Pass, at place, t flow.Token) {
	other := pairedType(t.Type)
	if t.Cascade.Value || other == "" || invalidates(at, other) {
		return
	}
	d := at.diagnostic("Tokens/Token["+t.Type+"]/cascade", t.Span)
	d.Message = audit.Say("%s revokes the %s only (cascade=\"false\"): the %s issued with it is not revoked.", at.name(), tokenNoun(t.Type), tokenNoun(other))
	d.Remediation = fmt.Sprintf("Set cascade=\"true\" on the Token of %q.", at.site.Policy.Name)
	pasteElement(&d, policyxml.Element("Token", t.Value.Value, "type", t.Type, "cascade", "true"), t.Span)
	if !t.Cascade.Present {
		d.Message = audit.Say("%s revokes the %s without a cascade attribute: the %s issued with it may not be revoked.", at.name(), tokenNoun(t.Type), tokenNoun(other))
		lower(&d, finding.LowConfidence, "What the platform does without the attribute is not documented.")
	}
	p.Report(d)
}

func sayRevocation(p *audit.Pass, at place, r *flow.Revocation) {
	if r.Cascade.Value {
		return
	}
	d := at.diagnostic("Cascade", r.Cascade.Span)
	d.Confidence = finding.MediumConfidence
	d.Message = audit.Say("%s revokes without cascade, so the refresh tokens may stay usable and yield new access tokens.", at.name())
	d.Remediation = fmt.Sprintf("Set Cascade of %q to true.", at.site.Policy.Name)
	pasteElement(&d, policyxml.Element("Cascade", "true"), r.Cascade.Span)
	if r.Cascade.Span == (xmltree.Span{}) {
		lower(&d, finding.LowConfidence, "What the policy does when the element is missing is not documented.")
	}
	p.Report(d)
}

// invalidates reports whether a token of that type is revoked in the same policy or by the same request.
func invalidates(at place, kind string) bool {
	revokes := func(p *flow.Policy) bool {
		o := p.OAuth
		return o != nil && o.Operation == flow.InvalidateToken && slices.ContainsFunc(o.Tokens, func(t flow.Token) bool { return t.Type == kind })
	}
	return revokes(at.site.Policy) || len(at.trace.Later(at.site, revokes)) > 0 || len(at.trace.Earlier(at.site, revokes)) > 0
}

func pairedType(kind string) string {
	switch kind {
	case "accesstoken":
		return "refreshtoken"
	case "refreshtoken":
		return "accesstoken"
	}
	return ""
}

func tokenNoun(kind string) string {
	if kind == "refreshtoken" {
		return "refresh token"
	}
	return "access token"
}
