package rules

import (
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

func rt404() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT404", Name: "refresh-token-visible-in-debug",
		Severity: finding.Low, Confidence: finding.MediumConfidence,
		Inputs:     []finding.Input{finding.InputDebugMasks},
		Summary:    "The environment's debug mask does not cover the refresh token.",
		CWE:        []int{532},
		References: []finding.Reference{dataMasking(), rfc6749("10.4", "refresh tokens")},
		Standards: []finding.Standard{
			brokenAuthentication("whoever may read debug sessions has the user's identity"),
			misconfiguration("a mask that the platform offers is not set"),
		},
	}, Everywhere: always, Check: checkDebugMasks}
}

// checkDebugMasks reports each environment once, because the mask belongs to the environment, at the first policy whose
// token it leaves readable. Environments in which that is the same policy share the finding.
func checkDebugMasks(p *audit.Pass) {
	if p.Records == nil {
		return
	}
	type key struct {
		apigee.Ref
		file, policy string
	}
	shared := map[key][]*exposure{}
	var order []key
	for _, x := range exposures(p) {
		pol := x.first.site.Policy
		k := key{pol.Program.Revision.Ref(), pol.File, pol.Name}
		if shared[k] == nil {
			order = append(order, k)
		}
		shared[k] = append(shared[k], x)
	}
	for _, k := range order {
		p.Report(exposed(shared[k]))
	}
}

// exposure is what the mask of one environment leaves readable.
type exposure struct {
	first    place
	policies []*flow.Policy // those whose tokens can be seen, the first one first
	open     []string       // sorted
}

// exposures looks at the environments whose mask is known, in their order.
func exposures(p *audit.Pass) []*exposure {
	byEnvironment := map[string]*exposure{}
	var out []*exposure
	for at, o := range tokenPoliciesAt(tokenPlacesByEnvironment(p.Facts)) {
		mask := p.Records.Masks[at.env.Name]
		if mask == nil {
			continue
		}
		open := unmasked(at.site.Policy.Name, o, mask)
		if len(open) == 0 {
			continue
		}
		x := byEnvironment[at.env.Name]
		if x == nil {
			x = &exposure{first: at}
			byEnvironment[at.env.Name], out = x, append(out, x)
		}
		if !slices.Contains(x.policies, at.site.Policy) {
			x.policies = append(x.policies, at.site.Policy)
		}
		x.open = append(x.open, open...)
	}
	for _, x := range out {
		slices.Sort(x.open)
		x.open = slices.Compact(x.open)
	}
	return out
}

// exposed is the finding of environments that share their first policy.
func exposed(all []*exposure) audit.Diagnostic {
	d := all[0].first.diagnostic("", xmltree.Span{})
	d.Confidence, d.Deployments, d.Related = finding.MediumConfidence, nil, otherPolicies(all)
	var names, missing []string
	alike := true
	for _, x := range all {
		names = append(names, x.first.env.Name)
		missing = append(missing, x.open...)
		alike = alike && slices.Equal(x.open, all[0].open)
		d.Deployments = append(d.Deployments, x.first.site.Policy.Program.DeployedIn(x.first.env)...)
	}
	slices.Sort(missing)
	missing = slices.Compact(missing)
	environments := text.NounNames("environment", names)
	if alike {
		d.Message = audit.Say("Debug sessions in %s show refresh tokens: the debug mask does not cover %s.", environments, text.ListSome(missing, 4))
		d.Remediation = "Add to the debug mask of the environment: " + strings.Join(missing, ", ") + "."
		return d
	}
	d.Message = audit.Say("Debug sessions in %s show refresh tokens.", environments)
	for _, x := range all {
		d.Message.Add("The debug mask of %q does not cover %s.", x.first.env.Name, text.ListSome(x.open, 4))
	}
	d.Remediation = "Add whichever of these is missing to the debug masks of the environments: " + strings.Join(missing, ", ") + "."
	return d
}

// otherPolicies are those after the first one, each once whatever its revision.
func otherPolicies(all []*exposure) []finding.Hop {
	type place struct {
		apigee.Ref
		file string
	}
	first := all[0].first.site.Policy
	seen := map[place]bool{{first.Program.Revision.Ref(), first.File}: true}
	var out []finding.Hop
	for _, x := range all {
		for _, pol := range x.policies {
			if at := (place{pol.Program.Revision.Ref(), pol.File}); !seen[at] {
				seen[at] = true
				out = append(out, pol.Hop())
			}
		}
	}
	return out
}

// unmasked lists where a debug session shows the refresh token of a policy although the mask is set: the variable it
// comes in, the variable it goes out in, or the body of the response that the policy writes.
func unmasked(name string, o *flow.OAuthV2, m *apigee.DebugMask) []string {
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

// covers reports whether a masked variable is v, or a prefix of it followed by *.
func covers(masked, v string) bool {
	begin, pattern := strings.CutSuffix(masked, "*")
	return masked == v || pattern && strings.HasPrefix(v, begin)
}

// coversToken reports whether the last element of a JSON path is the refresh token, or a wildcard.
func coversToken(path string) bool {
	path = strings.TrimRight(strings.TrimSpace(path), "]'\" ")
	last := path[strings.LastIndexAny(path, ".['\"")+1:]
	return last == "$" || last == "*" || flow.HoldsRefreshToken(last)
}
