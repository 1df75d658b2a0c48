package rules

import (
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

func rt205() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT205", Name: "refresh-lifetime-unstated", PartedFrom: neverExpires,
		Severity: finding.Info, Confidence: finding.LowConfidence,
		Summary:    "A policy does not say how long its refresh tokens live, so the platform's default applies.",
		CWE:        []int{613},
		References: []finding.Reference{longExpiration(), oauthV2Policy(), limits()},
	}, Check: checkUnstated}
}

// checkUnstated reports nothing on platforms where tokens without a lifetime never expire: RT201 does.
func checkUnstated(p *audit.Pass) {
	if !p.Facts.Organization.Platform.Traits().RefreshWithoutLifetimeExpires {
		return
	}
	for at, o := range tokenPolicies(p.Facts) {
		l := readLifetime(o.RefreshTokenExpiresIn)
		if l.kind != flow.LifetimeAbsent || o.KeepsItsEnd() {
			continue
		}
		d := at.diagnostic(refreshLifetime, l.Span)
		d.Confidence = finding.LowConfidence
		d.Message = audit.Say("%s has no RefreshTokenExpiresIn: its refresh tokens get the platform's default, which may be longer than intended.", at.name())
		stateLifetime(p, at, &d, l)
		at.doubtIssuing(&d)
		p.Report(d)
	}
}
