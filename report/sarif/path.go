package sarif

import (
	"fmt"
	"path"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/report"
)

// organizationBase is the key of the organization's address in originalUriBaseIds.
const organizationBase = "APIGEE_ORG"

// pathTemplate decides the paths in a SARIF report. They are always relative and never contain "..": GitHub refuses a
// whole upload for one absolute path outside the checkout.
type pathTemplate struct {
	template string
	wd       string
	sources  map[sourceKey]string
}

type sourceKey struct {
	organization string
	apigee.Ref
}

func newPathTemplate(d *report.Document, o report.Options) (*pathTemplate, error) {
	p := &pathTemplate{template: o.SARIFPath, wd: o.WorkingDirectory, sources: map[sourceKey]string{}}
	if p.template == "" {
		p.template = DefaultPath
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

// expand fills the template; values come encoded and are not looked through for placeholders again.
func expand(template, organization, kind, name, file string) string {
	return strings.NewReplacer("%7Borganization%7D", organization, "%7Bkind%7D", kind, "%7Bname%7D", name, "%7Bfile%7D", file).
		Replace(uriPath(template))
}

// artifact is where a file of a bundle is: on disk for local scans, else a path of the organization made from the
// template. Bundles outside the working directory get the template too.
func (p *pathTemplate) artifact(org report.Organization, source string, kind apigee.Kind, name, file string) sarifArtifact {
	if file == "" {
		file = kind.Root() + "/" + name + ".xml"
	}
	if source == "" && org.Offline { // in an organization, only the revision of a change lies there
		source = p.sources[sourceKey{org.Name, apigee.Ref{Kind: kind, Name: name}}]
	}
	if dir, ok := report.Within(p.wd, source); ok {
		return sarifArtifact{URI: uriPath(path.Join(dir, file))}
	}
	a := sarifArtifact{URI: expand(p.template, segment(org.Name), segment(string(kind)), segment(name), uriPath(file))}
	if source == "" && organizationURL(org) != "" {
		a.URIBaseID = organizationBase
	}
	return a
}

// segment makes a name a single path segment that is neither dropped nor resolved as "..".
func segment(name string) string {
	if strings.Trim(name, ".") == "" {
		return "_"
	}
	return encodeSegment(name)
}

// uriPath percent-encodes a slash-separated path into a relative URI (RFC 3986 section 3.3). Empty segments and segments
// of dots are taken out first, because readers resolve them, encoded or not.
func uriPath(p string) string {
	var segments []string
	for s := range strings.SplitSeq(p, "/") {
		if strings.Trim(s, ".") != "" {
			segments = append(segments, encodeSegment(s))
		}
	}
	return strings.Join(segments, "/")
}

// encodeSegment leaves only RFC 3986's unreserved characters; a colon in a first segment would read as a scheme.
func encodeSegment(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// organizationURL is the organization in the management API with a slash at its end (SARIF section 3.14.14); "" where
// the bundles come from disk or the organization has no name.
func organizationURL(o report.Organization) string {
	if o.Name == "" || o.Offline {
		return ""
	}
	return o.Platform.Traits().DefaultEndpoint + "/v1/organizations/" + encodeSegment(o.Name) + "/"
}
