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
		p.Report(Diagnostic{Policy: &flow.Policy{Definition: &flow.Definition{}}})
		want := finding.HighConfidence
		if offline {
			want = finding.MediumConfidence
		}
		if got := p.found[0].Confidence; got != want {
			t.Errorf("offline %v: %v, want %v", offline, got, want)
		}
	}
}
