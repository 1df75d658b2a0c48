package finding

import "apigee-audit/apigee"

// Snippet is XML to paste, and where it goes.
type Snippet struct {
	XML Lines `json:"xml"`
	// Where says what becomes of it, in words without a position: `a new file`, `after step "Issue" of flow "token"`.
	Where string `json:"where"`
	// Kind and Name are the bundle that it goes into, which may be a shared flow while the finding is a proxy's; Source is that
	// bundle's path on disk, for scans of local paths.
	Kind   apigee.Kind `json:"kind"`
	Name   string      `json:"name"`
	Source string      `json:"source,omitempty"`
	// File is the file that it goes into, in the bundle; Line is the line of the element that Where names, 0 for a new file.
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
}

// Lines is text of several lines, with names from the organization in it. They are joined by "\n"; those of a file that keeps its
// line ends, as the text of an [Edit] does, by what the file has. It is hostile: writers sanitise it, and keep its lines and tabs.
type Lines string
