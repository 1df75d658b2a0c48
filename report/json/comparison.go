package json

import (
	"io"
	"time"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// comparison is the comparison for programs. Findings have the fields of the report.
type comparison struct {
	SchemaVersion int               `json:"schemaVersion"`
	Old           side              `json:"old"`
	New           side              `json:"new"`
	Summary       changes           `json:"summary"`
	Added         []finding.Finding `json:"added"`
	Fixed         []finding.Finding `json:"fixed"`
	NotLookedAt   []finding.Finding `json:"unseen"` // the name that it had first
	Unchanged     []fingerprinting  `json:"unchanged"`
}

type side struct {
	Tool       report.Tool   `json:"tool"`
	StartedAt  time.Time     `json:"startedAt"`
	FinishedAt time.Time     `json:"finishedAt"`
	Complete   bool          `json:"complete"`
	Scope      *report.Scope `json:"scope,omitempty"`
}

type changes struct {
	Added       int `json:"added"`
	Fixed       int `json:"fixed"`
	NotLookedAt int `json:"unseen"`
	Unchanged   int `json:"unchanged"`
}

// fingerprinting names a finding that the reports tell in full.
type fingerprinting struct {
	RuleID       string `json:"ruleId"`
	Organization string `json:"organization"`
	Fingerprint  string `json:"fingerprint"`
}

// WriteComparison writes what changed, with the new, fixed and unseen findings in full.
func WriteComparison(w io.Writer, c *report.Comparison, _ report.Options) error {
	j := comparison{
		SchemaVersion: report.SchemaVersion, Old: sideOf(c.Old), New: sideOf(c.New),
		Summary: changes{len(c.Added), len(c.Fixed), len(c.NotLookedAt), len(c.Unchanged)},
		Added:   append([]finding.Finding{}, c.Added...), Fixed: append([]finding.Finding{}, c.Fixed...), NotLookedAt: append([]finding.Finding{}, c.NotLookedAt...), Unchanged: []fingerprinting{},
	}
	for _, f := range c.Unchanged {
		j.Unchanged = append(j.Unchanged, fingerprinting{f.RuleID, f.Organization, f.Fingerprint})
	}
	return report.Encode(w, j)
}

func sideOf(d *report.Document) side {
	return side{d.Tool, d.StartedAt, d.FinishedAt, d.Complete, d.Scope}
}
