package report_test

import (
	"slices"
	"testing"

	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func TestFindingsAreRankedByCalls(t *testing.T) {
	var names []string
	for _, f := range reporttest.WithTraffic().Findings {
		names = append(names, f.Name)
	}
	if want := []string{"z-busy", "b-unknown", "c-silent", "a-unused"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

func TestMergeKeepsStoredTokens(t *testing.T) {
	other := reporttest.WithTraffic()
	other.Organizations[0].Name, other.StoredTokens[0].Organization = "beta", "beta"
	for i := range other.Findings {
		other.Findings[i].Organization = "beta"
	}
	m, err := report.Merge(reporttest.Tool(), []report.Stored{{"a.json", reporttest.WithTraffic()}, {"b.json", other}})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.StoredTokens) != 2 || m.StoredTokens[0].Organization != "acme" || m.StoredTokens[1].Organization != "beta" {
		t.Errorf("stored tokens of %d organizations", len(m.StoredTokens))
	}
}
