// Package history works out from stored reports what became of every finding over time. It is a pure function of the reports, in any
// order, without a clock: now is the time of the newest one.
//
// What a report shows is there, and what it would show and does not is fixed; [report.View.BlindTo] alone decides what it would show.
// Where it would not, nobody looked: that is a gap, in which everything stays as it was last known.
package history

import (
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// SchemaVersion is the major version of the history in JSON; changes within it only add fields.
const SchemaVersion = 1

// History is what became of findings over time.
type History struct {
	SchemaVersion int         `json:"schemaVersion"`
	Tool          report.Tool `json:"tool"`
	// From and To are when the first and the newest audit started; zero where there is none.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Filter is what the history is narrowed to; nil for everything.
	Filter *Filter `json:"filter,omitempty"`
	// Audits are the audits in order of time.
	Audits []Audit `json:"audits"`
	// Organizations are those that were audited, by name, and Rules those that found something, by ID.
	Organizations []Organization `json:"organizations"`
	Rules         []Rule         `json:"rules"`
	Findings      []Finding      `json:"findings"`
	// TimeToFix is how long it took to fix findings of each severity, highest first; none for severities of which none was fixed.
	TimeToFix []TimeToFix `json:"timeToFix"`
	// LeftOut are files that are no part of the history, and why.
	LeftOut []File `json:"leftOut"`
	// Problems are reports that could not be read.
	Problems []File `json:"problems"`
}

// Filter is what a history is narrowed to.
type Filter struct {
	Organizations []string           `json:"organizations,omitempty"`
	Rules         []string           `json:"rules,omitempty"`
	Environments  []string           `json:"environments,omitempty"`
	Proxies       []string           `json:"proxies,omitempty"`
	MinSeverity   finding.Severity   `json:"minSeverity,omitempty"`
	MinConfidence finding.Confidence `json:"minConfidence,omitempty"`
	// Since leaves out the audits before it, and the findings that were fixed by then.
	Since time.Time `json:"since,omitzero"`
}

// File is a file that was given, and why it is not in the history.
type File struct {
	Name string `json:"file"`
	Why  string `json:"why"`
}

// Audit is one audit: a report, or several of one run, such as those of the shares of a fleet.
type Audit struct {
	At      time.Time `json:"at"` // when it started
	Reports []string  `json:"reports"`
	// Complete reports whether the audit could look at everything that it was to look at.
	Complete bool `json:"complete"`
	// MissingShares are the shares of the fleet of which there is no report.
	MissingShares []int `json:"missingShares,omitempty"`
	Standing
	Changes Changes `json:"changes"`
	// Organizations and Rules are those of the [History], in its order.
	Organizations []OrganizationStanding `json:"organizations"`
	Rules         []RuleStanding         `json:"rules"`
}

// Standing is how findings stand after an audit.
type Standing struct {
	// Open are the findings that were found and neither fixed nor accepted since.
	Open report.Counts `json:"open"`
	// NotLookedAt are those of them that the audit did not look at: they were open when somebody looked last.
	NotLookedAt int `json:"notLookedAt"`
	Accepted    int `json:"accepted"`
}

// Changes are what changed from the audit before: open there, with those that are new, reopened and no longer accepted, without those
// that are fixed and accepted, is open here.
type Changes struct {
	New              int `json:"new"`              // seen for the first time
	Reopened         int `json:"reopened"`         // fixed once, and there again
	NoLongerAccepted int `json:"noLongerAccepted"` // accepted before
	Fixed            int `json:"fixed"`            // the audit would have shown them
	Accepted         int `json:"accepted"`         // open before
}

// Added is how many are open that were not.
func (c Changes) Added() int { return c.New + c.Reopened + c.NoLongerAccepted }

// Removed is how many are open no longer.
func (c Changes) Removed() int { return c.Fixed + c.Accepted }

// OrganizationStanding is an audit's part about one organization.
type OrganizationStanding struct {
	Name string `json:"name"`
	// Gap says why the organization as a whole was not looked at; "" where it was.
	Gap string `json:"gap,omitempty"`
	Standing
	Changes Changes `json:"changes"`
}

// RuleStanding is an audit's part about the findings of one rule.
type RuleStanding struct {
	RuleID      string `json:"ruleId"`
	Open        int    `json:"open"`
	NotLookedAt int    `json:"notLookedAt"`
}

// Organization is one that some audit looked at, or found something in.
type Organization struct {
	Name string `json:"name"`
	// FirstAudit and LastAudit are the first and the last that looked at it as a whole; zero where none could.
	FirstAudit time.Time `json:"firstAudit,omitzero"`
	LastAudit  time.Time `json:"lastAudit,omitzero"`
}

// Rule is one that found something.
type Rule struct {
	ID       string           `json:"id"`
	Name     string           `json:"name"`
	Severity finding.Severity `json:"severity"` // the highest of its findings
}

// State is how a finding stands.
type State string

// The states of a finding; a gap is one only in its timeline.
const (
	Open     State = "open"
	Accepted State = "accepted"
	Fixed    State = "fixed"
	Gap      State = "not-looked-at"
)

// Finding is one finding with its history.
type Finding struct {
	ID           string             `json:"id"`
	RuleID       string             `json:"ruleId"`
	RuleName     string             `json:"ruleName"`
	Severity     finding.Severity   `json:"severity"`
	Confidence   finding.Confidence `json:"confidence"`
	Organization string             `json:"organization"`
	Kind         apigee.Kind        `json:"kind"`
	Name         string             `json:"name"`
	Policy       string             `json:"policy,omitempty"`
	File         string             `json:"file"`
	Environments []string           `json:"environments"`
	Fingerprint  string             `json:"fingerprint"`

	State State `json:"state"`
	// Gap says why the newest audit did not look at it; "" where it did, or where the finding was fixed before.
	Gap string `json:"gap,omitempty"`
	// FirstSeen is when it was seen first, by a report or by the baseline of one; LastSeen when a report had it last, zero where only
	// a baseline knew it.
	FirstSeen time.Time `json:"firstSeen"`
	LastSeen  time.Time `json:"lastSeen,omitzero"`
	// MayBeOlder says that the first audit of its organization saw it: nobody looked before.
	MayBeOlder bool `json:"mayBeOlder,omitempty"`
	// OpenSince is when it was seen first, or when it came back after it was fixed. AgeDays is how many whole days ago that is, where it
	// is not fixed.
	OpenSince time.Time `json:"openSince"`
	AgeDays   int       `json:"ageDays,omitempty"`
	// FixedBy is the audit that would have shown it and did not; it was fixed between LastSeen and then. DaysToFix is the time from
	// OpenSince, at most.
	FixedBy   time.Time `json:"fixedBy,omitzero"`
	DaysToFix int       `json:"daysToFix,omitempty"`
	// Reopened is how many times it came back after it was fixed.
	Reopened int `json:"reopened,omitempty"`
	// Suppression says why and until when it is accepted; nil where it is not.
	Suppression *finding.Suppression `json:"suppression,omitempty"`
	// ExpiresInDays is how many days after the newest audit the acceptance ends; nil where that is more than 30, or never.
	ExpiresInDays *int `json:"expiresInDays,omitempty"`
	// Timeline is how the finding stood, from each change on.
	Timeline []Period `json:"timeline"`
}

// Period is how a finding stood from an audit on.
type Period struct {
	At    time.Time `json:"at"`
	State State     `json:"state"`
}

// TimeToFix is how long it took to fix findings of a severity, from the audit that saw them first, or saw them come back, to the one that
// showed them gone.
type TimeToFix struct {
	Severity    finding.Severity `json:"severity"`
	Fixed       int              `json:"fixed"`
	MedianDays  float64          `json:"medianDays"`
	LongestDays int              `json:"longestDays"`
}
