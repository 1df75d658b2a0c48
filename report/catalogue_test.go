package report_test

import (
	"fmt"
	"slices"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func TestMergeJoinsCatalogues(t *testing.T) {
	one, two := reporttest.Single(), reporttest.CleanBill()
	two.Organizations[0].Name = "beta"
	two.Inventory = nil
	one.Catalogue = report.Describe([]*finding.Rule{{ID: "RT104", Name: "first"}, {ID: "RT101"}})
	two.Catalogue = report.Describe([]*finding.Rule{{ID: "RT104", Name: "second"}, {ID: "RT102"}})
	merged, err := report.Merge(reporttest.Tool(), []report.Stored{{"one.json", one}, {"two.json", two}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range merged.Catalogue {
		got = append(got, fmt.Sprint(r.ID, " ", r.Name))
	}
	if want := []string{"RT101 ", "RT102 ", "RT104 first"}; !slices.Equal(got, want) {
		t.Errorf("the merged catalogue is %q, want %q", got, want)
	}
}
