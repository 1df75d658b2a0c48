package report

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// Scope is what narrows an audit or changes how findings are graded, and where that was said. None of it may be hidden:
// a clean result for one rule is not one for all.
type Scope struct {
	// Config is the configuration file that was read; nil without one.
	Config *ConfigFile `json:"config,omitempty"`
	// Rules are the IDs of the rules that were asked for; empty for all.
	Rules []string `json:"rules,omitempty"`
	// Environments and Proxies are the patterns that narrow what is reported; empty for everything.
	Environments []string `json:"environments,omitempty"`
	Proxies      []string `json:"proxies,omitempty"`
	// MinSeverity and MinConfidence are the lowest that are reported.
	MinSeverity   finding.Severity   `json:"minSeverity,omitempty"`
	MinConfidence finding.Confidence `json:"minConfidence,omitempty"`
	// Statuses are the statuses that are reported; empty for all.
	Statuses []finding.Status `json:"statuses,omitempty"`
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
	// Offline says that bundles on disk were audited: what was not given may be elsewhere.
	Offline bool `json:"offline,omitempty"`
	// Records are the records of the organization that were requested in addition to its bundles; nil for none.
	Records *Records `json:"records,omitempty"`
	// Account is the account that read the management API, "" if none was named.
	Account string `json:"account,omitempty"`
	// Command is the command line, without anything that may be a secret; "" where several were merged.
	Command string `json:"command,omitempty"`
}

// Records are the records of an organization that an audit was asked to read.
type Records struct {
	// Traffic is the length of the window in which calls are counted, in seconds; 0 for no traffic and no count of stored
	// tokens.
	Traffic    int64 `json:"traffic,omitempty"`
	Reach      bool  `json:"reach,omitempty"`      // environment groups and API products
	Apps       bool  `json:"apps,omitempty"`       // which apps have those products
	DebugMasks bool  `json:"debugMasks,omitempty"` // what debug sessions hide
}

// records are those that were asked for. An unknown scope has none.
func (s *Scope) records() Records {
	if s == nil || s.Records == nil {
		return Records{}
	}
	return *s.Records
}

// profile is the OAuth profile that the audit used.
func (s *Scope) profile() string {
	if s == nil || s.Profile == "" {
		return finding.DefaultSettings().Profile
	}
	return s.Profile
}

// longest is the longest lifetime that is not reported, in seconds.
func (s *Scope) longest() int64 {
	if s == nil || s.MaxRefreshLifetime == 0 {
		return int64(finding.DefaultSettings().MaxRefreshLifetime / time.Second)
	}
	return s.MaxRefreshLifetime
}

// reportsOn reports whether findings in an environment are reported. Bundles from disk are in none.
func (s *Scope) reportsOn(environment string) bool {
	return s == nil || finding.MatchesAny(s.Environments, environment)
}

// narrowed reports whether findings are kept out of the report.
func (s *Scope) narrowed() bool {
	return s != nil && (len(s.Rules) > 0 || len(s.Environments) > 0 || len(s.Proxies) > 0 || s.MinSeverity > finding.Info || s.MinConfidence > finding.LowConfidence || len(s.Statuses) > 0)
}

// Narrowed reports whether something keeps findings out of the report, as far as the report says.
func Narrowed(d *Document) bool {
	return d.Shard != nil && d.Shard.Of > 1 || d.Scope.narrowed() ||
		slices.ContainsFunc(d.Organizations, func(o Organization) bool { return o.Scope.narrowed() })
}

// ConfigFile is a configuration file, and what it set.
type ConfigFile struct {
	File string `json:"file"`
	// Found says that nobody named the file: it lay in the working directory.
	Found bool     `json:"found"`
	Keys  []string `json:"keys"` // that it sets to something other than their default, sorted
}

// RuleSeverity is a severity that a rule was given.
type RuleSeverity struct {
	RuleID   string           `json:"ruleId"`
	Severity finding.Severity `json:"severity"`
}

// ScopeText says in sentences what the report is narrowed to and how it differs from one with default settings; "" where it
// does not.
func ScopeText(d *Document) string {
	all := narrowing(d)
	if s := d.Scope; s != nil {
		all = slices.Concat(all, s.grading(), s.ending())
	}
	return strings.Join(all, " ")
}

// sentences collects what holds.
type sentences []string

func (all *sentences) say(yes bool, format string, args ...any) {
	if yes {
		*all = append(*all, fmt.Sprintf(format, args...)+".")
	}
}

func listOf(names []string) string { return strings.Join(names, ", ") }

// narrowing says what was not requested, sentence by sentence.
func narrowing(d *Document) []string {
	var all sentences
	if d.Shard != nil {
		all.say(d.Shard.Of > 1, "Only share %d of %d of the organizations was audited", d.Shard.Index, d.Shard.Of)
	}
	if d.Scope == nil {
		return append(all, d.sharedNarrowing()...)
	}
	return append(all, d.Scope.narrowing()...)
}

// sharedNarrowing are the sentences that hold for every organization of a report that has no scope of its own.
func (d *Document) sharedNarrowing() (shared []string) {
	for i := range d.Organizations {
		all := d.Organizations[i].Scope.narrowing()
		if i == 0 {
			shared = all
		}
		shared = only(shared, func(sentence string) bool { return slices.Contains(all, sentence) })
	}
	return shared
}

