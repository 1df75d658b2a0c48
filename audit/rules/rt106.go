package rules

import (
	"fmt"
	"slices"

	"apigee-audit/audit"
)

func rt106() *audit.Rule {
	return &audit.Rule{
		ID: audit.RefreshInAnotherProxy, Name: "refresh-in-another-proxy",
		Severity: audit.Low, Confidence: audit.MediumConfidence,
		Summary:    "Refresh tokens are issued by one proxy and refreshed only by another proxy of the same environment.",
		CWE:        []int{613},
		References: []audit.Reference{issuingWithoutRefresh(), oauthV2Policy()},
		Check:      checkElsewhereInEnvironment,
	}
}

func checkElsewhereInEnvironment(p *audit.Pass) {
	coreCheck(audit.RefreshInAnotherProxy, func(group []*audit.Verdict, d *audit.Diagnostic) {
		names := refresherNames(group)
		d.Confidence = audit.MediumConfidence
		d.Message = fmt.Sprintf("%s, and only %s of the same environment could refresh them.", issues(group), nounNames("proxy", "proxies", names))
		d.Remediation = fmt.Sprintf("Check that clients of %s are told to refresh at %s; if they are not, add RefreshAccessToken beside %s.",
			group[0].Ref(), nounNames("proxy", "one of the proxies", names), where(group[0]))
		d.Searched, d.Related = "", append(d.Related, refresherHops(group)...)
		pairByProducts(p.Facts, group, d)
	})(p)
}

func refresherNames(group []*audit.Verdict) []string {
	var names []string
	for _, v := range group {
		for _, r := range v.Refreshers {
			names = append(names, r.Walk.Unit.Revision.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// refresherHops point at the refresh policies that could serve, a few of them.
func refresherHops(group []*audit.Verdict) []audit.Hop {
	const most = 5
	var hops []audit.Hop
	for _, v := range group {
		for _, r := range v.Refreshers {
			h := r.Reach.Policy.Hop()
			if len(hops) < most && !slices.Contains(hops, h) {
				hops = append(hops, h)
			}
		}
	}
	return hops
}

// pairByProducts lets API products raise or lower the confidence: clients that no product lets call both proxies cannot
// refresh there.
func pairByProducts(f *audit.Facts, group []*audit.Verdict, d *audit.Diagnostic) {
	var products, proxies []string
	for _, v := range group {
		p := f.Pair(v)
		if p == nil {
			return
		}
		products = append(products, p.Products...)
		for _, r := range p.Refreshers {
			proxies = append(proxies, r.Walk.Unit.Revision.Name)
		}
	}
	slices.Sort(products)
	slices.Sort(proxies)
	products, proxies = slices.Compact(products), slices.Compact(proxies)
	if len(products) == 0 {
		lower(d, audit.LowConfidence, "No API product opens the issuing proxy together with one that refreshes, so its clients cannot refresh there: the tokens are probably never refreshed.")
		return
	}
	d.Confidence = audit.HighConfidence
	d.Message += fmt.Sprintf(" Clients of %s may call both this proxy and %s.", nounNames("API product", "API products", products), nounNames("proxy", "proxies", proxies))
}
