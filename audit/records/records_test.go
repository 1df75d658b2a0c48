package records

import (
	"slices"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/flow"
)

func TestEvidenceNeedsASource(t *testing.T) {
	_, problems := Read(t.Context(), nil, &flow.Facts{}, Options{Reach: true}, 1, time.Now())
	if len(problems) != 1 || !strings.Contains(problems[0].Error, "live organization") {
		t.Errorf("problems %+v", problems)
	}
	if rec, problems := Read(t.Context(), nil, &flow.Facts{}, Options{}, 1, time.Now()); rec != nil || problems != nil {
		t.Error("something is read that nobody asked for")
	}
}

func TestJoinProblems(t *testing.T) {
	in := []apigee.Problem{
		{Environment: "b", Operation: "x", Error: "e"}, {Environment: "a", Operation: "x", Error: "e"}, {Environment: "a", Operation: "x", Error: "e"},
		{Environment: "c", Operation: "x", Error: "other"}, {Operation: "y", Error: "e"},
	}
	var got []string
	for _, p := range joinProblems(in) {
		got = append(got, p.Environment+"/"+p.Operation+"/"+p.Error)
	}
	if want := []string{"/y/e", "a, b/x/e", "c/x/other"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
