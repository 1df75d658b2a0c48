package rules

import (
	"fmt"
	"time"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

func rt204() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: "RT204", Name: "lifetime-unit-or-bound",
		Severity: finding.Medium, Confidence: finding.HighConfidence,
		Summary:    "A token lifetime was meant in seconds, is below the platform's minimum, or is not a valid lifetime.",
		CWE:        []int{1284},
		References: []finding.Reference{limits(), oauthV2Policy()},
	}, Check: checkUnit}
}

func checkUnit(p *audit.Pass) {
	traits := p.Facts.Organization.Platform.Traits()
	for at, o := range lifetimePolicies(p.Facts) {
		sayUnit(p, at, "ExpiresIn", "access", readLifetime(o.ExpiresIn), traits.MinAccess)
		sayUnit(p, at, refreshLifetime, "refresh", readLifetime(o.RefreshTokenExpiresIn), traits.MinRefresh)
	}
}

func sayUnit(p *audit.Pass, at place, element, token string, l lifetime, minimum time.Duration) {
	if !l.misread(minimum) {
		return
	}
	least := minimum.Milliseconds()
	d := at.diagnostic(element, l.Span)
	name := at.site.Policy.Name
	switch {
	case l.kind.Invalid():
		d.Message = audit.Say("%s of %s is %s, which %s.", element, at.name(), l.literal(), l.wrong())
		d.Remediation = fmt.Sprintf("Set %s of %q to a positive number of milliseconds; anything else fails at deployment or leaves the lifetime to the platform.", element, name)
		proposed := p.Settings.MaxRefreshLifetime.Milliseconds()
		if element == "ExpiresIn" {
			proposed = halfAnHour
		}
		pasteLifetime(&d, element, proposed, l.Lifetime)
	case l.inSeconds() && l.asSeconds() != "":
		d.Message = audit.Say("%s %s of %s is read as milliseconds, which is %s; if seconds were meant, it would be %s.", element, l.literal(), at.name(), text.Lifetime(l.ms), l.asSeconds())
		d.Remediation = fmt.Sprintf("Multiply %s of %q by 1000 if seconds were meant: %d.", element, name, l.ms*1000)
		pasteLifetime(&d, element, max(l.ms*1000, least), l.Lifetime)
		if l.ms*1000 < least {
			d.Remediation += fmt.Sprintf(" That is still below the platform's minimum for %s tokens, %s.", token, text.Lifetime(least))
		}
	default:
		d.Confidence = finding.MediumConfidence
		d.Message = audit.Say("%s of %s is %s, below the platform's minimum of %s for %s tokens; how the platform treats it is not documented.",
			element, at.name(), text.Lifetime(l.ms), text.Lifetime(least), token)
		d.Remediation = fmt.Sprintf("Set %s of %q to %d or more.", element, name, least)
		pasteLifetime(&d, element, least, l.Lifetime)
	}
	l.doubtful(&d)
	at.doubtIssuing(&d)
	p.Report(d)
}
