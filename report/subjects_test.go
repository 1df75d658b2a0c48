package report

import (
	"slices"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

func TestSubjects(t *testing.T) {
	unnamed := apigee.Problem{Operation: "merge reports", Error: "a share is missing"}
	for name, tt := range map[string]struct {
		document        Document
		subjects, parts []string
	}{
		"nothing":           {Document{}, nil, []string{""}},
		"bundles from disk": {Document{Organizations: []Organization{{Offline: true}}}, []string{""}, []string{""}},
		"whatever names one": {
			Document{
				Organizations: []Organization{{Name: "d"}}, Findings: []finding.Finding{{Organization: "b"}, {Organization: "d"}},
				Problems: []apigee.Problem{{Organization: "c"}}, Notices: []apigee.Problem{{Organization: "e"}},
				Inventory: []finding.Evidence{{Organization: "a"}},
			},
			[]string{"a", "b", "c", "d", "e"}, []string{"a", "b", "c", "d", "e"},
		},
		"the report as a whole": {
			Document{Organizations: []Organization{{Name: "a"}}, Problems: []apigee.Problem{unnamed}}, []string{"a"}, []string{"a", ""},
		},
		"what was not looked at": {Document{Organizations: []Organization{{Name: "a"}}, NotLookedAt: []finding.Finding{{Organization: "b"}}}, []string{"a"}, []string{"a"}},
	} {
		names := func(all []Organization) (out []string) {
			for _, o := range all {
				out = append(out, o.Name)
			}
			return out
		}
		if got := names(tt.document.Subjects()); !slices.Equal(got, tt.subjects) {
			t.Errorf("%s: subjects are %q, want %q", name, got, tt.subjects)
		}
		if got := names(tt.document.Parts()); !slices.Equal(got, tt.parts) {
			t.Errorf("%s: parts are %q, want %q", name, got, tt.parts)
		}
	}
}