// narrowing says what findings the scope keeps out of the report, sentence by sentence.
func (s *Scope) narrowing() []string {
	var all sentences
	if s == nil {
		return nil
	}
	all.say(s.Offline, "Only the given bundles were audited: nothing is known about others")
	all.say(len(s.Rules) == 1, "Only rule %s ran", listOf(s.Rules))
	all.say(len(s.Rules) > 1, "Only rules %s ran", listOf(s.Rules))
	all.say(len(s.Environments) > 0, "Only environments that match %s are reported", listOf(s.Environments))
	all.say(len(s.Proxies) > 0, "Only proxies and shared flows that match %s are reported", listOf(s.Proxies))
	all.say(s.MinSeverity > finding.Info, "Findings below severity %s are left out", s.MinSeverity)
	all.say(s.MinConfidence > finding.LowConfidence, "Findings below confidence %s are left out", s.MinConfidence)
	var statuses []string
	for _, status := range s.Statuses {
		statuses = append(statuses, string(status))
	}
	all.say(len(statuses) > 0, "Only findings with status %s are listed", strings.Join(statuses, " or "))
	return all
}

// grading says what changes which findings there are and how they are graded.
func (s *Scope) grading() []string {
	var all sentences
	standard := finding.DefaultSettings()
	all.say(s.Profile != "" && s.Profile != standard.Profile, "Profile %s", s.Profile)
	longest := seconds(s.MaxRefreshLifetime)
	all.say(longest != 0 && longest != standard.MaxRefreshLifetime, "Lifetimes up to %s are not reported", longest)
	var severities []string
	for _, r := range s.Severities {
		severities = append(severities, r.RuleID+" is "+r.Severity.String())
	}
	all.say(len(severities) > 0, "Severities were changed: %s", strings.Join(severities, ", "))
	all.say(s.IgnoreComments, "Comments in policies suppress nothing")
	all.say(len(s.records().names()) > 0, "Additional records were requested: %s", strings.Join(s.records().names(), ", "))
	return all
}

// names are the records in words.
func (r Records) names() []string {
	var all []string
	if r.Traffic > 0 {
		all = append(all, "traffic and stored tokens of the last "+span(r.Traffic))
	}
	for _, record := range []struct {
		asked bool
		name  string
	}{{r.Reach, "environment groups and API products"}, {r.Apps, "apps"}, {r.DebugMasks, "debug masks"}} {
		if record.asked {
			all = append(all, record.name)
		}
	}
	return all
}

// span is a number of seconds in days where it is whole days: "30 days".
func span(n int64) string {
	const day = 24 * 60 * 60
	if n%day == 0 {
		return text.Count(int(n/day), "day")
	}
	return seconds(n).String()
}

// ending says what the exit status does not cover, and where the settings come from.
func (s *Scope) ending() []string {
	var all sentences
	switch s.FailOn {
	case "", finding.Low.String():
	case "none":
		all.say(true, "Findings do not make the run fail")
	default:
		all.say(true, "Findings below severity %s do not make the run fail", s.FailOn)
	}
	all.say(s.AllowPartial, "An incomplete audit does not make the run fail")
	if c := s.Config; c != nil {
		where := c.File
		if c.Found {
			where += ", found in the working directory"
		}
		all.say(len(c.Keys) > 0, "Settings from %s: %s", where, listOf(c.Keys))
	}
	return all
}

// RequestText says which account read the organizations and with which command, "" if unknown.
func RequestText(d *Document) string {
	if d.Scope == nil {
		return ""
	}
	var all sentences
	all.say(d.Scope.Account != "", "Account: %s", d.Scope.Account)
	all.say(d.Scope.Command != "", "Command: %s", d.Scope.Command)
	return strings.Join(all, " ")
}

// seconds is a duration, at most the longest that Go can count.
func seconds(n int64) time.Duration {
	return time.Duration(min(n, int64(maxDuration/time.Second))) * time.Second
}

// maxDuration is the longest that Go can count.
const maxDuration = time.Duration(1<<63 - 1)

// mergedScope is the scope that all reports share, whoever asked. Where they differ, each report's scope is a notice: a
// sentence about all of them would be wrong.
func mergedScope(stored []Stored) (*Scope, []apigee.Problem) {
	first := stored[0].Scope
	shared := true
	for _, s := range stored[1:] {
		shared = shared && reflect.DeepEqual(s.Scope.anonymous(), first.anonymous())
	}
	if shared {
		return sharedRequest(stored), nil
	}
	var notices []apigee.Problem
	for _, s := range stored {
		if line := ScopeText(&Document{Scope: s.Scope}); line != "" {
			notices = append(notices, apigee.Problem{Operation: "merge reports", Error: "the scope of " + s.Name + ": " + line})
		}
	}
	return nil, notices
}

// anonymous is the scope without the account and the command.
func (s *Scope) anonymous() *Scope {
	if s == nil {
		return nil
	}
	t := *s
	t.Account, t.Command = "", ""
	return &t
}

// sharedRequest is the scope of the first report, with the account and the command that all have.
func sharedRequest(stored []Stored) *Scope {
	if stored[0].Scope == nil {
		return nil
	}
	scope := *stored[0].Scope
	for _, s := range stored[1:] {
		if s.Scope.Account != scope.Account {
			scope.Account = ""
		}
		if s.Scope.Command != scope.Command {
			scope.Command = ""
		}
	}
	return &scope
}
