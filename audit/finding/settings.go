package finding

import "time"

// The profiles a token endpoint can be held to.
const (
	// ProfileBCP is RFC 9700, the current best practice for OAuth 2.0: refresh tokens rotate.
	ProfileBCP = "bcp"
	// ProfileFAPI is the FAPI 2.0 security profile: refresh tokens of confidential clients do not rotate.
	ProfileFAPI = "fapi"
)

// Settings are the choices that rules depend on.
type Settings struct {
	// Profile is ProfileBCP or ProfileFAPI.
	Profile string
	// MaxRefreshLifetime is the longest lifetime of a refresh token that is not reported.
	MaxRefreshLifetime time.Duration
	// Severities replace the severity of rules, by rule ID; see [audit.CoverParted].
	Severities map[string]Severity
}

// DefaultSettings follow RFC 9700 and allow refresh tokens to live for 30 days.
func DefaultSettings() Settings {
	return Settings{Profile: ProfileBCP, MaxRefreshLifetime: 30 * 24 * time.Hour}
}

// Completed puts the defaults in place of what is not set.
func (s Settings) Completed() Settings {
	d := DefaultSettings()
	if s.Profile == "" {
		s.Profile = d.Profile
	}
	if s.MaxRefreshLifetime <= 0 {
		s.MaxRefreshLifetime = d.MaxRefreshLifetime
	}
	return s
}

// SeverityOf is what the findings of a rule count as.
func (s Settings) SeverityOf(r *Rule) Severity {
	if remapped, ok := s.Severities[r.ID]; ok {
		return remapped
	}
	return r.Severity
}
