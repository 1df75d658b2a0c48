package report

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// Scope is what narrows an audit or changes how findings are graded, and where that was said. Nothing of it may go unseen: a
// clean bill of one rule is not one of all.
type Scope struct {
	// Config is the configuration file that was read; nil without one.
	Config *ConfigFile `json:"config,omitempty"`
	// Rules are the IDs of the rules that were asked for; empty for all.
	Rules []string `json:"rules,omitempty"`
	// Environments and Proxies are the patterns that narrow what is reported; empty for everything.
	Environments []string `json:"environments,omitempty"`
	Proxies      []string `json:"proxies,omitempty"`
	// MinSeverity and MinConfidence are the lowest that are reported.
	MinSeverity   audit.Severity   `json:"minSeverity,omitempty"`
	MinConfidence audit.Confidence `json:"minConfidence,omitempty"`
	// FailOn is the lowest severity that makes a run fail, or none.
	FailOn string `json:"failOn,omitempty"`
	// AllowPartial says that an incomplete audit does not make a run fail.
	AllowPartial bool `json:"allowPartial,omitempty"`
	// Profile is the OAuth security profile, MaxRefreshLifetime the longest lifetime that is not reported, in seconds.
	Profile            string `json:"profile,omitempty"`
	MaxRefreshLifetime int64  `json:"maxRefreshLifetime,omitempty"`
	// Severities are those that rules were given in place of their own, by rule.
	Severities []RuleSeverity `json:"severities,omitempty"`
	// IgnoreComments says that comments in policies suppress nothing.
	IgnoreComments bool `json:"ignoreComments,omitempty"`
}

// ConfigFile is a configuration file, and what it set.
type ConfigFile struct {
	File string `json:"file"`
	// Found says that nobody named the file: it lay in the working directory.
	Found bool     `json:"found"`
	Keys  []string `json:"keys"` // that it sets to something else than their default, sorted
}

// RuleSeverity is a severity that a rule was given.
type RuleSeverity struct {
	RuleID   string         `json:"ruleId"`
	Severity audit.Severity `json:"severity"`
}

// scopeText says in sentences what the report is narrowed to and how it differs from one with default settings; "" where it
// does not.
func scopeText(d *Document) string {
	var all []string
	say := func(yes bool, format string, args ...any) {
		if yes {
			all = append(all, fmt.Sprintf(format, args...)+".")
		}
	}
	if d.Shard != nil {
		say(d.Shard.Of > 1, "Only share %d of %d of the organizations", d.Shard.Index, d.Shard.Of)
	}
	s := d.Scope
	if s == nil {
		return strings.Join(all, " ")
	}
	standard := audit.DefaultSettings()
	list := func(names []string) string { return strings.Join(names, ", ") }
	say(len(s.Rules) > 0, "Only rules %s", list(s.Rules))
	say(len(s.Environments) > 0, "Only environments that match %s", list(s.Environments))
	say(len(s.Proxies) > 0, "Only proxies and shared flows that match %s", list(s.Proxies))
	say(s.MinSeverity > audit.Info, "Findings below severity %s are left out", s.MinSeverity)
	say(s.MinConfidence > audit.LowConfidence, "Findings below confidence %s are left out", s.MinConfidence)
	say(s.Profile != "" && s.Profile != standard.Profile, "Profile %s", s.Profile)
	longest := time.Duration(min(s.MaxRefreshLifetime, int64(maxDuration/time.Second))) * time.Second
	say(longest != 0 && longest != standard.MaxRefreshLifetime, "Lifetimes up to %s are not reported", longest)
	var severities []string
	for _, r := range s.Severities {
		severities = append(severities, r.RuleID+" is "+r.Severity.String())
	}
	say(len(severities) > 0, "Severities were changed: %s", strings.Join(severities, ", "))
	say(s.IgnoreComments, "Comments in policies suppress nothing")
	switch s.FailOn {
	case "", audit.Low.String():
	case "none":
		say(true, "No finding makes the run fail")
	default:
		say(true, "Findings below severity %s do not make the run fail", s.FailOn)
	}
	say(s.AllowPartial, "An incomplete audit does not make the run fail")
	if c := s.Config; c != nil {
		where := c.File
		if c.Found {
			where += ", which was found in the working directory"
		}
		say(len(c.Keys) > 0, "Settings from %s: %s", where, list(c.Keys))
	}
	return strings.Join(all, " ")
}

// maxDuration is the longest that Go can count.
const maxDuration = time.Duration(1<<63 - 1)

// mergedScope is the scope that all reports share. Where they differ, each one's is a notice: a sentence about all of them
// would be wrong.
func mergedScope(stored []Stored) (*Scope, []apigee.Problem) {
	shared := true
	for _, s := range stored[1:] {
		shared = shared && reflect.DeepEqual(s.Scope, stored[0].Scope)
	}
	if shared {
		return stored[0].Scope, nil
	}
	var notices []apigee.Problem
	for _, s := range stored {
		if line := scopeText(&Document{Scope: s.Scope}); line != "" {
			notices = append(notices, apigee.Problem{Operation: "merge reports", Error: "the scope of " + s.Name + ": " + line})
		}
	}
	return nil, notices
}
