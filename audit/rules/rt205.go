package rules

import (
	"fmt"

	"apigee-audit/audit"
)

func rt205() *audit.EngineRule {
	return &audit.EngineRule{Rule: audit.Rule{
		ID: "RT205", Name: "refresh-lifetime-unstated", PartedFrom: neverExpires,
		Severity: audit.Info, Confidence: audit.LowConfidence,
		Summary:    "A policy does not say how long its refresh tokens live, so the platform's default applies.",
		CWE:        []int{613},
		References: []audit.Reference{longExpiration(), oauthV2Policy(), limits()},
	}, Check: checkUnstated}
}

// checkUnstated reports nothing on platforms where tokens without a lifetime never expire: RT201 does.
func checkUnstated(p *audit.Pass) {
	if !p.Facts.Organization.Platform.Traits().RefreshWithoutLifetimeExpires {
		return
	}
	for at, o := range tokenPolicies(p.Facts) {
		l := readLifetime(o.RefreshTokenExpiresIn)
		if l.kind != audit.LifetimeAbsent || keepsItsEnd(o) {
			continue
		}
		d := at.diagnostic(refreshLifetime, l.Span)
		d.Confidence = audit.LowConfidence
		d.Message = fmt.Sprintf("%s has no RefreshTokenExpiresIn: its refresh tokens get the platform's default, which may be longer than intended.", at.name())
		d.Remediation = stateLifetime(at)
		at.doubtIssuing(&d)
		p.Report(d)
	}
}
