package rules

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/audit/records"
	"apigee-audit/internal/text"
)

func rt108() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: finding.RefreshIdle, Name: "refresh-flow-idle",
		Severity: finding.Medium, Confidence: finding.HighConfidence,
		Inputs:     []finding.Input{finding.InputTraffic},
		Summary:    "Tokens are issued, and the refresh path had no call in the window of --traffic.",
		CWE:        []int{613},
		References: []finding.Reference{issuingWithoutRefresh(), analyticsReference()},
		Standards: []finding.Standard{
			misconfiguration("a feature is enabled that nothing uses: tokens are issued and no client redeems them"),
		},
	}, Check: checkIdle}
}

// idleFlow is a refresh policy that had no call in some environments.
type idleFlow struct {
	place
	environments []string
	deployments  []finding.Deployed
	related      []finding.Hop
	successes    int64 // on the issuing path, or with issuing grants where those are recorded
	unplaced     int64 // calls without a recorded path
	recordedBy   string
	otherGrants  []string
}

// checkIdle reports each refresh policy once, at the first of its proxy, where every refresh place of the proxy can be
// distinguished from the issuing ones and none had a call.
func checkIdle(p *audit.Pass) {
	if !p.Records.HasUsage() {
		return
	}
	flows := map[*flow.Policy]*idleFlow{}
	var order []*flow.Policy
	for _, e := range p.Facts.Environments {
		for _, w := range e.Traces() {
			u := p.Records.Usage(e, w)
			if u == nil || !isIdle(u) {
				continue
			}
			first := u.Refreshing[0]
			f := flows[first.Policy]
			if f == nil {
				f = &idleFlow{place: place{env: e, trace: w, site: first}}
				flows[first.Policy], order = f, append(order, first.Policy)
			}
			f.add(u)
		}
	}
	for _, policy := range order {
		p.Report(flows[policy].say(p.Records.Window.Days()))
	}
}

// isIdle reports whether tokens were issued and, as far as analytics can tell, none was refreshed.
func isIdle(u *records.Usage) bool {
	if len(u.Issuing) == 0 || len(u.Refreshing) == 0 || u.Partial || u.RefreshFaults > 0 {
		return false
	}
	if u.Apart {
		return u.Issued.Successes > 0 && u.Refreshed.Calls == 0
	}
	return u.GrantsBy != "" && granted(u) > 0 && u.Grants["refresh_token"].Calls == 0
}

func (f *idleFlow) add(u *records.Usage) {
	f.environments = append(f.environments, u.Environment.Name)
	f.deployments = append(f.deployments, u.Refreshing[0].Policy.Program.DeployedIn(u.Environment)...)
	for _, r := range u.Issuing {
		if h := r.Policy.Hop(); !slices.Contains(f.related, h) {
			f.related = append(f.related, h)
		}
	}
	if u.Apart {
		f.successes += u.Issued.Successes
		f.otherGrants = append(f.otherGrants, otherGrants(u)...)
	} else {
		f.successes += granted(u)
		f.recordedBy = u.GrantsBy
	}
	f.unplaced += u.Unplaced.Calls
}

func (f *idleFlow) say(days float64) audit.Diagnostic {
	name := f.trace.Program.Revision.Name
	d := f.diagnostic("", f.site.Policy.Span)
	d.Deployments, d.Related = f.deployments, f.related
	where := fmt.Sprintf("in %.4g days, in %s", days, text.NounNames("environment", f.environments))
	slices.Sort(f.otherGrants)
	if f.recordedBy != "" {
		d.Message = audit.Say("Proxy %q answered %s that issue refresh tokens %s, and none with grant_type refresh_token, according to dimension %s.",
			name, successes(f.successes), where, f.recordedBy)
		lower(&d, finding.MediumConfidence, "Issuing and refreshing share a path, so this relies on what the proxy itself records.")
	} else {
		d.Message = audit.Say("Proxy %q answered %s on its issuing path %s, and no call came to the path of %s.",
			name, successes(f.successes), where, f.name())
	}
	if n := f.unplaced; n > 0 {
		lower(&d, finding.LowConfidence, "%s without a recorded path may be refreshes.", text.Count(n, "call"))
	}
	if grants := slices.Compact(f.otherGrants); len(grants) > 0 {
		lower(&d, finding.MediumConfidence, "The issuing path also serves %s, without a refresh token; analytics cannot tell how many calls were of each kind.", strings.Join(grants, " and "))
	}
	d.Remediation = fmt.Sprintf("Find out whether the clients of proxy %q know how to refresh. If they do not need to, issue no refresh tokens (client_credentials where there is no user); if they do, direct them to %s.",
		name, strings.Join(f.site.Paths(), " or "))
	return d
}

// granted counts recorded successes with grants through which the proxy issues refresh tokens.
func granted(u *records.Usage) int64 {
	var n int64
	var counted []string
	for _, r := range u.Issuing {
		for _, g := range r.Grants() {
			if !slices.Contains(counted, g) {
				counted = append(counted, g)
				n += u.Grants[g].Successes
			}
		}
	}
	return n
}

// otherGrants are the grants without refresh tokens that an issuing policy accepts as well, sorted.
func otherGrants(u *records.Usage) []string {
	var out []string
	for _, r := range u.Issuing {
		for _, g := range r.Policy.OAuth.Grants {
			if g == flow.GrantClientCredentials || g == flow.GrantImplicit {
				out = append(out, g)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func successes(n int64) string { return text.Count(n, "successful call") }
