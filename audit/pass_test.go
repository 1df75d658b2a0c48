package audit

import (
	"testing"

	"apigee-audit/apigee"
)

// TestWholeOrganizationIsNotKnownOffline: what is said of everything deployed is less sure where only bundles were scanned.
func TestWholeOrganizationIsNotKnownOffline(t *testing.T) {
	for _, offline := range []bool{false, true} {
		p := Pass{rule: &EngineRule{Rule: Rule{Confidence: HighConfidence, NeedsWhole: true}}, Facts: &Facts{Organization: apigee.Organization{Offline: offline}}}
		p.Report(Diagnostic{Policy: &Policy{}})
		want := HighConfidence
		if offline {
			want = MediumConfidence
		}
		if got := p.found[0].Confidence; got != want {
			t.Errorf("offline %v: %v, want %v", offline, got, want)
		}
	}
}
