package records

import (
	"slices"
	"testing"

	"apigee-audit/audit/finding"

	"github.com/google/go-cmp/cmp"
)

func TestFamily(t *testing.T) {
	for path, want := range map[string]string{
		"/oauth/token": "oauth", "/v1/oauth/token": "oauth", "/oauth/v1": "oauth", "oauth": "oauth", "//oauth": "oauth", "/2024-01-01/v2/oauth": "oauth",
		"/v1": "", "/": "", "": "", "/*/oauth": "", "/v1/{tenant}/oauth": "",
	} {
		if got := family(path); got != want {
			t.Errorf("the family of %q is %q, want %q", path, got, want)
		}
	}
	if got := firstCommon(familyTies(families([]string{"/v1/a", "/b/x"})), families([]string{"/c", "/v2/b"})); got.Words != "both lie under /b" {
		t.Errorf("endpoints have %q in common, want b", got.Words)
	}
	if got := families([]string{"/*/a", "/v1", ""}); len(got) > 0 {
		t.Errorf("wildcards, versions and nothing are of families %q", got)
	}
}

func TestForeignHosts(t *testing.T) {
	known := hosts{"api.Example.com", "*.shop.example"}
	for host, want := range map[string]bool{
		"api.example.com": false, "a.shop.example": false, "": false, "localhost": false, "10.0.0.1": false, "gateway.internal": false, "mp.svc.cluster.local": false,
		"idp.example.com": true, "shop.example.org": true, "xapi.example.com": true,
	} {
		if got := known.foreign(host); got != want {
			t.Errorf("%q is foreign: %v, want %v", host, got, want)
		}
	}
	if hosts(nil).foreign("idp.example.com") {
		t.Error("without environment groups, any host may be the organization's")
	}
}

func TestTieKindsAreRanked(t *testing.T) {
	kinds := []finding.TieKind{"", finding.TieDedicated, finding.TieURL, finding.TiePath, finding.TieProduct, finding.TieCall}
	slices.SortFunc(kinds, finding.TieKind.Compare)
	if diff := cmp.Diff([]finding.TieKind{finding.TieProduct, finding.TieCall, finding.TieURL, finding.TiePath, finding.TieDedicated, ""}, kinds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
