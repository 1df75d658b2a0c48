package report

import (
	"slices"
	"testing"

	"apigee-audit/audit/finding"
)

func TestElsewhere(t *testing.T) {
	f := finding.Finding{Source: "src", Deployments: []finding.Deployed{
		{Environment: "local", Source: "src"}, {Environment: "local", Revision: "3", Source: "a.zip"},
		{Environment: "prod", Revision: "3", Source: "a.zip"}, {Environment: "local", Source: "target"}, {Environment: "prod"},
	}}
	if got, want := Elsewhere(&f), []string{"a.zip", "target"}; !slices.Equal(got, want) {
		t.Errorf("elsewhere %q, want %q", got, want)
	}
}

func TestRevisionsAreNumbers(t *testing.T) {
	got := Revisions([]finding.Deployed{{Revision: "9"}, {Revision: "12"}, {Revision: "100"}, {Revision: "12"}})
	if !slices.Equal(got, []string{"100", "12", "9"}) {
		t.Errorf("revisions %v", got)
	}
}
