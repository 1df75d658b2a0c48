package finding

import (
	"path"
	"slices"
)

// Filter is which findings are reported; what it leaves empty, it does not ask about.
type Filter struct {
	Rules []string // IDs
	// Environments and Proxies are patterns (path.Match); Proxies are for shared flows too.
	Environments, Proxies []string
	MinSeverity           Severity
	MinConfidence         Confidence
	Statuses              []Status
}

// Narrow keeps what the filter asks for, in the environments that it asks for, and notes the rest. It changes neither the
// findings nor their deployments; where it keeps all as they are, that is the list itself.
func (x Filter) Narrow(findings []Finding) (kept []Finding, rest []LeftOut) {
	rest = []LeftOut{}
	if len(findings) > 0 && len(x.Environments) == 0 && !slices.ContainsFunc(findings, func(f Finding) bool { return !x.Shows(&f) }) {
		return findings, rest
	}
	for _, f := range findings {
		if !x.Shows(&f) {
			out := LeftOut{Organization: f.Organization, RuleID: f.RuleID, Fingerprint: f.Fingerprint, SharedFingerprint: f.SharedFingerprint, FirstSeen: f.FirstSeen}
			if f.Status != StatusNew { // which is what a finding has until a baseline is read
				out.Status = f.Status
			}
			rest = append(rest, out)
			continue
		}
		if len(x.Environments) > 0 {
			f.Deployments = slices.DeleteFunc(slices.Clone(f.Deployments), func(d Deployed) bool { return !MatchesAny(x.Environments, d.Environment) })
		}
		kept = append(kept, f)
	}
	return kept, rest
}

// Shows reports whether the filter asks for a finding in any of its environments.
func (x Filter) Shows(f *Finding) bool {
	return (len(x.Rules) == 0 || slices.Contains(x.Rules, f.RuleID)) &&
		(len(x.Statuses) == 0 || slices.Contains(x.Statuses, f.Status)) &&
		f.Severity >= x.MinSeverity && f.Confidence >= x.MinConfidence && MatchesAny(x.Proxies, f.Name) &&
		(len(x.Environments) == 0 || slices.ContainsFunc(f.Deployments, func(d Deployed) bool { return MatchesAny(x.Environments, d.Environment) }))
}

// MatchesAny reports whether a name matches one of the patterns; no patterns match everything.
func MatchesAny(patterns []string, name string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, name)
		return ok && err == nil
	})
}
