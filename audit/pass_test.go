package audit

import (
	"strings"
	"testing"

	"apigee-audit/apigee"
)

// TestWholeOrganizationIsNotKnownOffline: what is said of everything deployed is less sure where only bundles were scanned.
func TestWholeOrganizationIsNotKnownOffline(t *testing.T) {
	for _, offline := range []bool{false, true} {
		p := Pass{rule: &Rule{Confidence: HighConfidence, NeedsWhole: true}, Facts: &Facts{Organization: apigee.Organization{Offline: offline}}}
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

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"a": `"a"`, "a b": `"a" and "b"`, "a b c": `"a", "b" and "c"`,
		"a b c d e":   `"a", "b", "c", "d" and "e"`, // "1 more" would be no shorter
		"a b c d e f": `"a", "b", "c", "d" and 2 more`,
	} {
		if got := Names(strings.Fields(in)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
