package rules

import (
	"fmt"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

func rt202() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT202", Name: "refresh-token-long-lived",
		Severity: finding.Medium, Confidence: finding.HighConfidence,
		Inputs:     []finding.Input{finding.InputMaxRefreshLifetime},
		Summary:    "Refresh tokens live longer than the configured bound, 30 days unless set otherwise.",
		CWE:        []int{613},
		References: []finding.Reference{longExpiration(), oauthV2Policy(), rfc9700("4.14.2", "refresh token protection, recommendations")},
		Standards: []finding.Standard{
			brokenAuthentication("a stolen token gives the user's identity for as long as it lives"),
			nistTimeout("where the refresh token is what keeps a user signed in"),
		},
	}, Check: checkLongLived}
}

func checkLongLived(p *audit.Pass) {
	least := p.Facts.Organization.Platform.Traits().MinRefresh
	bound := p.Settings.MaxRefreshLifetime.Milliseconds()
	for at, o := range lifetimePolicies(p.Facts) {
		l := readLifetime(o.RefreshTokenExpiresIn)
		if l.kind != flow.LifetimeTimed || l.ms <= bound || l.misread(least) {
			continue
		}
		d := at.diagnostic(refreshLifetime, l.Span)
		d.Message = audit.Say("%s lets refresh tokens live for %s, longer than the allowed %s.", at.name(), text.Lifetime(l.ms), text.Lifetime(bound))
		d.Remediation = fmt.Sprintf("Lower RefreshTokenExpiresIn of %q to %d (%s) or less; each refresh starts a new lifetime, so regular users notice nothing.",
			at.site.Policy.Name, bound, text.Lifetime(bound))
		pasteLifetime(&d, refreshLifetime, bound, l.Lifetime)
		l.doubtful(&d)
		at.doubtIssuing(&d)
		p.Report(d)
	}
}
