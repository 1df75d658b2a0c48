package rules

import (
	"iter"
	"math"
	"regexp"
	"strings"
	"time"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

// lifetimePolicies yields the places where refresh tokens are issued or refreshed. Where nothing in the organization
// issues any, there are no lifetimes to report on, and RT109 says so.
func lifetimePolicies(f *flow.Facts) iter.Seq2[place, *flow.OAuthV2] {
	if len(f.RefreshersWithoutIssuer()) > 0 {
		return func(func(place, *flow.OAuthV2) bool) {}
	}
	return tokenPolicies(f)
}

// lifetime is what a lifetime element amounts to. At most one of RT201, RT202 and RT204 reports any one value.
type lifetime struct {
	flow.Lifetime
	kind flow.LifetimeKind
	ms   int64 // for a timed one
}

func readLifetime(l flow.Lifetime) lifetime {
	kind, ms := l.Read()
	return lifetime{l, kind, ms}
}

// wrong says what is wrong with an invalid lifetime, in words that follow "which".
func (l lifetime) wrong() string {
	switch l.kind {
	case flow.LifetimeTooLarge:
		return "does not fit in 64 bits"
	case flow.LifetimeNoNumber:
		return "is not a whole number"
	}
	return "is not a valid lifetime: only positive numbers and -1 are"
}

// placeholder is what build tools replace before they deploy: @ttl@, __TTL__, ${ttl}, #{ttl}#, %%ttl%%, {{ttl}}, %TTL%.
var placeholder = regexp.MustCompile(`@[\w.-]+@|__[\w.-]+?__|\$\{[^{}]+\}|#\{[^{}]+\}|%%[^%]+%%|%[A-Za-z][\w.-]*%|\{\{[^{}]+\}\}|\$\([\w.-]+\)|<%.*?%>`)

// inSeconds reports whether a value makes sense only when read as seconds: not a whole number of minutes, and either less
// than three minutes, which Apigee cannot honour because it caches tokens that long, or a whole number of days in
// seconds (2592000 is 30 days, or 43 minutes and 12 seconds).
func (l lifetime) inSeconds() bool {
	const minute, day, dayInSeconds = 60 * 1000, 24 * 60 * 60 * 1000, 24 * 60 * 60
	return l.kind == flow.LifetimeTimed && l.ms%minute != 0 && (l.ms < 3*minute || l.ms < day && l.ms%dayInSeconds == 0)
}

// misread reports whether RT204 reports the value, given the platform's minimum, 0 for none.
func (l lifetime) misread(minimum time.Duration) bool {
	return l.kind.Invalid() || l.inSeconds() || l.kind == flow.LifetimeTimed && l.ms < minimum.Milliseconds()
}

// doubtful makes a diagnostic less sure where a variable overrides the literal, or a build replaces it.
func (l lifetime) doubtful(d *audit.Diagnostic) {
	if l.kind.Invalid() && placeholder.MatchString(l.Value) {
		lower(d, finding.LowConfidence, "It looks like a placeholder that a build fills in; if so, the deployed value counts.")
	}
	if l.Ref != "" {
		lower(d, finding.LowConfidence, "This is only the fallback: variable %s takes precedence when it is set.", l.Ref)
	}
}

// asSeconds is the value read as seconds, in words; "" when that is implausibly long.
func (l lifetime) asSeconds() string {
	if l.ms > math.MaxInt64/1000 {
		return ""
	}
	return text.Lifetime(l.ms * 1000)
}

// literal is the element's value as written, cut short if it is long.
func (l lifetime) literal() string {
	return text.Quote(text.Clip(strings.TrimSpace(l.Value), 40))
}
