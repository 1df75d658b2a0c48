// Package report holds the [Document] that a finished audit becomes: how it is put together, read, merged, compared and made
// harmless, and the words that writers share. Each writer is a package of its own below it, a pure function of the document:
// no clock, no map order, no terminal detection. Package report/format has their list.
package report

import (
	"fmt"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// SchemaVersion is the major version of the JSON report; changes within it only add fields.
const SchemaVersion = 1

// Document is the JSON report and the input of every other format.
type Document struct {
	SchemaVersion int       `json:"schemaVersion"`
	Tool          Tool      `json:"tool"`
	StartedAt     time.Time `json:"startedAt"`
	FinishedAt    time.Time `json:"finishedAt"`
	Complete      bool      `json:"complete"`
	Shard         *Shard    `json:"shard,omitempty"`
	// Change is what would be deployed in the organization that the report is about; nil for one as it is.
	Change *Change `json:"change,omitempty"`
	// Scope is what narrowed the audit and how it graded findings; absent where the program that made the report did
	// not say.
	Scope         *Scope             `json:"scope,omitempty"`
	Organizations []Organization     `json:"organizations"`
	Summary       Summary            `json:"summary"`
	Findings      []finding.Finding  `json:"findings"`
	Problems      []apigee.Problem   `json:"problems"`
	Notices       []apigee.Problem   `json:"notices"`
	Inventory     []finding.Evidence `json:"inventory"`
	// Edges are the relations between what is deployed: what the flows do with refresh tokens, and for whom. Absent where the program
	// that made the report did not say.
	Edges []finding.Edge `json:"edges,omitzero"`
	// Controls are what the findings mean for the standards that rules map to; absent where the program that made the report did
	// not describe its rules.
	Controls []Control `json:"controls,omitempty"`
	// LeftOut are findings that the audit made and its scope keeps out of the report; absent where the program that made the
	// report did not say.
	LeftOut []finding.LeftOut `json:"leftOut,omitzero"`
	// Suppressions are those in the configuration, and whether each matched.
	Suppressions []finding.SuppressionUse `json:"suppressions,omitempty"`
	// Rules are the IDs of the rules that ran, sorted; absent where the program that made the report did not say.
	Rules []string `json:"rules,omitempty"`
	// Catalogue describes the rules that ran, sorted by ID; absent where the program that made the report did not.
	Catalogue []Rule `json:"catalogue,omitempty"`
	// Baseline is the earlier report that this one was compared with; nil without one.
	Baseline *Baseline `json:"baseline,omitempty"`
	// Fixed are the findings of the baseline that are gone; NotLookedAt may still be there, see [Comparison].
	Fixed       []finding.Finding `json:"fixed,omitempty"`
	NotLookedAt []finding.Finding `json:"notLookedAt,omitempty"`
	// StoredTokens is how many refresh tokens each organization keeps at most, sorted by organization; absent without
	// traffic.
	StoredTokens []finding.StoredTokens `json:"storedTokens,omitempty"`
}

// Tool names the program that made the report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Shard says that the report is about one of several shares of the organizations; it may have none, and be complete.
type Shard struct {
	Index int `json:"index"` // 1 to Of
	Of    int `json:"of"`
}

// Organization is what was looked at in one organization.
type Organization struct {
	Name         string          `json:"name"`
	Platform     apigee.Platform `json:"platform"`
	Offline      bool            `json:"offline"` // the bundles came from disk, not from the management API
	Environments []string        `json:"environments"`
	// Endpoint is Google's address from which it was read, "" where that is not known to be Google's.
	Endpoint    string `json:"endpoint,omitempty"`
	Deployments int    `json:"deployments"` // listed
	Revisions   int    `json:"revisions"`   // distinct revisions among them
	Audited     int    `json:"audited"`     // distinct revisions read and understood
	// Scope and Rules are those of the report that the organization's part comes from, where reports of different ones were
	// merged; absent where the document's hold for all organizations.
	Scope *Scope   `json:"scope,omitempty"`
	Rules []string `json:"rules,omitempty"`
}

// Summary counts findings by severity and by status.
type Summary struct {
	Findings   Counts `json:"findings"`
	New        int    `json:"new"`
	Known      int    `json:"known"`
	Suppressed int    `json:"suppressed"`
	Problems   int    `json:"problems"`
	Notices    int    `json:"notices"`
	// NotShown are the severities that the scope keeps out of the report, highest first: a count of 0 means nothing for
	// them.
	NotShown []finding.Severity `json:"notShown,omitempty"`
	// Fixed and NotLookedAt count findings of the baseline that are not in this report.
	Fixed       int `json:"fixed,omitempty"`
	NotLookedAt int `json:"notLookedAt,omitempty"`
}

// Counts is the number of findings of each severity, suppressed ones left out.
type Counts struct {
	Total  int `json:"total"`
	High   int `json:"high"`
	Medium int `json:"medium"`
	Low    int `json:"low"`
	Info   int `json:"info"`
}

// Of is the number of findings of one severity.
func (c Counts) Of(s finding.Severity) int {
	switch s {
	case finding.High:
		return c.High
	case finding.Medium:
		return c.Medium
	case finding.Low:
		return c.Low
	}
	return c.Info
}

// BySeverity says how many there are of each severity, highest first, of those that there are any of: "20 high", "41 medium".
func (c Counts) BySeverity() []string {
	var all []string
	for _, severity := range finding.Severities() {
		if n := c.Of(severity); n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, severity))
		}
	}
	return all
}

// Add counts findings of a severity.
func (c *Counts) Add(s finding.Severity, n int) {
	c.Total += n
	switch s {
	case finding.High:
		c.High += n
	case finding.Medium:
		c.Medium += n
	case finding.Low:
		c.Low += n
	default:
		c.Info += n
	}
}

// Baseline is the earlier report that a report was compared with.
type Baseline struct {
	StartedAt time.Time `json:"startedAt"`
}
