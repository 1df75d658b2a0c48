package rules

import (
	"fmt"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

func rt203() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT203", Name: "refresh-not-longer-than-access",
		Severity: finding.Low, Confidence: finding.HighConfidence,
		Summary:    "The refresh token expires no later than the access token it should renew.",
		CWE:        []int{613},
		References: []finding.Reference{longExpiration(), oauthV2Policy(), rfc6749("1.5", "refresh token")},
	}, Check: checkNotLonger}
}

func checkNotLonger(p *audit.Pass) {
	traits := p.Facts.Organization.Platform.Traits()
	for at, o := range lifetimePolicies(p.Facts) {
		access, refresh := readLifetime(o.ExpiresIn), readLifetime(o.RefreshTokenExpiresIn)
		if access.inSeconds() || refresh.inSeconds() { // a wrong unit is reported by RT204, and this only follows from it
			continue
		}
		d := at.diagnostic(refreshLifetime, refresh.Span)
		d.Remediation = fmt.Sprintf("Give the refresh tokens of %q several times the access token's lifetime, or issue none if clients sign in again each time.", at.site.Policy.Name)
		switch {
		case access.Ref != "" && access.Ref == refresh.Ref:
			d.Confidence = finding.MediumConfidence
			d.Message = audit.Say("%s takes both lifetimes from variable %s, so the refresh token expires together with the access token.", at.name(), access.Ref)
		case access.Ref != "" || refresh.Ref != "" || refresh.kind != flow.LifetimeTimed:
			continue
		case access.kind == flow.LifetimeForever:
			sayForever(&d, at, traits, access, refresh)
		case access.kind != flow.LifetimeTimed || refresh.ms > access.ms:
			continue
		default:
			sayLonger(p, &d, access, refresh)
			d.Message = audit.Say("%s lets refresh tokens live for %s and access tokens for %s: when the access token ends, nothing is left to refresh it with.",
				at.name(), text.Lifetime(refresh.ms), text.Lifetime(access.ms))
		}
		at.doubtIssuing(&d)
		p.Report(d)
	}
}

// halfAnHour is the lifetime that is proposed for access tokens, in milliseconds.
const halfAnHour = 1800000

// sayLonger proposes the longest lifetime for the refresh token that is not reported, or a shorter one for the access token
// where that would still be too short.
func sayLonger(p *audit.Pass, d *audit.Diagnostic, access, refresh lifetime) {
	bound := p.Settings.MaxRefreshLifetime.Milliseconds()
	if access.ms < bound {
		pasteLifetime(d, refreshLifetime, bound, refresh.Lifetime)
		return
	}
	pasteLifetime(d, "ExpiresIn", halfAnHour, access.Lifetime)
}

// sayForever describes access tokens without an expiry of their own (ExpiresIn -1). How long the platform lets those live
// on X and hybrid is not documented.
func sayForever(d *audit.Diagnostic, at place, traits apigee.Traits, access, refresh lifetime) {
	const month = 30 * 24 * 60 * 60 * 1000
	d.Remediation = fmt.Sprintf("Set ExpiresIn of %q to a short lifetime, such as 1800000 (30 minutes), so that refreshing serves a purpose.", at.site.Policy.Name)
	pasteLifetime(d, "ExpiresIn", halfAnHour, access.Lifetime)
	if !traits.RefreshWithoutLifetimeExpires {
		d.Message = audit.Say("%s lets refresh tokens expire after %s and access tokens never (ExpiresIn -1), so no refresh token is ever needed, and the record of both is never deleted.",
			at.name(), text.Lifetime(refresh.ms))
		return
	}
	d.Message = audit.Say("%s lets refresh tokens expire after %s and sets no expiry for its access tokens (ExpiresIn -1), which live as long as the platform allows.", at.name(), text.Lifetime(refresh.ms))
	lower(d, finding.MediumConfidence, "The longest lifetime is not documented.")
	if refresh.ms > month {
		lower(d, finding.LowConfidence, "It may be shorter than the refresh token's lifetime.")
	}
}
