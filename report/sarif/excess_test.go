package sarif

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

func TestSARIFExcess(t *testing.T) {
	results := func(n int) *report.Document { return &report.Document{Findings: make([]finding.Finding, n)} }
	organizations := &report.Document{}
	for i := range githubRuns + 1 {
		organizations.Organizations = append(organizations.Organizations, report.Organization{Name: fmt.Sprint(i)})
	}
	noise := make([]byte, githubCompressed+1)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		d     *report.Document
		sarif []byte
		want  string
	}{
		"at the limit":       {results(githubShown), nil, ""},
		"too many to keep":   {results(githubShown + 1), nil, "keeps the 5000 most severe"},
		"too many to take":   {results(githubResults + 1), nil, "refuses more than 25000"},
		"too many runs":      {organizations, nil, "21 runs"},
		"large":              {results(1), make([]byte, 2*githubCompressed), ""},
		"large, and no less": {results(1), noise, "10.0 MB compressed"},
	} {
		got := strings.Join(Excess(tt.d, tt.sarif), "\n")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
