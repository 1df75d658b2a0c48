package apigee

import (
	"fmt"
	"path"
)

// Problem is something that could not be looked at. It is neither a finding (the bundle may be fine) nor an error (the
// audit goes on), and it makes the audit incomplete.
//
// The same shape carries notices: things the audit understood and a person should know, which do not make it incomplete.
type Problem struct {
	Organization string `json:"organization,omitempty"`
	Environment  string `json:"environment,omitempty"`
	Kind         Kind   `json:"kind,omitempty"`
	Name         string `json:"name,omitempty"`
	Revision     string `json:"revision,omitempty"`
	Source       string `json:"source,omitempty"` // where the bundle lies, for bundles on disk
	File         string `json:"file,omitempty"`   // inside the bundle, "apiproxy/policies/X.xml"
	Line         int    `json:"line,omitempty"`   // 1-based, 0 when unknown
	Column       int    `json:"column,omitempty"`
	// Operation is what was being done: "list deployments", "download bundle", "read policy".
	Operation string `json:"operation"`
	// Error says why it failed and, where a person can act, what to do next. It never holds a secret.
	Error string `json:"error"`
}

// About is a problem with a bundle, or with something in it.
func (r Revision) About(p Problem) Problem {
	p.Kind, p.Name, p.Revision, p.Source = r.Kind, r.Name, r.Number, r.Root
	return p
}

// Subject names what the problem is about in words: "proxy pay revision 9, apiproxy/policies/X.xml:4:2".
func (p Problem) Subject() string {
	s := "organization " + p.Organization
	switch {
	case p.Name != "":
		s = Revision{Kind: p.Kind, Name: p.Name, Number: p.Revision}.String()
	case p.Environment != "":
		s = "environment " + p.Environment
	case p.Organization == "":
		s = "the report"
	}
	at := p.File
	if p.Source != "" {
		at = path.Join(p.Source, p.File)
	}
	if at != "" {
		s += ", " + at
		if p.Line > 0 {
			s += fmt.Sprintf(":%d:%d", p.Line, p.Column)
		}
	}
	return s
}
