package report

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// BundleName names a bundle, and says what it is where that is not a proxy.
func BundleName(kind apigee.Kind, name string) string {
	if kind == apigee.KindSharedFlow {
		return name + " (shared flow)"
	}
	return name
}

// Location is where a finding lies in few columns: its file without the bundle's root, or where room is short without any
// directory, and the position. For bundles on disk the path is one that editors can open.
func Location(f *finding.Finding, wd string, short bool) string {
	file := ShortPath(f.File, short)
	if f.Source != "" && !short {
		file = FullPath(f, wd)
	}
	return WithPosition(file, f.Place)
}

// FullPath is a path that editors can open for bundles from disk, and the file inside the bundle for others.
func FullPath(f *finding.Finding, wd string) string { return diskPath(f.Source, f.File, wd) }

// diskPath joins a bundle's path on disk, "" for none, and a file inside it.
func diskPath(source, file, wd string) string {
	if source == "" {
		return file
	}
	if dir, ok := Within(wd, source); ok {
		return path.Join(dir, file)
	}
	return path.Join(source, file)
}

// WithPosition is a file with the line and the column of a place, where they are known: "policies/Issue.xml:2:1".
func WithPosition(file string, p finding.Place) string {
	if p.Line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d:%d", file, p.Line, p.Column)
}

// MostPaths is how many places on disk a line names.
const MostPaths = 3

// OrganizationTitle is the heading of what is said about an organization; the nameless one is that of bundles from disk.
func OrganizationTitle(name string) string {
	if name == "" {
		return "Bundles from disk"
	}
	return "Organization " + name
}

// SubjectOf names the bundle of a finding in words, with its organization: "proxy login, organization acme".
func SubjectOf(f *finding.Finding) string {
	s := f.Kind.Noun() + " " + f.Name
	if f.Organization != "" {
		s += ", organization " + f.Organization
	}
	return s
}

// ProblemSubject names what a problem or notice is about, with its environment, and with its organization where the report
// has several.
func ProblemSubject(p apigee.Problem, several bool) string {
	s := p.Subject()
	if p.Environment != "" && p.Name != "" {
		s += " in " + p.Environment
	}
	if several && p.Organization != "" && (p.Name != "" || p.Environment != "" || len(p.Subjects) > 0) {
		s = "organization " + p.Organization + ", " + s
	}
	return s
}

// ShortPath drops the bundle's root from a file inside it, and all directories where room is short.
func ShortPath(file string, short bool) string {
	if short {
		return path.Base(file)
	}
	return strings.TrimPrefix(strings.TrimPrefix(file, "apiproxy/"), "sharedflowbundle/")
}

// Within makes a bundle's folder relative to the working directory; false where it does not lie inside.
func Within(wd, source string) (string, bool) {
	if source == "" {
		return "", false
	}
	rel := filepath.FromSlash(source)
	if filepath.IsAbs(rel) {
		var err error
		if rel, err = filepath.Rel(wd, rel); err != nil {
			return "", false
		}
	}
	return filepath.ToSlash(filepath.Clean(rel)), filepath.IsLocal(rel)
}

// SameBundle reports whether a hop lies in the bundle of its finding: the very one, where several on disk have one
// name. Reports from before hops had a source do not distinguish them.
func SameBundle(h finding.Hop, f *finding.Finding) bool {
	return h.Kind == f.Kind && h.Name == f.Name && (h.Source == "" || h.Source == f.Source)
}

// HopPlace is where a hop lies: the bundle in words, "" for the finding's own, and its file with the position, which is one
// that editors can open where another bundle on disk holds it. The text is not sanitised.
func HopPlace(h finding.Hop, f *finding.Finding, wd string) (bundle, at string) {
	file := h.File
	if !SameBundle(h, f) {
		bundle = h.Kind.Noun() + " " + h.Name
		file = diskPath(h.Source, h.File, wd)
	}
	return bundle, WithPosition(file, h.Place)
}

// SnippetPlace is where XML to paste goes: `after step "Issue", apiproxy/proxies/default.xml:7`, with the bundle where that is not
// the finding's own. The text is not sanitised.
func SnippetPlace(s *finding.Snippet, f *finding.Finding, wd string) string {
	h := finding.Hop{Kind: s.Kind, Name: s.Name, Source: s.Source, Place: finding.Place{File: s.File}}
	bundle, at := HopPlace(h, f, wd)
	if s.Line > 0 {
		at = fmt.Sprintf("%s:%d", at, s.Line)
	}
	if bundle != "" {
		at = bundle + ", " + at
	}
	return s.Where + ", " + at
}

// SnippetText is XML to paste with spaces for tabs, which not every reader shows alike.
func SnippetText(s *finding.Snippet) string { return strings.ReplaceAll(string(s.XML), "\t", "    ") }
