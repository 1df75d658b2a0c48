package rules

import (
	"fmt"
	"strings"

	"apigee-audit/audit"
)

func rt403() *audit.Rule {
	return &audit.Rule{
		ID: "RT403", Name: "refresh-token-copied",
		Severity: audit.Medium, Confidence: audit.MediumConfidence,
		Summary:    "A refresh token is copied to a cache, a key value map or an attribute of a token.",
		CWE:        []int{922},
		References: []audit.Reference{rfc6749("10.4", "refresh tokens"), oauthV2Policy()},
		Check:      checkCopied,
	}
}

func checkCopied(p *audit.Pass) {
	for at := range places(p.Facts) {
		pol := at.reach.Policy
		for _, m := range pol.Mentions {
			if kept := keeps(pol.Type, m.Element); kept != "" && !strings.HasSuffix(m.Variable, ".content") {
				sayCopied(p, at, m, kept)
			}
			if pol.Type == "SetOAuthV2Info" && strings.HasPrefix(m.Element, "Attributes/") {
				sayHidden(p, at.diagnostic(m.Element, m.Span), at, m.Variable)
			}
		}
		if pol.OAuth == nil {
			continue
		}
		for _, a := range pol.OAuth.Attributes {
			if a.Ref != "" && audit.HoldsRefreshToken(a.Ref) {
				sayAttribute(p, at, a)
			}
		}
	}
}

// keeps names the store that an element puts its value in, "" for elements that put nothing: keys are names, not values.
func keeps(policyType, element string) string {
	switch {
	case policyType == "PopulateCache" && element == "Source":
		return "a cache"
	case policyType == "KeyValueMapOperations" && element == "Put/Value":
		return "a key value map"
	}
	return ""
}

func sayCopied(p *audit.Pass, at place, m audit.Mention, kept string) {
	d := at.diagnostic(m.Element, m.Span)
	d.Confidence = audit.MediumConfidence
	d.Message = fmt.Sprintf("%s puts a refresh token (%s) in %s, where it lives on outside the token store: revoking does not reach it. It may be kept there on purpose, for a client that must not hold it.",
		at.name(), m.Variable, kept)
	doubtCopy(&d, m)
	d.Remediation = fmt.Sprintf("Keep the token in Apigee's token store only. If %q holds the token of an identity provider for a browser client, encrypt it, expire it with the session and delete it at logout.", at.reach.Policy.Name)
	p.Report(d)
}

func sayAttribute(p *audit.Pass, at place, a audit.Attribute) {
	d := at.diagnostic("Attributes/Attribute["+a.Name+"]", a.Span)
	if a.Display {
		d.Message = fmt.Sprintf("%s stores a refresh token (%s) as attribute %q, which token responses display.", at.name(), a.Ref, a.Name)
		d.Remediation = fmt.Sprintf("Remove attribute %q from %q, or at least set display=\"false\".", a.Name, at.reach.Policy.Name)
		p.Report(d)
		return
	}
	sayHidden(p, d, at, a.Ref)
}

// sayHidden is less sure of hidden attributes: keeping an identity provider's token with one's own is a known design.
func sayHidden(p *audit.Pass, d audit.Diagnostic, at place, variable string) {
	d.Confidence = audit.MediumConfidence
	d.Message = fmt.Sprintf("%s stores a refresh token (%s) as an attribute of another token: whoever reads that token's attributes gets it. It may be kept there on purpose.", at.name(), variable)
	d.Remediation = fmt.Sprintf("Check that %q needs to keep it, that the attribute never gets to a response or log, and that both tokens are revoked together.", at.reach.Policy.Name)
	p.Report(d)
}
