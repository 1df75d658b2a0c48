package report

import (
	"net/url"
	"regexp"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// linkable are names that a console's addresses hold as they are. Others may be what is left of a name that was made harmless, and
// would lead elsewhere.
var linkable = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._:-]*$`)

// ConsoleURL is where people look at a finding's newest revision in the console of its platform. It is "" unless the organization is
// known to be at Google's own address: what another server says may be a copy, and the console would show something else or nothing.
// It is "" for organizations with data residency too: some of them have a console of their own, and which do is not known.
func (d *Document) ConsoleURL(f *finding.Finding) string {
	org := d.organization(f.Organization)
	if org == nil || org.Offline || org.Endpoint == "" || org.Endpoint != org.Platform.Traits().DefaultEndpoint {
		return ""
	}
	for _, revision := range Revisions(f.Deployments) {
		for _, at := range f.Deployments {
			if at.Revision == revision && at.Source == "" {
				return consoleURL(org, f.Kind, f.Name, revision)
			}
		}
	}
	return ""
}

// consoleURL knows the forms of addresses, none of which is documented.
//
//   - Apigee X and hybrid, where an organization has the name of its project: the form is that of links that other tools make,
//     such as github.com/apigee/registry (which ends in "overview", of no revision) and linters that link to revisions. That of shared
//     flows is made alike; only its beginning, the list, is linked to elsewhere.
//   - Edge for Public Cloud: the form is that of deploy scripts in public repositories. None of them links to shared flows.
func consoleURL(org *Organization, kind apigee.Kind, name, revision string) string {
	for _, s := range []string{org.Name, name, revision} {
		if !linkable.MatchString(s) {
			return ""
		}
	}
	folder := "proxies"
	if kind == apigee.KindSharedFlow {
		folder = "sharedflows"
	}
	switch {
	case org.Platform == apigee.PlatformX:
		return "https://console.cloud.google.com/apigee/" + folder + "/" + url.PathEscape(name) + "/develop/" + url.PathEscape(revision) +
			"?project=" + url.QueryEscape(org.Name)
	case org.Platform == apigee.PlatformEdge && kind == apigee.KindProxy:
		return "https://apigee.com/platform/" + url.PathEscape(org.Name) + "/proxies/" + url.PathEscape(name) + "/overview/" + url.PathEscape(revision)
	}
	return ""
}
