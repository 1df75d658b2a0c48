package rules

import (
	"errors"
	"iter"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"apigee-audit/audit"
)

// lifetimePolicies yields the places where refresh tokens are issued or refreshed. Where nothing in the organization
// issues any, there is no lifetime to speak of, and RT109 says so.
func lifetimePolicies(f *audit.Facts) iter.Seq2[place, *audit.OAuthV2] {
	if len(f.LonelyRefreshers()) > 0 {
		return func(func(place, *audit.OAuthV2) bool) {}
	}
	return tokenPolicies(f)
}

// lifetime is what a lifetime element comes to. Exactly one of RT201, RT202 and RT204 may speak of one value.
type lifetime struct {
	audit.Lifetime
	kind  lifetimeKind
	ms    int64  // for a positive one
	wrong string // for an invalid one: what is wrong, in words that follow the value
}

// placeholder is what build tools replace before they deploy: @ttl@, __TTL__, ${ttl}, #{ttl}#, %%ttl%%, {{ttl}}, %TTL%.
var placeholder = regexp.MustCompile(`@[\w.-]+@|__[\w.-]+?__|\$\{[^{}]+\}|#\{[^{}]+\}|%%[^%]+%%|%[A-Za-z][\w.-]*%|\{\{[^{}]+\}\}|\$\([\w.-]+\)|<%.*?%>`)

type lifetimeKind uint8

const (
	lifetimeAbsent   lifetimeKind = iota // no element, or an empty one: the platform's default
	lifetimeVariable                     // a variable without a fallback: unknown
	lifetimeForever                      // -1
	lifetimePositive
	lifetimeInvalid
)

func readLifetime(l audit.Lifetime) lifetime {
	out := lifetime{Lifetime: l}
	value := strings.TrimSpace(l.Value)
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case !l.Present:
		out.kind = lifetimeAbsent
	case value == "":
		out.kind = lifetimeVariable
	case errors.Is(err, strconv.ErrRange):
		out.kind, out.wrong = lifetimeInvalid, "does not fit into 64 bits"
	case err != nil:
		out.kind, out.wrong = lifetimeInvalid, "is not a whole number"
	case n == -1:
		out.kind = lifetimeForever
	case n <= 0:
		out.kind, out.wrong = lifetimeInvalid, "is no lifetime, as only positive numbers and -1 are"
	default:
		out.kind, out.ms = lifetimePositive, n
	}
	return out
}

// inSeconds tells values that make sense only when they are read as seconds: no whole number of minutes, and either less
// than three minutes, which Apigee cannot honour because it caches tokens that long, or a whole number of days in
// seconds (2592000 is 30 days, or 43 minutes and 12 seconds).
func (l lifetime) inSeconds() bool {
	const minute, day, dayInSeconds = 60 * 1000, 24 * 60 * 60 * 1000, 24 * 60 * 60
	return l.kind == lifetimePositive && l.ms%minute != 0 && (l.ms < 3*minute || l.ms < day && l.ms%dayInSeconds == 0)
}

// misread tells whether RT204 speaks of the value, given the platform's minimum, 0 for none.
func (l lifetime) misread(minimum time.Duration) bool {
	return l.kind == lifetimeInvalid || l.inSeconds() || l.kind == lifetimePositive && l.ms < minimum.Milliseconds()
}

// doubtful makes a diagnostic less sure where a variable wins over the literal, or a build puts another in its place.
func (l lifetime) doubtful(d *audit.Diagnostic) {
	if l.kind == lifetimeInvalid && placeholder.MatchString(l.Value) {
		lower(d, audit.LowConfidence, "It looks like a placeholder that a build fills in; what is deployed then counts.")
	}
	if l.Ref != "" {
		lower(d, audit.LowConfidence, "That is only the fallback: the value of variable %s wins when it is set.", l.Ref)
	}
}

// words is a lifetime for people, in its two largest units: "3 years 62 days".
func words(ms int64) string {
	units := []struct {
		ms        int64
		one, many string
	}{
		{365 * 24 * 60 * 60 * 1000, "year", "years"}, {24 * 60 * 60 * 1000, "day", "days"}, {60 * 60 * 1000, "hour", "hours"},
		{60 * 1000, "minute", "minutes"}, {1000, "second", "seconds"}, {1, "millisecond", "milliseconds"},
	}
	for i, u := range units {
		n := ms / u.ms
		if n == 0 {
			continue
		}
		s := counted(n, u.one, u.many)
		if i+1 < len(units) {
			next := units[i+1]
			if m := ms % u.ms / next.ms; m > 0 {
				s += " " + counted(m, next.one, next.many)
			}
		}
		return s
	}
	return "0 milliseconds"
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + many
}

// asSeconds is the value read as seconds, in words; "" when that is too long to be meant.
func (l lifetime) asSeconds() string {
	if l.ms > math.MaxInt64/1000 {
		return ""
	}
	return words(l.ms * 1000)
}

// literal shows the element's value as written, the beginning of it if it is long.
func (l lifetime) literal() string {
	const most = 40
	value := strings.TrimSpace(l.Value)
	if len(value) > most {
		value = strings.ToValidUTF8(value[:most], "") + "…"
	}
	return strconv.Quote(value)
}
