package audit

import (
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// TestFindingsCountWhatCouldNotBeRead: many things that one problem is about are as many that may hold the refresh flow.
func TestFindingsCountWhatCouldNotBeRead(t *testing.T) {
	alike := apigee.Problem{Operation: "download bundle", Subjects: []apigee.Subject{{Name: "a"}, {Name: "b"}, {Name: "c"}}}
	for _, tt := range []struct {
		unread     []apigee.Problem
		needsWhole bool
		want       string
	}{
		{nil, true, ""},
		{[]apigee.Problem{{Name: "a"}}, true, "1 part of the organization could not be read"},
		{[]apigee.Problem{alike, {Name: "d"}}, true, "4 parts of the organization could not be read"},
		{[]apigee.Problem{alike}, false, ""},
	} {
		p := &Pass{Facts: &flow.Facts{Unread: tt.unread}, rule: &Rule{Rule: finding.Rule{NeedsWhole: tt.needsWhole, Confidence: finding.HighConfidence}}}
		p.Report(Diagnostic{Policy: &flow.Policy{Definition: &flow.Definition{}, Program: &flow.Program{}}, Span: xmltree.Span{Line: 1}, Message: Say("Nothing refreshes it.")})
		got := p.found[0]
		if !strings.Contains(got.Message.Named, tt.want) || (tt.want == "") != (got.Message.Named == "Nothing refreshes it.") || (tt.want == "") != (got.Confidence == finding.HighConfidence) {
			t.Errorf("%q, confidence %v, want %q", got.Message.Named, got.Confidence, tt.want)
		}
	}
}
