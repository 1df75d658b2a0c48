package rules

import (
	"fmt"

	"apigee-audit/apigee/bundle"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

func rt403() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT403", Name: "refresh-token-copied",
		Severity: finding.Medium, Confidence: finding.MediumConfidence,
		Summary:    "A refresh token is copied to a cache, a key value map, a topic or an attribute of a token.",
		CWE:        []int{922},
		References: []finding.Reference{rfc6749("10.4", "refresh tokens"), oauthV2Policy()},
	}, Check: checkCopied}
}

func checkCopied(p *audit.Pass) {
	follow := followers{}
	for at := range places(p.Facts) {
		pol := at.site.Policy
		for _, m := range pol.Outputs {
			sayKept(p, follow, at, m)
		}
		if pol.OAuth == nil {
			continue
		}
		for _, a := range pol.OAuth.Attributes {
			if m := (flow.Mention{Variable: a.Ref}); a.Ref != "" {
				if l, found := follow.leak(at, m); found && l.Token {
					sayAttribute(p, at, a, l)
				}
			}
		}
	}
}

// kept names the store that a policy puts values in, "" for policies that store nothing.
func kept(p *flow.Policy) string {
	switch p.Sink() {
	case flow.CacheSink:
		return "a cache"
	case flow.KeyValueMapSink:
		return "a key value map"
	case flow.TopicSink:
		return "a Pub/Sub topic"
	}
	return ""
}

func sayKept(p *audit.Pass, follow followers, at place, m flow.Mention) {
	pol := at.site.Policy
	if pol.Type == bundle.TypeResponseCache && !at.site.Response { // in the request flow it only looks for a cached response
		return
	}
	store := kept(pol)
	if store == "" && pol.Sink() != flow.AttributeSink {
		return
	}
	l, found := follow.leak(at, m)
	if !found {
		return
	}
	d := at.diagnostic(m.Element, m.Span)
	if store == "" {
		sayHidden(p, d, at, m, l)
		return
	}
	d.Confidence = finding.MediumConfidence
	d.Message = audit.Say("%s puts %s in %s%s: the copy lives on outside the token store, where revocation does not reach it. It may be kept there on purpose, for a client that must not hold it.",
		at.name(), l.what, store, l.whose())
	d.Remediation = fmt.Sprintf("Keep the token in Apigee's token store only. If %q holds the token of an identity provider for a browser client, encrypt it, expire it with the session and delete it at logout.", pol.Name)
	switch {
	case pol.Sink() == flow.TopicSink:
		d.Message = audit.Say("%s publishes %s to %s%s: revocation does not reach those copies of the token. The subscribers may need it.", at.name(), l.what, store, l.whose())
		d.Remediation = fmt.Sprintf("Publish facts about the token in %q, such as client_id or refresh_token_expires_in, or its hash.", pol.Name)
	case !l.Token:
		d.Remediation = fmt.Sprintf("Keep single fields instead of %s in %q, or give its step a condition that excludes the token flow.", m.Variable, pol.Name)
	}
	l.say(&d, m)
	p.Report(d)
}

func sayAttribute(p *audit.Pass, at place, a flow.Attribute, l leak) {
	d := at.diagnostic("Attributes/Attribute["+a.Name+"]", a.Span)
	m := flow.Mention{Variable: a.Ref}
	if a.Display {
		d.Message = audit.Say("%s stores %s as attribute %q, which token responses include.", at.name(), l.what, a.Name)
		d.Remediation = fmt.Sprintf("Remove attribute %q from %q, or at least set display=\"false\".", a.Name, at.site.Policy.Name)
		l.say(&d, m)
		p.Report(d)
		return
	}
	sayHidden(p, d, at, m, l)
}

// sayHidden is less sure of hidden attributes: storing an identity provider's token with one's own is a known design.
func sayHidden(p *audit.Pass, d audit.Diagnostic, at place, m flow.Mention, l leak) {
	d.Confidence = finding.MediumConfidence
	d.Message = audit.Say("%s stores %s as an attribute of another token: whoever reads that token's attributes gets it. It may be kept there on purpose.", at.name(), held("a refresh token", m.Variable))
	d.Remediation = fmt.Sprintf("Check that %q needs to keep it, that the attribute never reaches a response or log, and that both tokens are revoked together.", at.site.Policy.Name)
	l.say(&d, m)
	p.Report(d)
}
