package report

import (
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

func TestConsoleURL(t *testing.T) {
	const google, edge = "https://apigee.googleapis.com", "https://api.enterprise.apigee.com"
	x := func(name, endpoint string) Organization {
		return Organization{Name: name, Platform: apigee.PlatformX, Endpoint: endpoint}
	}
	for what, tt := range map[string]struct {
		org     Organization
		kind    apigee.Kind
		name    string
		at      []finding.Deployed
		wantURL string
	}{
		"a proxy":                     {org: x("acme-prod", google), name: "login", wantURL: "https://console.cloud.google.com/apigee/proxies/login/develop/12?project=acme-prod"},
		"a shared flow":               {org: x("acme-prod", google), kind: apigee.KindSharedFlow, name: "guard", wantURL: "https://console.cloud.google.com/apigee/sharedflows/guard/develop/12?project=acme-prod"},
		"a project of a domain":       {org: x("example.com:acme", google), name: "v1.login_2", wantURL: "https://console.cloud.google.com/apigee/proxies/v1.login_2/develop/12?project=example.com%3Aacme"},
		"Edge":                        {org: Organization{Name: "acme", Platform: apigee.PlatformEdge, Endpoint: edge}, name: "login", wantURL: "https://apigee.com/platform/acme/proxies/login/overview/12"},
		"a shared flow on Edge":       {org: Organization{Name: "acme", Platform: apigee.PlatformEdge, Endpoint: edge}, kind: apigee.KindSharedFlow, name: "guard"},
		"somebody else's server":      {org: x("acme", "http://127.0.0.1:8080"), name: "login"},
		"unknown who answered":        {org: x("acme", ""), name: "login"},
		"data residency":              {org: x("acme", "https://eu-apigee.googleapis.com"), name: "login"},
		"the other platform's server": {org: x("acme", edge), name: "login"},
		"from disk":                   {org: Organization{Platform: apigee.PlatformX, Offline: true, Endpoint: google}, name: "login"},
		"parent folder":               {org: x("acme", google), name: ".."},
		"markup":                      {org: x("acme", google), name: `a"b`},
		"made harmless":               {org: x("acme", google), name: `a\u202eb`},
		"of an unknown organization":  {org: x("other", google), name: "login"},
		"only the change has it":      {org: x("acme", google), name: "login", at: []finding.Deployed{{Environment: "prod", Source: "./login"}}},
		"the change and the newest": {org: x("acme", google), name: "login", wantURL: "https://console.cloud.google.com/apigee/proxies/login/develop/10?project=acme",
			at: []finding.Deployed{{Environment: "dev", Source: "./login"}, {Environment: "prod", Revision: "9"}, {Environment: "test", Revision: "10"}}},
	} {
		f := finding.Finding{Organization: tt.org.Name, Kind: tt.kind, Name: tt.name, Deployments: tt.at}
		if tt.kind == "" {
			f.Kind = apigee.KindProxy
		}
		if tt.at == nil {
			f.Deployments = []finding.Deployed{{Environment: "prod", Revision: "12"}}
		}
		if what == "of an unknown organization" {
			f.Organization = "acme"
		}
		d := &Document{Organizations: []Organization{tt.org}}
		if got := d.ConsoleURL(&f); got != tt.wantURL {
			t.Errorf("%s: %q, want %q", what, got, tt.wantURL)
		}
	}
}

func TestByOrganizationCountsWhatTheSummaryCounts(t *testing.T) {
	d := &Document{
		Organizations: []Organization{{Name: "a"}, {Name: "clean"}},
		Findings: []finding.Finding{
			{Organization: "a", Severity: finding.High}, {Organization: "a", Severity: finding.Low, Status: finding.StatusKnown, Fingerprint: "1"},
			{Organization: "b", Severity: finding.Info}, {Organization: "b", Severity: finding.High, Status: finding.StatusSuppressed, Fingerprint: "1"},
		},
		Problems: []apigee.Problem{{Organization: "a"}, {Organization: "b"}, {}},
	}
	d.Normalize()
	var sum Summary
	all := d.ByOrganization()
	for _, s := range all {
		sum.New, sum.Known, sum.Suppressed, sum.Problems = sum.New+s.New, sum.Known+s.Known, sum.Suppressed+s.Suppressed, sum.Problems+s.Problems
		sum.Findings.Total, sum.Findings.High = sum.Findings.Total+s.Findings.Total, sum.Findings.High+s.Findings.High
		sum.Findings.Low, sum.Findings.Info = sum.Findings.Low+s.Findings.Low, sum.Findings.Info+s.Findings.Info
	}
	sum.Notices, sum.NotShown = d.Summary.Notices, d.Summary.NotShown
	if len(all) != 4 || all["clean"].Findings.Total != 0 || all["b"].Suppressed != 1 || sum.Findings != d.Summary.Findings ||
		sum.New != d.Summary.New || sum.Known != d.Summary.Known || sum.Suppressed != d.Summary.Suppressed || sum.Problems != d.Summary.Problems {
		t.Errorf("%d organizations sum up to %+v, want %+v", len(all), sum, d.Summary)
	}
}
