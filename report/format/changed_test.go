package format

import (
	"bytes"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
	"apigee-audit/report/table"
)

// Every format says before anything else that this is not the organization as it is.
func TestEveryFormatSaysTheChangeFirst(t *testing.T) {
	const said = "with ./gateway/login in prod instead of revision 7 and in dev, where it is new"
	for _, format := range Formats() {
		out := write(t, format, reporttest.Changed(), report.Options{Rules: reporttest.Rules()})
		at, first := bytes.Index(out, []byte(said)), bytes.Index(out, []byte("RT101"))
		switch format {
		case "json": // as data
			at = bytes.Index(out, []byte(`"change": {`))
		case "sarif", "csv-inventory", "csv-controls", "mermaid", "dot": // rules come first there, or nowhere
			first = len(out)
		case "html":
			first = bytes.Index(out, []byte("<main"))
		}
		if at < 0 || at > first {
			t.Errorf("%s: said at %d, and the first finding is at %d", format, at, first)
		}
	}
}

func TestChangeCompared(t *testing.T) {
	d := reporttest.Changed()
	status := map[string]finding.Status{}
	for _, f := range d.Findings {
		status[f.Name] = f.Status
	}
	if status["shop"] != finding.StatusKnown || status["login"] != finding.StatusNew || len(d.Fixed) != 1 || d.Fixed[0].RuleID != "RT104" || d.Change.Before.Total != 2 {
		t.Errorf("%v, fixed %v, %d before", status, d.Fixed, d.Change.Before.Total)
	}
	c := d.Change.Counterparts
	if len(c) != 2 || c[0].State != "before" || c[0].RuleID != "RT104" || len(c[0].Refresh) != 1 || c[1].State != "after" || c[1].RuleID != "RT101" {
		t.Errorf("counterparts %+v", c)
	}
	var b bytes.Buffer
	if err := table.Explain(&b, d, d.Fixed[0].Fingerprint, report.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Fixed by the change", "After the change", "RT101 refresh-token-never-refreshed: "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &b)
		}
	}
}

// Rules that were one once share fingerprints: a finding that the change mends may have that of one that it introduces. What
// stands on the other side is told of each for itself.
func TestChangeFromOneRuleToItsSibling(t *testing.T) {
	mended, introduced := reporttest.NeverRefreshed(), reporttest.NeverRefreshed()
	mended.RuleID, mended.RuleName = "RT106", "refresh-in-another-proxy"
	introduced.RuleID, introduced.RuleName = "RT110", "refresh-only-in-unrelated-proxy"
	document := func(f finding.Finding) *report.Document {
		f.Deployments = []finding.Deployed{{Environment: "prod", Revision: "12"}}
		return report.New(reporttest.Tool(), []*finding.Result{{
			Organization: apigee.Organization{Name: "acme", Environments: []string{"prod"}}, Deployments: 1, Revisions: 1, Audited: 1, Findings: []finding.Finding{f},
			Inventory: []finding.Evidence{{Organization: "acme", Environment: "prod", Kind: f.Kind, Name: f.Name, Revision: "12", SHA256: strings.Repeat("a", 64)}},
		}})
	}
	d := document(introduced)
	d.CompareChange(report.State{Document: document(mended)}, nil, report.Change{Without: []report.Undeployed{{Kind: apigee.KindProxy, Name: "session", Environment: "prod"}}})
	if len(d.Fixed) != 1 || d.Summary.New != 1 || d.Fixed[0].Fingerprint != d.Findings[0].Fingerprint {
		t.Fatalf("fixed %v, %+v", d.Fixed, d.Summary)
	}
	var b bytes.Buffer
	if err := table.Explain(&b, d, introduced.Fingerprint, report.Options{}); err != nil {
		t.Fatal(err)
	}
	was, is, ok := strings.Cut(b.String(), "Fixed by the change")
	if !ok || !strings.Contains(was, "Before the change\n    RT106 ") || !strings.Contains(is, "After the change\n    RT110 ") {
		t.Errorf("the sides are mixed up in:\n%s", &b)
	}
	_, cards, _ := strings.Cut(string(write(t, "html", d, report.Options{})), "Fixed by the change")
	if strings.Contains(cards, "Before the change") || !strings.Contains(cards, "After the change") {
		t.Error("the page does not show what stands after the change there")
	}
}

// With a baseline besides, what it knows is known, and what of it is gone is fixed too.
func TestChangeComparedWithBaseline(t *testing.T) {
	d, older := reporttest.Changed(), report.New(reporttest.Tool(), nil)
	gone := reporttest.NeverRefreshed()
	gone.Name, gone.Fingerprint = "older", "eeeeeeeeeeeeeeee"
	older.Findings = []finding.Finding{gone, d.Findings[0], d.Fixed[0]}
	d.CompareWith(older)
	if d.Summary.New != 0 || d.Summary.Known != 2 || d.Summary.Fixed != 2 {
		t.Errorf("%+v", d.Summary)
	}
}

func TestMergeRefusesChanges(t *testing.T) {
	if _, err := report.Merge(reporttest.Tool(), []report.Stored{{Name: "a.json", Document: reporttest.Changed()}}); err == nil || !strings.Contains(err.Error(), "a.json") {
		t.Error(err)
	}
}
