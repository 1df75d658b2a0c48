package report

import (
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// comparedDocument is an audit with a baseline and suppressions, one of them for some environments only.
func comparedDocument() *Document {
	accepted, open := neverRefreshed(), neverRefreshed()
	accepted.Status, accepted.Deployments = audit.StatusSuppressed, accepted.Deployments[:1]
	accepted.Suppression = &audit.Suppression{Reason: "the test clients move to PKCE, " + hostile, Expires: "2027-01-31", Source: audit.FromConfiguration}
	open.Deployments, open.Status = open.Deployments[1:], audit.StatusKnown
	commented, fresh, fixed, elsewhere := suppressedFinding(), inAnotherProxy(), inAnotherProxy(), hostileFinding()
	commented.Suppression = &audit.Suppression{Reason: "served by session", Source: audit.FromPolicy}
	fresh.Status, fresh.Fingerprint = audit.StatusNew, "cccccccccccccccc"
	fixed.Name, fixed.Fingerprint = "=gone", "dddddddddddddddd"
	start := time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)
	d := New(testTool(), []*audit.Result{{
		Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"dev", "prod", "test"}},
		StartedAt:    start, FinishedAt: start.Add(time.Minute), Deployments: 3, Revisions: 3, Audited: 3,
		Findings: []audit.Finding{commented, fresh, accepted, open},
		Notices:  []apigee.Problem{{Organization: "acme", Operation: "suppress findings", Error: `suppression 3 (RT201, proxy "pay") matched no finding and can be removed`}},
		Inventory: []audit.Evidence{
			{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "login", Revision: "12"},
			{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "pay", Revision: "3"},
		},
	}})
	d.Rules = []string{"RT104", "RT101", "RT106"}
	d.Baseline = &Baseline{StartedAt: start.AddDate(0, -1, 0)}
	d.Fixed, d.NotLookedAt = []audit.Finding{fixed}, []audit.Finding{elsewhere}
	d.Normalize()
	return d
}

func TestGoldenFormats(t *testing.T) {
	for name, d := range documents() {
		o := Options{Rules: testRules()}
		golden(t, name+".csv", write(t, "csv", d, o))
		golden(t, name+".junit.xml", write(t, "junit", d, o))
		golden(t, name+".md", write(t, "markdown", d, o))
	}
}
