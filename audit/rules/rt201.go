package rules

import (
	"fmt"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

const refreshLifetime = "RefreshTokenExpiresIn"

// neverExpires is the rule that RT205 was split from.
const neverExpires = "RT201"

func rt201() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: neverExpires, Name: "refresh-token-never-expires",
		Severity: finding.High, Confidence: finding.HighConfidence,
		Summary: "Refresh tokens are issued that never expire, or that live as long as the platform allows.",
		CWE:     []int{613},
		References: []finding.Reference{
			noExpiration(), longExpiration(), oauthV2Policy(), rfc9700("4.14.2", "refresh token protection, recommendations"),
		},
		Standards: []finding.Standard{
			brokenAuthentication("a stolen token gives the user's identity for good"),
			nistTimeout("where the refresh token is what keeps a user signed in"),
		},
	}, Check: checkNeverExpires}
}

func checkNeverExpires(p *audit.Pass) {
	endless := !p.Facts.Organization.Platform.Traits().RefreshWithoutLifetimeExpires
	for at, o := range lifetimePolicies(p.Facts) {
		l := readLifetime(o.RefreshTokenExpiresIn)
		d := at.diagnostic(refreshLifetime, l.Span)
		stateLifetime(p, at, &d, l)
		switch {
		case l.kind == flow.LifetimeForever && endless:
			d.Message = audit.Say("%s issues refresh tokens that never expire (RefreshTokenExpiresIn -1).", at.name())
		case l.kind == flow.LifetimeForever:
			d.Message = audit.Say("%s sets no expiry for its refresh tokens (RefreshTokenExpiresIn -1): they live as long as the platform allows.", at.name())
		case l.kind == flow.LifetimeAbsent && endless && !o.KeepsItsEnd():
			d.Message = audit.Say("%s has no RefreshTokenExpiresIn, so its refresh tokens never expire.", at.name())
		default:
			continue
		}
		l.doubtful(&d)
		at.doubtIssuing(&d)
		p.Report(d)
	}
}

// stateLifetime proposes a lifetime where there is none: the longest that is not reported.
func stateLifetime(p *audit.Pass, at place, d *audit.Diagnostic, l lifetime) {
	bound := p.Settings.MaxRefreshLifetime.Milliseconds()
	d.Remediation = fmt.Sprintf("Set RefreshTokenExpiresIn of %q to a lifetime in milliseconds, %d (%s) or less: 86400000 is a day, 604800000 a week.",
		at.site.Policy.Name, bound, text.Lifetime(bound))
	pasteLifetime(d, refreshLifetime, bound, l.Lifetime)
}
