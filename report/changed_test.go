package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// changedDocument is an organization as it would be with a change deployed that does something of everything.
func changedDocument() *Document {
	start := time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)
	org := apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"dev", "prod", "test"}}
	known, mended, lost := neverRefreshed(), neverRefreshed(), neverRefreshed()
	known.Name, known.Fingerprint = "shop", "cccccccccccccccc"
	mended.Fingerprint, mended.RuleID, mended.RuleName = "dddddddddddddddd", "RT104", "refresh-flow-unreachable"
	lost.Source = "gateway/login"
	lost.Deployments = []audit.Deployed{{Environment: "dev", Source: lost.Source}, {Environment: "prod", Source: lost.Source}, {Environment: "test", Revision: "9"}}
	for i := range lost.Path {
		lost.Path[i].Source = lost.Source
	}
	result := func(findings ...audit.Finding) *audit.Result {
		return &audit.Result{
			Organization: org, StartedAt: start, FinishedAt: start.Add(time.Minute), Deployments: 4, Revisions: 3, Audited: 3, Findings: findings,
			Inventory: []audit.Evidence{
				{Organization: "acme", Environment: "prod", Kind: apigee.KindProxy, Name: "login", Sources: []string{"gateway/login"}, SHA256: strings.Repeat("a", 64), Issues: []string{"password"}},
				{Organization: "acme", Environment: "test", Kind: apigee.KindProxy, Name: "login", Revision: "9", SHA256: strings.Repeat("b", 64), Issues: []string{"password"}},
			},
		}
	}
	way := []audit.Refreshed{{Environment: "prod", Ref: apigee.Ref{Kind: apigee.KindProxy, Name: "login"}, Path: []audit.Hop{{
		What: audit.HopFlow, Named: "refresh", Label: `flow "refresh"`, Kind: apigee.KindProxy, Name: "session", Place: at("apiproxy/proxies/default.xml", 4, 5, 9, 12),
	}}}}
	d := New(testTool(), []*audit.Result{result(known, lost)})
	d.CompareChange(State{New(testTool(), []*audit.Result{result(known, mended)}), way}, nil, Change{
		With: []ChangedBundle{
			{Path: "gateway/login", Kind: apigee.KindProxy, Name: "login", Environments: []string{"dev", "prod"}, Replaces: []string{"7"}, NewIn: []string{"dev"}},
			{Path: "../flows/check", Kind: apigee.KindSharedFlow, Name: "verify", Environments: []string{"test"}, NewIn: []string{"test"}},
		},
		Without: []Undeployed{{Kind: apigee.KindProxy, Name: "session", Environment: "prod", Revisions: []string{"4"}}},
		Hooks: []ChangedHook{
			{Environment: "prod", Point: apigee.PreProxyFlowHook, SharedFlow: "verify", Instead: "old"},
			{Environment: "test", Point: apigee.PostProxyFlowHook, Instead: "log"},
		},
	})
	return d
}

// Every format says before anything else that this is not the organization as it is.
func TestEveryFormatSaysTheChangeFirst(t *testing.T) {
	const said = "with ./gateway/login in prod instead of revision 7 and in dev, where it is new"
	for _, format := range Formats() {
		out := write(t, format, changedDocument(), Options{Rules: testRules()})
		at, first := bytes.Index(out, []byte(said)), bytes.Index(out, []byte("RT101"))
		switch format {
		case "json": // as data
			at = bytes.Index(out, []byte(`"change": {`))
		case "sarif": // rules come first there
			first = len(out)
		case "html":
			first = bytes.Index(out, []byte("<main>"))
		}
		if at < 0 || at > first {
			t.Errorf("%s: said at %d, and the first finding is at %d", format, at, first)
		}
	}
}

func TestChangeCompared(t *testing.T) {
	d := changedDocument()
	status := map[string]audit.Status{}
	for _, f := range d.Findings {
		status[f.Name] = f.Status
	}
	if status["shop"] != audit.StatusKnown || status["login"] != audit.StatusNew || len(d.Fixed) != 1 || d.Fixed[0].RuleID != "RT104" || d.Change.Before.Total != 2 {
		t.Errorf("%v, fixed %v, %d before", status, d.Fixed, d.Change.Before.Total)
	}
	c := d.Change.Counterparts
	if len(c) != 2 || c[0].State != stateBefore || c[0].RuleID != "RT104" || len(c[0].Refresh) != 1 || c[1].State != stateAfter || c[1].RuleID != "RT101" {
		t.Errorf("counterparts %+v", c)
	}
	var b bytes.Buffer
	if err := Explain(&b, d, d.Fixed[0].Fingerprint, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Fixed by the change", "After the change", "RT101 refresh-token-never-refreshed: "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &b)
		}
	}
}

// With a baseline besides, what it knows is known, and what of it is gone is fixed too.
func TestChangeComparedWithBaseline(t *testing.T) {
	d, older := changedDocument(), New(testTool(), nil)
	gone := neverRefreshed()
	gone.Name, gone.Fingerprint = "older", "eeeeeeeeeeeeeeee"
	older.Findings = []audit.Finding{gone, d.Findings[0], d.Fixed[0]}
	d.CompareWith(older)
	if d.Summary.New != 0 || d.Summary.Known != 2 || d.Summary.Fixed != 2 {
		t.Errorf("%+v", d.Summary)
	}
}

func TestMergeRefusesChanges(t *testing.T) {
	if _, err := Merge(testTool(), []Stored{{"a.json", changedDocument()}}); err == nil || !strings.Contains(err.Error(), "a.json") {
		t.Error(err)
	}
}
