package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// withEdges is the small report with the edges of its findings.
func withEdges() *report.Document {
	d := reporttest.Single()
	session := finding.Endpoint{Kind: apigee.KindProxy, Name: "session"}
	pay := finding.Endpoint{Kind: apigee.KindProxy, Name: "pay"}
	for _, env := range []string{"dev", "prod", "test"} {
		d.Edges = append(d.Edges, finding.Edge{
			Organization: "acme", Environment: env, From: finding.Endpoint{Kind: apigee.KindProxy, Name: "login"}, Relation: finding.RelationNeverRefreshed, RuleID: "RT101",
		})
	}
	d.Inventory = append(d.Inventory, finding.Evidence{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "session", Revision: "1"})
	d.Edges = append(d.Edges, finding.Edge{Organization: "acme", Environment: "prod", From: pay, To: &session, Relation: finding.RelationRefreshedBy, RuleID: "RT106"})
	d.Normalize()
	return d
}

func drawn(d *report.Document) string {
	var all []string
	for _, e := range d.Edges {
		all = append(all, strings.TrimSpace(e.Environment+" "+e.From.Name+" "+e.RuleID))
	}
	return strings.Join(all, ", ")
}

// TestEdgesFollowTheirFindings: an edge has the rule of a finding that the report shows, and none of one that it leaves out.
func TestEdgesFollowTheirFindings(t *testing.T) {
	for name, tt := range map[string]struct {
		asked finding.Filter
		want  string
	}{
		"everything":     {finding.Filter{}, "dev login RT101, prod pay RT106, prod login RT101, test login RT101"},
		"severity":       {finding.Filter{MinSeverity: finding.High}, "dev login RT101, prod pay, prod login RT101, test login RT101"},
		"a rule":         {finding.Filter{Rules: []string{"RT106"}}, "dev login, prod pay RT106, prod login, test login"},
		"an environment": {finding.Filter{Environments: []string{"prod"}}, "prod pay RT106, prod login RT101"},
		"a proxy":        {finding.Filter{Proxies: []string{"pay"}}, "prod pay RT106"},
		"a status":       {finding.Filter{Statuses: []finding.Status{finding.StatusKnown}}, "dev login, prod pay, prod login, test login"},
	} {
		d := withEdges()
		if err := d.Filter(tt.asked); err != nil {
			t.Fatal(err)
		}
		if got := drawn(d); got != tt.want {
			t.Errorf("%s: %s\nwant %s", name, got, tt.want)
		}
		again, err := report.Read(bytes.NewReader(reporttest.JSON(t, d)))
		if err != nil {
			t.Fatal(err)
		}
		if got := drawn(again); got != tt.want {
			t.Errorf("%s, read again: %s\nwant %s", name, got, tt.want)
		}
	}
}

// TestNeighboursOfNarrowedReports: what is around the proxy that was asked for keeps its rules, in a report that is narrowed, read and
// narrowed again.
func TestNeighboursOfNarrowedReports(t *testing.T) {
	d := withEdges()
	for _, asked := range []finding.Filter{{Proxies: []string{"session"}}, {}, {Environments: []string{"prod"}, Statuses: []finding.Status{finding.StatusNew}}} {
		if err := d.Filter(asked); err != nil {
			t.Fatal(err)
		}
		again, err := report.Read(bytes.NewReader(reporttest.JSON(t, d)))
		if err != nil {
			t.Fatal(err)
		}
		if got := drawn(again); got != "prod pay RT106" || len(again.Findings) != 0 {
			t.Errorf("%+v: %s, %d findings", asked, got, len(again.Findings))
		}
		d = again
	}
}

// TestEdgesOfMergedReports: parts keep theirs, also where one is of a version that had none.
func TestEdgesOfMergedReports(t *testing.T) {
	older := reporttest.CleanBill()
	older.Organizations[0].Name = "older"
	for i := range older.Inventory {
		older.Inventory[i].Organization = "older"
	}
	m, err := report.Merge(reporttest.Tool(), []report.Stored{{Name: "a", Document: withEdges()}, {Name: "b", Document: older}, {Name: "c", Document: withEdges()}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := drawn(m), drawn(withEdges()); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	other := withEdges()
	other.Edges = other.Edges[1:]
	if _, err := report.Merge(reporttest.Tool(), []report.Stored{{Name: "a", Document: withEdges()}, {Name: "b", Document: other}}); err == nil {
		t.Error("two reports that say different things about the edges of one organization are merged")
	}
}

// TestReportsWithoutEdges: one that does not say is not one that says that there are none.
func TestReportsWithoutEdges(t *testing.T) {
	for name, tt := range map[string]struct {
		edges []finding.Edge
		has   bool
	}{"older": {nil, false}, "none": {[]finding.Edge{}, true}} {
		d := report.New(reporttest.Tool(), []*finding.Result{{Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX}, Edges: tt.edges}})
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(reporttest.JSON(t, d), &fields); err != nil {
			t.Fatal(err)
		}
		if _, has := fields["edges"]; has != tt.has {
			t.Errorf("%s: edges are written: %v", name, has)
		}
		if err := d.Filter(finding.Filter{MinSeverity: finding.Low}); err != nil {
			t.Fatal(err)
		}
		if (d.Edges != nil) != tt.has {
			t.Errorf("%s: filtered, edges are %v", name, d.Edges)
		}
	}
}
