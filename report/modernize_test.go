package report

import (
	"testing"

	"apigee-audit/audit/finding"
)

func TestReportsOfOlderVersionsAreModernized(t *testing.T) {
	for anchor, want := range map[string]string{
		"OAuthV2[Issue]": "Issue", "OAuthV2[Issue]/ExpiresIn": "Issue",
		"OAuthV2[OA-Logout]/Tokens/Token[refreshtoken]/cascade": "OA-Logout",
		"OAuthV2[a]b]/Attributes/Attribute[x]":                  "a]b",
		"OAuthV2[a]b]":                                          "a]b",
		"OAuthV2[]":                                             "", "OAuthV2[x": "", "OAuthV2": "", "": "",
	} {
		d := &Document{Findings: []finding.Finding{{Anchor: anchor}}, Fixed: []finding.Finding{{Anchor: anchor, Policy: "said"}}}
		d.modernize()
		if got := d.Findings[0].Policy; got != want {
			t.Errorf("policy of %q is %q, want %q", anchor, got, want)
		}
		if got := d.Fixed[0].Policy; got != "said" {
			t.Errorf("the policy that the report names became %q", got)
		}
	}
	d := &Document{Findings: []finding.Finding{
		{RuleID: "RT104", Related: []finding.Hop{{Label: "the dead one"}, {Label: "another"}}},
		{RuleID: "RT106", Related: []finding.Hop{{Label: "a live one"}}},
		{RuleID: "RT104", Related: []finding.Hop{{What: "OAuthV2", Label: "of a report that would say so"}}},
	}}
	d.modernize()
	for i, want := range []bool{true, false, false} {
		if got := d.Findings[i].Related[0].Dead; got != want {
			t.Errorf("%s: dead is %t", d.Findings[i].Related[0].Label, got)
		}
	}
}
