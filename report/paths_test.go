package report_test

import (
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/report"
)

// Proxies of several organizations often have the same names, and readers distinguish them by their paths.
func TestPathsOfSeveralOrganizations(t *testing.T) {
	const file = "apiproxy/policies/Issue.xml"
	org := func(name string) report.Organization {
		return report.Organization{Name: name, Platform: apigee.PlatformX}
	}
	disk := report.Organization{Offline: true}
	for name, tt := range map[string]struct {
		orgs     []report.Organization
		of       report.Organization
		template string
		want     string
	}{
		"one":                          {[]report.Organization{org("acme")}, org("acme"), "", "apis/login/" + file},
		"two":                          {[]report.Organization{org("acme"), org("beta")}, org("beta"), "", "beta/apis/login/" + file},
		"two, the default by its name": {[]report.Organization{org("acme"), org("beta")}, org("beta"), report.DefaultPath, "beta/apis/login/" + file},
		"two, a template":              {[]report.Organization{org("acme"), org("beta")}, org("beta"), "gateway/{name}/{file}", "gateway/login/" + file},
		"one and bundles from disk":    {[]report.Organization{org("acme"), disk}, org("acme"), "", "apis/login/" + file},
		"two, bundles from disk":       {[]report.Organization{org("acme"), org("beta"), disk}, disk, "", "apis/login/" + file},
		"a name with a slash":          {[]report.Organization{org("a/b"), org("beta")}, org("a/b"), "", "a%2Fb/apis/login/" + file},
		"file first and more around":   {nil, org("acme"), "x{file}y/{name}", "xapiproxy/policies/Issue.xmly/login"},
	} {
		paths, err := report.NewPaths(&report.Document{Organizations: tt.orgs}, report.Options{SARIFPath: tt.template})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := paths.File(tt.of, "", apigee.KindProxy, "login", file); got.String() != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
