package rules

import (
	"fmt"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

func rt401() *audit.Rule {
	return &audit.Rule{
		ID: "RT401", Name: "refresh-token-in-url",
		Severity: audit.High, Confidence: audit.HighConfidence,
		Summary: "A refresh token is taken from the query string, from where it gets into logs, histories and referrers.",
		CWE:     []int{598},
		References: []audit.Reference{
			rfc6749("10.4", "refresh tokens"), rfc9700("4.3.2", "access token in browser history"), owaspAuthentication(), accessTokens(),
		},
		Standards: []audit.Standard{
			brokenAuthentication("tokens in URLs are named there"),
			pciSoftware("tokens in URLs are a weakness that attacks on authentication exploit"),
		},
		Check: checkURL,
	}
}

func checkURL(p *audit.Pass) {
	for at := range places(p.Facts) {
		pol := at.reach.Policy
		if o := pol.OAuth; o != nil {
			if o.Refreshes() {
				sayURL(p, at, "RefreshToken", o.RefreshToken)
			}
			for _, t := range o.Tokens {
				if o.Operation == audit.InvalidateToken && t.Type == "refreshtoken" {
					sayURL(p, at, "Tokens/Token[refreshtoken]", t.Value)
				}
			}
		}
		if pol.ReadsToken.Span.Line > 0 {
			sayURL(p, at, "RefreshToken", pol.ReadsToken)
		}
	}
}

func sayURL(p *audit.Pass, at place, element string, source apigee.Text) {
	if source.Value == "" {
		return // the documented default is the form parameter
	}
	from := at.walk.Origin(at.reach, source.Value)
	name, inQuery := queryParameter(from.Variable)
	if !inQuery || from.Literal != nil || from.Exact && from.By.Type == "AssignMessage" { // the proxy itself put it there
		return
	}
	d := at.diagnostic(element, source.Span)
	d.Message = fmt.Sprintf("%s takes the refresh token from query parameter %s, so it stands in URLs and in whatever logs them.", at.name(), name)
	if from.Variable != source.Value {
		lower(&d, audit.MediumConfidence, "It gets there through variable %s.", source.Value)
	}
	if from.By != nil {
		lower(&d, audit.MediumConfidence, "%s %q may set the parameter before.", from.By.Type, from.By.Name)
	}
	d.Remediation = fmt.Sprintf("Take it from the form body: request.formparam.refresh_token, the default of OAuthV2, in %q; tell clients to send it in a POST body.", at.reach.Policy.Name)
	p.Report(d)
}

func queryParameter(variable string) (string, bool) {
	for _, prefix := range []string{"request.queryparam.", "message.queryparam."} {
		if name, ok := strings.CutPrefix(variable, prefix); ok {
			return name, true
		}
	}
	return "", false
}
