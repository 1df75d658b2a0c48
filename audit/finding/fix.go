package finding

import "apigee-audit/apigee"

// Fix is a change to one bundle that mends a finding. It was made in memory and the organization audited with it: the finding is
// gone then, and nothing of the same or a higher severity is new.
type Fix struct {
	// Description says in a sentence what the change does.
	Description string `json:"description"`
	// Kind, Name and Revision are the bundle that it changes, which need not be the finding's.
	Kind     apigee.Kind `json:"kind"`
	Name     string      `json:"name"`
	Revision string      `json:"revision,omitempty"`
	// Sources are the paths at which that bundle lies on disk, byte for byte the same.
	Sources []string `json:"sources,omitempty"`
	// Edits replace regions of files, in the order of files and places. They do not overlap.
	Edits    []Edit    `json:"edits"`
	NewFiles []NewFile `json:"newFiles,omitempty"`
	// Mends are other findings that are gone with it, and Introduces what is found with it only: all of lower severity.
	Mends      []Effect `json:"mends,omitempty"`
	Introduces []Effect `json:"introduces,omitempty"`
	// Further is how many more findings go or come that are not listed.
	Further int `json:"further,omitempty"`
	// Diff is the change as a unified diff for people to read. Literal secrets in the lines around it are masked.
	Diff Lines `json:"diff"`
}

// Edit puts a text in the place of a region of a file; an empty region is where it is inserted, an empty text deletes.
type Edit struct {
	Place
	Text Lines `json:"text"`
}

// NewFile is a file that a fix adds to a bundle.
type NewFile struct {
	File string `json:"file"`
	Text Lines  `json:"text"`
}

// Effect is another finding that a fix makes go or come.
type Effect struct {
	RuleID      string      `json:"ruleId"`
	RuleName    string      `json:"ruleName"`
	Severity    Severity    `json:"severity"`
	Kind        apigee.Kind `json:"kind"`
	Name        string      `json:"name"`
	Policy      string      `json:"policy,omitempty"`
	Source      string      `json:"source,omitempty"`
	Fingerprint string      `json:"fingerprint"`
	// Instead is the rule whose finding at the same place this one takes the place of, "" for none: where one more proxy refreshes,
	// others have another rule's finding.
	Instead string `json:"instead,omitempty"`
}
