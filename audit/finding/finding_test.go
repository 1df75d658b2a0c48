package finding

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
)

// Each finding comes before the next one for the reason that its message names.
func TestCompareFindings(t *testing.T) {
	place := func(file string, line int) Place { return Place{File: file, Line: line, Column: 1} }
	called := func(n int64) *Traffic { return &Traffic{ProxyCalls: n, Calls: Calls{Calls: n}} }
	want := []Finding{
		{Message: "severity", Severity: High, Organization: "z"},
		{Message: "traffic", Severity: Low, Traffic: called(5), Organization: "z"},
		{Message: "traffic unknown", Severity: Low, Organization: "a", Name: "z"},
		{Message: "organization", Severity: Low, Organization: "b", Kind: apigee.KindProxy, Name: "z"},
		{Message: "kind", Severity: Low, Organization: "b", Kind: apigee.KindSharedFlow, Name: "a", Place: place("z", 1), Source: "z"},
		{Message: "name", Severity: Low, Organization: "b", Kind: apigee.KindSharedFlow, Name: "b", Place: place("a", 9), Source: "z"},
		{Message: "line", Severity: Low, Organization: "b", Kind: apigee.KindSharedFlow, Name: "b", Place: place("a", 10), RuleID: "RT101", Source: "z"},
		{Message: "rule before source", Severity: Low, Organization: "b", Kind: apigee.KindSharedFlow, Name: "b", Place: place("a", 10), RuleID: "RT102", Source: "a"},
		{Message: "counts", Severity: Low, Organization: "b", Kind: apigee.KindSharedFlow, Name: "b", Place: place("a", 10), RuleID: "RT102", Source: "b", Status: StatusKnown, Fingerprint: "z"},
		{Message: "is suppressed", Severity: Low, Organization: "b", Kind: apigee.KindSharedFlow, Name: "b", Place: place("a", 10), RuleID: "RT102", Source: "b", Status: StatusSuppressed, Fingerprint: "a"},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, Compare)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
