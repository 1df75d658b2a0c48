package report_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// TestMergeDecidesOnSuppressions: a share claims nothing, and all of them together know.
func TestMergeDecidesOnSuppressions(t *testing.T) {
	part := func(index, of int, state finding.SuppressionState) report.Stored {
		d := reporttest.WholeReport()
		d.Organizations[0].Name = string(rune('a' + index))
		if of > 1 {
			d.Shard = &report.Shard{index, of}
		}
		if state != "" {
			u := finding.SuppressionUse{Label: "suppression 1 (RT101)", RuleID: "RT101", State: state}
			if state == finding.SuppressionUnmatched {
				u.Organization = d.Organizations[0].Name
			}
			d.Suppressions = []finding.SuppressionUse{u}
		}
		d.NoteUnused()
		d.Normalize()
		return report.Stored{d.Organizations[0].Name + ".json", d}
	}
	const unmatched, matched, unknown, elsewhere = finding.SuppressionUnmatched, finding.SuppressionMatched, finding.SuppressionUnknown, finding.SuppressionElsewhere
	if n := len(part(1, 2, unmatched).Notices); n > 0 {
		t.Errorf("a share makes %d claims", n)
	}
	for name, tt := range map[string]struct {
		parts []report.Stored
		want  string
	}{
		"in no share":                                  {[]report.Stored{part(1, 2, unmatched), part(2, 2, unmatched)}, "b: suppression 1 (RT101) matched no finding and can be removed"},
		"about one share only":                         {[]report.Stored{part(1, 2, elsewhere), part(2, 2, unmatched)}, "c: suppression 1 (RT101) matched no finding and can be removed"},
		"about no share":                               {[]report.Stored{part(1, 2, elsewhere), part(2, 2, elsewhere)}, ""},
		"in another share":                             {[]report.Stored{part(1, 2, unmatched), part(2, 2, matched)}, ""},
		"a share does not know":                        {[]report.Stored{part(1, 2, unmatched), part(2, 2, unknown)}, ""},
		"a share is missing":                           {[]report.Stored{part(1, 2, unmatched)}, ""},
		"a share does not say":                         {[]report.Stored{part(1, 2, unmatched), part(2, 2, "")}, ""},
		"one that claims, alone":                       {[]report.Stored{part(0, 1, unmatched)}, "a: suppression 1 (RT101) matched no finding and can be removed"},
		"one that claims, and another that it matches": {[]report.Stored{part(0, 1, unmatched), part(1, 1, matched)}, ""},
	} {
		m, err := report.Merge(reporttest.Tool(), tt.parts)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // what is merged already is merged again
			var claims []string
			for _, n := range m.Notices {
				if n.Operation == "suppress findings" {
					claims = append(claims, n.Organization+": "+n.Error)
				}
			}
			if diff := cmp.Diff(tt.want, strings.Join(claims, "; ")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			if m, err = report.Merge(reporttest.Tool(), []report.Stored{{"merged.json", m}}); err != nil {
				t.Fatal(err)
			}
		}
	}
}
