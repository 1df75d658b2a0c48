package rules

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

func rt404() *audit.Rule {
	return &audit.Rule{
		ID: "RT404", Name: "refresh-token-visible-in-debug",
		Severity: audit.Low, Confidence: audit.MediumConfidence,
		Summary:    "The environment's debug mask does not cover the refresh token.",
		CWE:        []int{532},
		References: []audit.Reference{dataMasking(), rfc6749("10.4", "refresh tokens")},
		Standards: []audit.Standard{
			brokenAuthentication("whoever may read debug sessions has the user's identity"),
			misconfiguration("a mask that the platform offers is not set"),
		},
		Check: checkDebugMasks,
	}
}

// checkDebugMasks speaks once for each bundle that issues or refreshes, at its first such policy, for all environments
// whose mask leaves something open.
func checkDebugMasks(p *audit.Pass) {
	if p.Facts.Runtime == nil {
		return
	}
	type exposure struct {
		diagnostic audit.Diagnostic
		open       []string
	}
	found := map[string]*exposure{}
	var order []string
	for at, o := range tokenPolicies(p.Facts) {
		mask := p.Facts.Runtime.Masks[at.env.Name]
		if mask == nil {
			continue
		}
		open := unmasked(at.reach.Policy.Name, o, mask)
		if len(open) == 0 {
			continue
		}
		rev := at.reach.Policy.Unit.Revision
		key := string(rev.Kind) + "/" + rev.Name
		x := found[key]
		if x == nil {
			x = &exposure{diagnostic: at.diagnostic("", at.reach.Policy.Span)}
			x.diagnostic.Deployments = nil
			found[key], order = x, append(order, key)
		}
		x.diagnostic.Deployments = append(x.diagnostic.Deployments, deployed(at.env, at.reach.Policy.Unit)...)
		x.open = append(x.open, open...)
	}
	for _, key := range order {
		x := found[key]
		d, open := x.diagnostic, x.open
		slices.Sort(open)
		open = slices.Compact(open)
		var environments []string
		for _, dep := range d.Deployments {
			environments = append(environments, dep.Environment)
		}
		slices.Sort(environments)
		environments = slices.Compact(environments)
		d.Confidence = audit.MediumConfidence
		d.Message = fmt.Sprintf("Debug sessions in %s show refresh tokens: the debug mask does not cover %s.",
			nounNames("environment", "environments", environments), strings.Join(open, ", "))
		d.Remediation = "Add to the debug mask of the environment: " + strings.Join(open, ", ") + "."
		p.Report(d)
	}
}

// unmasked lists where a debug session shows the refresh token of a policy although the mask is set: the variable it
// comes in, the variable it goes out in, or the body of the response that the policy writes.
func unmasked(name string, o *audit.OAuthV2, m *apigee.DebugMask) []string {
	var open []string
	variable := func(v string) {
		if v != "" && !strings.HasPrefix(v, "private.") && !slices.ContainsFunc(m.Variables, func(masked string) bool { return covers(masked, v) }) {
			open = append(open, "variable "+v)
		}
	}
	if o.Refreshes() {
		in := o.RefreshToken.Value
		if in == "" {
			in = "request.formparam.refresh_token"
		}
		variable(in)
	} else {
		variable(o.ExternalRefreshToken.Value)
	}
	if !o.GenerateResponse {
		variable("oauthv2accesstoken." + name + ".refresh_token")
	} else if !slices.ContainsFunc(m.ResponseJSONPaths, coversToken) && !slices.ContainsFunc(m.Variables, func(v string) bool { return v == "response.content" || v == "message.content" }) {
		open = append(open, "response JSON path $.refresh_token")
	}
	return open
}

// covers tells whether a masked variable is v, or a pattern that ends in * and begins it.
func covers(masked, v string) bool {
	begin, pattern := strings.CutSuffix(masked, "*")
	return masked == v || pattern && strings.HasPrefix(v, begin)
}

// coversToken tells JSON paths whose last element is the refresh token, or anything.
func coversToken(path string) bool {
	path = strings.TrimRight(strings.TrimSpace(path), "]'\" ")
	last := path[strings.LastIndexAny(path, ".['\"")+1:]
	return last == "$" || last == "*" || audit.HoldsRefreshToken(last)
}
