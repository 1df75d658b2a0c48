package rules

import (
	"fmt"
	"slices"

	"apigee-audit/audit"
)

func rt107() *audit.Rule {
	return &audit.Rule{
		ID: audit.RefreshElsewhere, Name: "refresh-only-in-another-environment",
		Severity: audit.Medium, Confidence: audit.MediumConfidence,
		Summary:    "Refresh tokens are issued in one environment and refreshed only in another.",
		CWE:        []int{613},
		References: []audit.Reference{issuingWithoutRefresh(), proxyConfiguration()},
		Standards: []audit.Standard{
			inventory("environments run versions of the API that handle tokens differently"),
		},
		Check: coreCheck(audit.RefreshElsewhere, func(group []*audit.Verdict, d *audit.Diagnostic) {
			v := group[0]
			environments := refresherEnvironments(group)
			d.Confidence = audit.MediumConfidence
			if v.Drift {
				d.Confidence = audit.HighConfidence
				d.Message = fmt.Sprintf("%s, and the same proxy refreshes them only in %s.", issues(group), nounNames("environment", "environments", environments))
				d.Remediation = fmt.Sprintf("Bring the environments named here to the state of %s: the same revision of %s and of the shared flows it calls, and the same flow hooks.",
					audit.Names(environments), audit.Names(lackingNames(group)))
			} else {
				d.Message = fmt.Sprintf("%s, and nothing refreshes them there; %s could, in %s.", issues(group),
					candidatesOf(group, refreshers), nounNames("environment", "environments", environments))
				d.Remediation = fmt.Sprintf("Add RefreshAccessToken beside %s, or deploy a proxy that refreshes to the same environment.", where(v))
			}
			if could, why := barred(group); len(could) > 0 {
				d.Message += fmt.Sprintf(" In the same environment %s.", why)
				d.Related = append(d.Related, could.hops()...)
			}
			d.Related = append(d.Related, candidatesOf(group, refreshers).hops()...)
			d.Searched = "no refresh operation in the environments named here"
		}),
	}
}

func refresherEnvironments(group []*audit.Verdict) []string {
	var names []string
	for _, v := range group {
		for _, r := range v.Refreshers {
			names = append(names, r.Environment.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
