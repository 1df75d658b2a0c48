package records

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

// longestLifetime is 200 years in milliseconds, which a [time.Duration] holds with room for the delay.
const longestLifetime = 200 * 365 * 24 * 60 * 60 * 1000

// platformLongest is what -1 comes to on X and hybrid by a Google engineer's published proxy. It is not from Apigee's
// reference, and named in the report where it is used.
const platformLongest = 730 * 24 * time.Hour

// StoredTokens adds up the proxies that issue; nil without traffic.
func (rec *Records) StoredTokens() *finding.StoredTokens {
	if rec == nil || rec.Window == (apigee.Window{}) || len(rec.traffic) == 0 {
		return nil
	}
	s := &finding.StoredTokens{Organization: rec.facts.Organization.Name, From: rec.Window.Start, To: rec.Window.End, Proxies: []finding.ProxyTokens{}}
	for _, e := range rec.facts.Environments {
		for _, w := range e.Traces() {
			u := rec.Usage(e, w)
			if u == nil || len(u.Issuing) == 0 {
				continue
			}
			p := rec.proxyTokens(u)
			s.IssuedPerDay += p.IssuedPerDay
			s.UpperBound = saturated(s.UpperBound, p.UpperBound)
			s.Unbounded = s.Unbounded || p.NeverExpires && p.Calls > 0
			if !p.Refreshed {
				s.NeverRefreshed = saturated(s.NeverRefreshed, p.UpperBound)
			}
			s.Proxies = append(s.Proxies, p)
		}
	}
	s.IssuedPerDay = rounded(s.IssuedPerDay)
	slices.SortStableFunc(s.Proxies, func(a, b finding.ProxyTokens) int {
		return cmp.Or(-boolean(a.NeverExpires && a.Calls > 0)+boolean(b.NeverExpires && b.Calls > 0), cmp.Compare(b.UpperBound, a.UpperBound),
			cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.Name, b.Name))
	})
	s.Assumptions = rec.storeAssumptions()
	return s
}

func (rec *Records) storeAssumptions() []string {
	out := []string{
		"The pace of the window holds for as long as tokens are kept.",
		"Every successful call (status 200 to 299) on a path that issues counts as one refresh token, whatever its grant.",
		"No token is used up by a refresh or revoked before its end.",
	}
	if rec.facts.Organization.Platform.Traits().PurgeDelay > 0 {
		return append(out, "Tokens are deleted 3 days after both of a pair have ended (180 days on Private Cloud before 4.19.01), and never if one has no end.")
	}
	return append(out, "Tokens are deleted at their end; how much later the platform really does it is not documented.")
}

func (rec *Records) proxyTokens(u *Usage) finding.ProxyTokens {
	p := finding.ProxyTokens{
		Environment: u.Environment.Name, Name: u.Trace.Program.Revision.Name, Refreshed: len(u.Refreshing) > 0, Assumptions: []string{},
	}
	assume := func(format string, args ...any) {
		if a := fmt.Sprintf(format, args...); !slices.Contains(p.Assumptions, a) {
			p.Assumptions = append(p.Assumptions, a)
		}
	}
	p.Calls = u.Issued.Successes + u.Shared.Successes + u.Unplaced.Successes
	if n := u.Shared.Successes; n > 0 {
		assume("%s went to a path that also refreshes; each refresh stores a new token, so they count too.", text.CountGrouped(n, "call"))
	}
	if n := u.Unplaced.Successes; n > 0 {
		assume("%s have no path on record and count as issuing.", text.CountGrouped(n, "call"))
	}
	if u.Partial {
		assume("Analytics sent only a part of the rows: the real number is higher.")
	}
	var kept time.Duration
	for _, r := range u.Issuing {
		life, never := rec.lifetime(r.Policy, assume)
		kept, p.NeverExpires = max(kept, life), p.NeverExpires || never
	}
	kept += rec.facts.Organization.Platform.Traits().PurgeDelay
	window := rec.Window
	p.IssuedPerDay = rounded(float64(p.Calls) / window.Days())
	start := fmt.Sprintf("%s in %s = %s a day", text.CountGrouped(p.Calls, "call"), inDays(window.Days()), decimal(p.IssuedPerDay))
	if p.NeverExpires {
		p.Arithmetic = start + ", kept for ever"
		return p
	}
	p.KeptDays = rounded(kept.Hours() / 24)
	p.UpperBound = times(p.Calls, int64(kept/time.Second), int64(window.End.Sub(window.Start)/time.Second))
	p.Arithmetic = fmt.Sprintf("%s × %s = %s", start, inDays(p.KeptDays), text.Grouped(p.UpperBound))
	return p
}

// lifetime is how long a policy's tokens are kept before they may be deleted, or that they are kept for ever: access and refresh
// token are one record, which lives as long as the longer one.
func (rec *Records) lifetime(p *flow.Policy, assume func(string, ...any)) (life time.Duration, never bool) {
	endless := !rec.facts.Organization.Platform.Traits().RefreshWithoutLifetimeExpires
	unknown := func(why string) (time.Duration, bool) {
		if endless {
			assume("%s in %q, so its tokens are taken never to end.", why, p.Name)
			return 0, true
		}
		assume("%s in %q, so its tokens are taken to live as long as the platform allows, said to be 730 days.", why, p.Name)
		return platformLongest, false
	}
	access, refresh := p.OAuth.ExpiresIn, p.OAuth.RefreshTokenExpiresIn
	kind, ms := refresh.Read()
	switch {
	case kind == flow.LifetimeAbsent:
		return unknown("There is no RefreshTokenExpiresIn")
	case kind == flow.LifetimeVariable:
		return unknown("Variable " + refresh.Ref + " holds the lifetime")
	case kind == flow.LifetimeForever && endless:
		return 0, true
	case kind == flow.LifetimeForever:
		return unknown("RefreshTokenExpiresIn is -1")
	case kind.Invalid():
		return unknown("RefreshTokenExpiresIn is not a valid lifetime")
	case ms > longestLifetime:
		return unknown("RefreshTokenExpiresIn is longer than any token lives")
	}
	if refresh.Ref != "" {
		assume("Variable %s may set another lifetime than the fallback in %q.", refresh.Ref, p.Name)
	}
	switch kind, other := access.Read(); {
	case kind == flow.LifetimeForever:
		return unknown("ExpiresIn is -1")
	case other > longestLifetime:
		return unknown("ExpiresIn is longer than any token lives")
	default:
		ms = max(ms, other)
	}
	return time.Duration(ms) * time.Millisecond, false
}

// times is a × b / c rounded up, without overflow on the way; the largest number where it does not fit.
func times(a, b, c int64) int64 {
	if a <= 0 || b <= 0 || c <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	lo, carry := bits.Add64(lo, uint64(c)-1, 0)
	hi += carry
	if hi >= uint64(c) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(min(q, math.MaxInt64))
}

func saturated(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

func rounded(f float64) float64 { return math.Round(f*100) / 100 }

// decimal writes a number with two decimals at most: 400, 0.5, 1,234.25.
func decimal(f float64) string {
	whole, part, _ := strings.Cut(strconv.FormatFloat(f, 'f', 2, 64), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err == nil {
		whole = text.Grouped(n)
	}
	if part = strings.TrimRight(part, "0"); part == "" {
		return whole
	}
	return whole + "." + part
}

// inDays writes a length of time: "30 days", "1 day".
func inDays(f float64) string {
	if f == 1 {
		return "1 day"
	}
	return decimal(f) + " days"
}
