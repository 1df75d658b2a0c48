package report

import (
	"io"
	"time"

	"apigee-audit/audit"
)

// comparisonJSON is the comparison for programs. Findings have the fields of the report.
type comparisonJSON struct {
	SchemaVersion int              `json:"schemaVersion"`
	Old           comparedJSON     `json:"old"`
	New           comparedJSON     `json:"new"`
	Summary       changesJSON      `json:"summary"`
	Added         []audit.Finding  `json:"added"`
	Fixed         []audit.Finding  `json:"fixed"`
	NotLookedAt   []audit.Finding  `json:"unseen"` // the name that it had first
	Unchanged     []fingerprinting `json:"unchanged"`
}

type comparedJSON struct {
	Tool       Tool      `json:"tool"`
	StartedAt  time.Time `json:"startedAt"`
	FinishedAt time.Time `json:"finishedAt"`
	Complete   bool      `json:"complete"`
	Scope      *Scope    `json:"scope,omitempty"`
}

type changesJSON struct {
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

func writeComparisonJSON(w io.Writer, c *Comparison, _ Options) error {
	j := comparisonJSON{
		SchemaVersion: SchemaVersion, Old: sideOf(c.Old), New: sideOf(c.New),
		Summary: changesJSON{len(c.Added), len(c.Fixed), len(c.NotLookedAt), len(c.Unchanged)},
		Added:   present(c.Added), Fixed: present(c.Fixed), NotLookedAt: present(c.NotLookedAt), Unchanged: []fingerprinting{},
	}
	for _, f := range c.Unchanged {
		j.Unchanged = append(j.Unchanged, fingerprinting{f.RuleID, f.Organization, f.Fingerprint})
	}
	return encode(w, j)
}

func sideOf(d *Document) comparedJSON {
	return comparedJSON{d.Tool, d.StartedAt, d.FinishedAt, d.Complete, d.Scope}
}
