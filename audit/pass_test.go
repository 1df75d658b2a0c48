package audit

import (
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// TestWholeOrganizationIsNotKnownOffline: what is said of everything deployed is less sure where only bundles were scanned.
func TestWholeOrganizationIsNotKnownOffline(t *testing.T) {
	for _, offline := range []bool{false, true} {
		p := Pass{rule: &Rule{Rule: finding.Rule{Confidence: finding.HighConfidence, NeedsWhole: true}}, Facts: &flow.Facts{Organization: apigee.Organization{Offline: offline}}}
		p.Report(Diagnostic{Policy: &flow.Policy{Definition: &flow.Definition{}, Program: &flow.Program{}}})
		want := finding.HighConfidence
		if offline {
			want = finding.MediumConfidence
		}
		if got := p.found[0].Confidence; got != want {
			t.Errorf("offline %v: %v, want %v", offline, got, want)
		}
	}
}

// TestTheSurestAndNewestSpeaks: what is said of the same thing again and again is one finding with all deployments, whichever comes first.
func TestTheSurestAndNewestSpeaks(t *testing.T) {
	say := func(revision, environment string, c finding.Confidence) Diagnostic {
		u := &flow.Program{Revision: apigee.Revision{Kind: apigee.KindProxy, Name: "p", Number: revision}}
		return Diagnostic{
			Policy: &flow.Policy{Definition: &flow.Definition{Name: "Issue", Type: "OAuthV2", File: "Issue.xml"}, Program: u}, Confidence: c,
			Deployments: []finding.Deployed{{Environment: environment, Revision: revision}}, Message: Say("%s in %s", revision, environment),
		}
	}
	said := []Diagnostic{
		say("3", "a", finding.MediumConfidence), say("1", "b", finding.HighConfidence), say("2", "c", finding.HighConfidence), say("2", "d", finding.HighConfidence),
	}
	for first := range said {
		p := Pass{rule: &Rule{Rule: finding.Rule{ID: "RT999"}}, Facts: &flow.Facts{}}
		for i := range said {
			p.Report(said[(first+i)%len(said)])
		}
		want := "2 in c"
		if first == 3 {
			want = "2 in d"
		}
		got := merge(apigee.Organization{}, p.found)
		if len(got) != 1 || got[0].Message != want || len(got[0].Deployments) != len(said) || got[0].Deployments[3].Environment != "d" {
			t.Errorf("from %d on: %+v, want %q with %d deployments", first, got, want, len(said))
		}
	}
}
