package sarif

import (
	"fmt"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/report"
)

// organizationBase is the key of the organization's address in originalUriBaseIds.
const organizationBase = "APIGEE_ORG"

// artifact is where a file of a bundle is, see [report.Paths.File].
func artifact(paths *report.Paths, org report.Organization, source string, kind apigee.Kind, name, file string) sarifArtifact {
	at, deployed := paths.File(org, source, kind, name, file)
	a := sarifArtifact{URI: uri(at)}
	if deployed && organizationURL(org) != "" {
		a.URIBaseID = organizationBase
	}
	return a
}

// uri percent-encodes a path into a relative URI (RFC 3986 section 3.3).
func uri(p report.FilePath) string {
	var segments []string
	for _, s := range p {
		segments = append(segments, encodeSegment(s))
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

// base is what the paths of an organization are relative to, nil for bundles from disk.
func base(paths *report.Paths, o report.Organization) map[string]sarifArtifact {
	at, what := organizationURL(o), "The organization in the management API."
	if at == "" {
		return nil
	}
	if paths.BeginWithOrganization() {
		at, what = strings.TrimSuffix(at, encodeSegment(o.Name)+"/"), "The organizations in the management API."
	}
	return map[string]sarifArtifact{organizationBase: {URI: at, Description: &sarifMessage{what}}}
}

// organizationURL is the organization in the management API with a slash at its end (SARIF section 3.14.14); "" where
// the bundles come from disk or the organization has no name.
func organizationURL(o report.Organization) string {
	if o.Name == "" || o.Offline {
		return ""
	}
	return o.Platform.Traits().DefaultEndpoint + "/v1/organizations/" + encodeSegment(o.Name) + "/"
}
