package rules

import (
	"fmt"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

const refreshLifetime = "RefreshTokenExpiresIn"

func rt201() *audit.Rule {
	return &audit.Rule{
		ID: "RT201", Name: "refresh-token-never-expires",
		Severity: audit.High, Confidence: audit.HighConfidence,
		Summary: "Refresh tokens are issued without an end, or with the platform's longest lifetime.",
		CWE:     []int{613},
		References: []audit.Reference{
			noExpiration(), longExpiration(), oauthV2Policy(), rfc9700("4.14.2", "refresh token protection, recommendations"),
		},
		Standards: []audit.Standard{
			brokenAuthentication("a stolen token gives the user's identity for good"),
			nistTimeout("where the refresh token is what keeps a user signed in"),
		},
		Check: checkNeverExpires,
	}
}

func checkNeverExpires(p *audit.Pass) {
	edge := p.Facts.Organization.Platform == apigee.PlatformEdge
	for at, o := range lifetimePolicies(p.Facts) {
		l := readLifetime(o.RefreshTokenExpiresIn)
		d := at.diagnostic(refreshLifetime, l.Span)
		d.Remediation = fmt.Sprintf("Set RefreshTokenExpiresIn of %q to a lifetime in milliseconds: 86400000 is a day, 604800000 a week.", at.reach.Policy.Name)
		switch {
		case l.kind == lifetimeForever && edge:
			d.Message = fmt.Sprintf("%s issues refresh tokens that never expire (RefreshTokenExpiresIn -1).", at.name())
		case l.kind == lifetimeForever:
			d.Message = fmt.Sprintf("%s sets no end to its refresh tokens (RefreshTokenExpiresIn -1): they live as long as the platform allows.", at.name())
		case l.kind != lifetimeAbsent || o.Refreshes() && o.ReuseRefreshToken.Value: // a reused token keeps the end it has
			continue
		case edge:
			d.Message = fmt.Sprintf("%s has no RefreshTokenExpiresIn, so its refresh tokens never expire.", at.name())
		default:
			d.Severity, d.Confidence = audit.Info, audit.LowConfidence
			d.Message = fmt.Sprintf("%s has no RefreshTokenExpiresIn: its refresh tokens get the platform's default, which may be longer than is meant.", at.name())
		}
		l.doubtful(&d)
		at.doubtIssuing(&d)
		p.Report(d)
	}
}
