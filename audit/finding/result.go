package finding

import (
	"time"

	"apigee-audit/apigee"
)

// Result is the audit of one organization. It is data: what could not be looked at is in Problems.
type Result struct {
	Organization apigee.Organization
	StartedAt    time.Time
	FinishedAt   time.Time
	Deployments  int // listed
	Revisions    int // distinct revisions among them
	Audited      int // distinct revisions that were read and understood
	Findings     []Finding
	Problems     []apigee.Problem
	Notices      []apigee.Problem
	Inventory    []Evidence
	// Edges are the relations between what is deployed; nil where they are not known.
	Edges []Edge
	// StoredTokens is how many refresh tokens the organization keeps at most; nil without traffic.
	StoredTokens *StoredTokens

	// Refreshes are the ways on which tokens are refreshed, when they were asked for.
	Refreshes []Refreshed

	// Aliases are the suppressions of a rule that accepted a finding of one that parted from it.
	Aliases []Alias

	// LeftOut are the findings that the options leave out of the report; nil where nobody knows.
	LeftOut []LeftOut
	// Matched are the exceptions of the options that were about a finding, by index.
	Matched map[int]bool
}

// Evidence is one deployed revision that was looked at, clean or not, and what its flows do there.
type Evidence struct {
	Organization string      `json:"organization"`
	Environment  string      `json:"environment"`
	Kind         apigee.Kind `json:"kind"`
	Name         string      `json:"name"`
	Revision     string      `json:"revision"`
	// Sources are the paths at which a bundle on disk lies, all of them byte for byte the same.
	Sources []string `json:"sources,omitempty"`
	SHA256  string   `json:"sha256"`
	// Partly says why the revision may not run on every server, as in [apigee.Deployment]; "" where nothing speaks against it.
	Partly string `json:"partly,omitempty"`
	// Grants are the grants through which refresh tokens can be issued by policies of this bundle, sorted.
	Grants    []string `json:"issues"`
	Refreshes bool     `json:"refreshes"` // RefreshAccessToken or RefreshJWTAccessToken is reachable
	Reads     bool     `json:"reads"`     // GetOAuthV2Info of a refresh token is reachable
	Imports   bool     `json:"imports"`   // external refresh tokens are stored
	Revokes   bool     `json:"revokes"`   // InvalidateToken of a refresh token or RevokeOAuthV2 is reachable

	// BasePaths are those of a proxy's endpoints, sorted; none for shared flows. Nil in reports of older versions.
	BasePaths []string `json:"basePaths,omitzero"`
	// Operations are the policies of this bundle behind what it does, by file and position. Nil in reports of older versions,
	// which do not tell lifetimes, rotation and the like.
	Operations []Operation `json:"operations,omitzero"`
	// SharedFlows are those whose operations run in this proxy, called or as flow hooks, sorted. What these do is told of them.
	SharedFlows []string `json:"sharedFlows,omitempty"`
	// Reach and Traffic are what the organization's records add about a proxy; nil where they were not asked for or could not
	// be read.
	Reach   *Reach             `json:"reach,omitempty"`
	Traffic *DeploymentTraffic `json:"traffic,omitempty"`
}

// LeftOut is a finding that the audit made and the options keep out of the report: enough for a later comparison not to
// call it fixed.
type LeftOut struct {
	Organization string `json:"organization"`
	RuleID       string `json:"ruleId"`
	Fingerprint  string `json:"fingerprint"`
	// SharedFingerprint is as in [Finding].
	SharedFingerprint string `json:"sharedFingerprint,omitempty"`
	// Status is known or suppressed where that was decided before the finding was left out, else "". What is known stays known to
	// reports that are compared with this one.
	Status Status `json:"status,omitempty"`
	// FirstSeen is as in [Finding].
	FirstSeen time.Time `json:"firstSeen,omitzero"`
}

// Finding is what is left of the finding: enough to recognize it.
func (l *LeftOut) Finding() *Finding {
	return &Finding{Organization: l.Organization, RuleID: l.RuleID, Fingerprint: l.Fingerprint, SharedFingerprint: l.SharedFingerprint, FirstSeen: l.FirstSeen}
}
