package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/policyxml"
)

func rt401() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT401", Name: "refresh-token-in-url",
		Severity: finding.High, Confidence: finding.HighConfidence,
		Summary: "A refresh token is taken from the URL, which ends up in logs, browser histories and referrers.",
		CWE:     []int{598},
		References: []finding.Reference{
			rfc6749("10.4", "refresh tokens"), rfc9700("4.3.2", "access token in browser history"), owaspAuthentication(), accessTokens(),
		},
		Standards: []finding.Standard{
			brokenAuthentication("it names tokens in URLs"),
			pciSoftware("tokens in URLs are a weakness that attacks on authentication exploit"),
		},
	}, Check: checkURL}
}

// formRefreshToken is where RFC 6749 section 6 has the refresh token, and OAuthV2 looks for it unless told otherwise.
const formRefreshToken = "request.formparam.refresh_token"

func checkURL(p *audit.Pass) {
	for at := range places(p.Facts) {
		pol := at.site.Policy
		if pol.Reads != nil && pol.Reads.Token.Value != "" {
			sayURL(p, at, "RefreshToken", pol.Reads.Token)
		}
		o := pol.OAuth
		if o == nil {
			continue
		}
		if o.Refreshes() {
			sayURL(p, at, "RefreshToken", xmltree.Text{Value: o.TakesRefreshToken(), Span: o.RefreshToken.Span})
		}
		if o.Imports() {
			sayURL(p, at, "ExternalRefreshToken", o.ExternalRefreshToken)
		}
		for _, t := range o.Tokens {
			if o.Operation == flow.InvalidateToken && t.Type == "refreshtoken" && t.Value.Value != "" {
				sayURL(p, at, "Tokens/Token[refreshtoken]", t.Value)
			}
		}
	}
}

func sayURL(p *audit.Pass, at place, element string, source xmltree.Text) {
	from := at.trace.Origin(at.site, source.Value)
	part := partOfURL(from.Variable)
	if part == "" || from.Literal != nil || from.Exact && from.By.Type == bundle.TypeAssignMessage { // the proxy itself put it there
		return
	}
	d := at.diagnostic(element, source.Span)
	d.Message = audit.Say("%s takes the refresh token from %s, so it appears in URLs and in whatever logs them.", at.name(), part)
	if from.Variable != source.Value {
		lower(&d, finding.MediumConfidence, "It gets there through variable %s.", source.Value)
	}
	if from.By != nil {
		lower(&d, finding.MediumConfidence, "%s %q may set it first.", from.By.Type, from.By.Name)
	}
	d.Remediation = fmt.Sprintf("Take it from the form body: %s, the default of OAuthV2, in %q; tell clients to send it in a POST body.", formRefreshToken, at.site.Policy.Name)
	xml := policyxml.Element(element, formRefreshToken)
	switch o := at.site.Policy.OAuth; {
	case o == nil: // GetOAuthV2Info, which names variables in an attribute
		xml = policyxml.Element(element, "", "ref", formRefreshToken)
	case strings.HasPrefix(element, "Tokens/"):
		i := slices.IndexFunc(o.Tokens, func(t flow.Token) bool { return t.Value == source })
		xml = policyxml.Element("Token", formRefreshToken, "type", o.Tokens[i].Type, "cascade", strconv.FormatBool(o.Tokens[i].Cascade.Value || !o.Tokens[i].Cascade.Present))
	}
	pasteElement(&d, xml, source.Span)
	p.Report(d)
}

// partOfURL names the part of the request's URL that a variable holds; "" for variables that hold none of it.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/variables-reference.
func partOfURL(variable string) string {
	if variable == "proxy.pathsuffix" || variable == "proxy.url" {
		return "the path of the URL"
	}
	for _, message := range []string{"request.", "message."} {
		part, ok := strings.CutPrefix(variable, message)
		if !ok {
			continue
		}
		if name, ok := strings.CutPrefix(part, "queryparam."); ok {
			return "query parameter " + name
		}
		switch part {
		case "querystring":
			return "the query string"
		case "uri", "path", "url":
			return "the URL"
		}
	}
	return ""
}
