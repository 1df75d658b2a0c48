package report

import (
	"fmt"
	"path"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// DefaultPath is the layout of the management API, without the revision: a redeploy must not move a finding.
const DefaultPath = "{kind}/{name}/{file}"

// severalPath is the same for reports of several organizations, whose proxies often have the same names.
const severalPath = "{organization}/" + DefaultPath

// Paths says under which path readers look for the files of bundles. Paths are always relative and never contain "..": GitHub
// refuses a whole upload for one absolute path outside the checkout.
type Paths struct {
	template string
	several  bool // the template is the default one, and the report is about several organizations
	wd       string
	sources  map[sourceKey]string
	orgs     map[string]Organization
}

type sourceKey struct {
	organization string
	apigee.Ref
}

// NewPaths prepares the paths of a report.
func NewPaths(d *Document, o Options) (*Paths, error) {
	p := &Paths{template: o.SARIFPath, wd: o.WorkingDirectory, sources: map[sourceKey]string{}, orgs: map[string]Organization{}}
	for _, org := range d.Subjects() {
		p.orgs[org.Name] = org
	}
	if p.template == "" || p.template == DefaultPath {
		p.template, p.several = DefaultPath, d.named() > 1
	}
	if err := CheckPath(p.template); err != nil {
		return nil, err
	}
	// Hops and problems may lie in another bundle than their finding; where that one has findings too, its place is known.
	for _, f := range d.Findings {
		if f.Source != "" {
			p.sources[sourceKey{f.Organization, apigee.Ref{Kind: f.Kind, Name: f.Name}}] = f.Source
		}
	}
	return p, nil
}

// BeginWithOrganization reports whether the default paths begin with the organization.
func (p *Paths) BeginWithOrganization() bool { return p.several }

// named is the number of organizations that the report is about; bundles from disk are in none.
func (d *Document) named() int {
	n := 0
	for _, o := range d.Subjects() {
		if o.Name != "" {
			n++
		}
	}
	return n
}

// CheckPath reports whether a path template can be used: its placeholders are {organization}, {kind}, {name} and
// {file}, and {file} must be there, or all findings of a bundle would point at one path.
func CheckPath(template string) error {
	rest := strings.NewReplacer("{organization}", "", "{kind}", "", "{name}", "", "{file}", "").Replace(template)
	switch {
	case strings.ContainsAny(rest, "{}"):
		return fmt.Errorf("the SARIF path %q has an unknown placeholder: use {organization}, {kind}, {name} and {file}", template)
	case !strings.Contains(template, "{file}"):
		return fmt.Errorf("the SARIF path %q lacks {file}, as in %q", template, DefaultPath)
	}
	return nil
}

// FilePath is a relative path, segment by segment: names from an organization may hold a slash.
type FilePath []string

// String is the path as readers of plain text take it.
func (p FilePath) String() string {
	var safe []string
	for _, s := range p {
		safe = append(safe, strings.ReplaceAll(s, "/", "%2F"))
	}
	return strings.Join(safe, "/")
}

// File is where a file of a bundle is: on disk for local scans, else a path of the organization made from the template.
// Bundles outside the working directory get the template too. deployed reports whether the path is one of the organization,
// and not of what somebody gave.
func (p *Paths) File(org Organization, source string, kind apigee.Kind, name, file string) (at FilePath, deployed bool) {
	if file == "" {
		file = kind.Root() + "/" + name + ".xml"
	}
	if source == "" && org.Offline { // in an organization, only the revision of a change lies there
		source = p.sources[sourceKey{org.Name, apigee.Ref{Kind: kind, Name: name}}]
	}
	if dir, ok := Within(p.wd, source); ok {
		return split(path.Join(dir, file)), false
	}
	template := p.template
	if p.several && org.Name != "" {
		template = severalPath
	}
	return expand(template, map[string]string{"{organization}": org.Name, "{kind}": string(kind), "{name}": name}, file), source == ""
}

// Finding is the path of the file that a finding points at.
func (p *Paths) Finding(f *finding.Finding) string {
	at, _ := p.File(p.orgs[f.Organization], f.Source, f.Kind, f.Name, f.File)
	return at.String()
}

// Problem is the path of the file that a problem is about, "" where it is about none.
func (p *Paths) Problem(about apigee.Problem) string {
	if about.File == "" {
		return ""
	}
	return p.Bundle(about)
}

// Bundle is the path of the file that a problem with a bundle is about, where it is about none that of the bundle's own
// description.
func (p *Paths) Bundle(about apigee.Problem) string {
	at, _ := p.File(p.orgs[about.Organization], about.Source, about.Kind, about.Name, about.File)
	return at.String()
}

// expand fills a template segment by segment. Values are not looked through for placeholders again; only the file has
// segments of its own.
func expand(template string, names map[string]string, file string) FilePath {
	var out FilePath
	for _, segment := range split(template) {
		var parts FilePath
		last := ""
		for rest := segment; rest != ""; {
			before, after, found := strings.Cut(rest, "{")
			last += before
			if !found {
				break
			}
			placeholder, tail, _ := strings.Cut(after, "}")
			rest = tail
			if placeholder != "file" {
				last += single(names["{"+placeholder+"}"])
				continue
			}
			inside := split(file)
			if len(inside) == 0 {
				continue
			}
			inside[0] = last + inside[0]
			parts, last = append(parts, inside[:len(inside)-1]...), inside[len(inside)-1]
		}
		out = append(out, append(parts, last)...)
	}
	return out
}

// single makes a name a single path segment that is neither dropped nor resolved as "..".
func single(name string) string {
	if strings.Trim(name, ".") == "" {
		return "_"
	}
	return name
}

// split takes out empty segments and segments of dots, because readers resolve them, encoded or not.
func split(p string) FilePath {
	var segments FilePath
	for s := range strings.SplitSeq(p, "/") {
		if strings.Trim(s, ".") != "" {
			segments = append(segments, s)
		}
	}
	return segments
}
