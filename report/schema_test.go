package report_test

import (
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func TestJSONFollowsSchema(t *testing.T) {
	s := reporttest.CompiledSchema(t)
	for name, d := range reporttest.Documents() {
		if err := reporttest.Validate(t, s, reporttest.JSON(t, d)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The schema is worth something only if it refuses what the contract rules out.
func TestSchemaRefuses(t *testing.T) {
	s := reporttest.CompiledSchema(t)
	whole := string(reporttest.JSON(t, reporttest.Rich()))
	for name, change := range map[string][2]string{
		"another version":      {`"schemaVersion": 1`, `"schemaVersion": 2`},
		"an unknown severity":  {`"severity": "high"`, `"severity": "critical"`},
		"a number as revision": {`"revision": "12"`, `"revision": 12`},
		"null for an array":    {`"path": []`, `"path": null`},
		"a missing field":      {`"complete": false,`, ``},
		"a bad time":           {`"startedAt": "2026-11-20T06:30:00Z"`, `"startedAt": "yesterday"`},
	} {
		broken := strings.Replace(whole, change[0], change[1], 1)
		if broken == whole {
			t.Errorf("%s: %q is not in the report", name, change[0])
		} else if reporttest.Validate(t, s, []byte(broken)) == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func TestSchemaFollowsStructs(t *testing.T) {
	root := reporttest.Properties(t, report.Schema())
	same := func(name string, p reporttest.Property, v any) { t.Helper(); p.Follows(t, name, v) }
	same("document", root, report.Document{})
	same("tool", root.Properties["tool"], report.Tool{})
	same("summary", root.Properties["summary"], report.Summary{})
	same("organization", root.Defs["organization"], report.Organization{})
	same("counts", root.Defs["counts"], report.Counts{})
	same("finding", root.Defs["finding"], finding.Finding{})
	same("snippet", root.Defs["snippet"], finding.Snippet{})
	same("cause", root.Defs["cause"], finding.Cause{})
	same("fix", root.Defs["fix"], finding.Fix{})
	same("edit", root.Defs["edit"], finding.Edit{})
	same("newFile", root.Defs["newFile"], finding.NewFile{})
	same("effect", root.Defs["effect"], finding.Effect{})
	same("excerpt", root.Defs["excerpt"], finding.Excerpt{})
	same("deployed", root.Defs["deployed"], finding.Deployed{})
	same("hop", root.Defs["hop"], finding.Hop{})
	same("problem", root.Defs["problem"], apigee.Problem{})
	same("evidence", root.Defs["evidence"], finding.Evidence{})
	same("edge", root.Defs["edge"], finding.Edge{})
	same("endpoint", root.Defs["endpoint"], finding.Endpoint{})
	same("via", root.Defs["via"], finding.Via{})
	same("tie", root.Defs["tie"], finding.Tie{})
	same("operation", root.Defs["operation"], finding.Operation{})
	same("call", root.Defs["call"], finding.Call{})
	same("lifetime", root.Defs["lifetime"], finding.Lifetime{})
	same("revocation", root.Defs["revocation"], finding.Revocation{})
	same("parameter", root.Defs["parameter"], finding.Parameter{})
	same("reach", root.Defs["reach"], finding.Reach{})
	same("opening", root.Defs["opening"], finding.Opening{})
	same("deploymentTraffic", root.Defs["deploymentTraffic"], finding.DeploymentTraffic{})
	same("suppression", root.Defs["suppression"], finding.Suppression{})
	same("baseline", root.Defs["baseline"], report.Baseline{})
	same("traffic", root.Defs["traffic"], finding.Traffic{})
	same("storedTokens", root.Defs["storedTokens"], finding.StoredTokens{})
	same("proxyTokens", root.Defs["proxyTokens"], finding.ProxyTokens{})
	same("rule", root.Defs["rule"], report.Rule{})
	same("reference", root.Defs["reference"], report.Reference{})
	same("standard", root.Defs["standard"], report.Standard{})
	same("scope", root.Defs["scope"], report.Scope{})
	same("configFile", root.Defs["configFile"], report.ConfigFile{})
	same("ruleSeverity", root.Defs["ruleSeverity"], report.RuleSeverity{})
	same("records", root.Defs["records"], report.Records{})
	same("leftOut", root.Defs["leftOut"], finding.LeftOut{})
	same("suppressionUse", root.Defs["suppressionUse"], finding.SuppressionUse{})
	same("change", root.Defs["change"], report.Change{})
	same("changedBundle", root.Defs["changedBundle"], report.ChangedBundle{})
	same("undeployed", root.Defs["undeployed"], report.Undeployed{})
	same("changedHook", root.Defs["changedHook"], report.ChangedHook{})
	same("counterpart", root.Defs["counterpart"], report.Counterpart{})
	same("control", root.Defs["control"], report.Control{})
	same("notJudged", root.Defs["notJudged"], report.NotJudged{})
	same("judged", root.Defs["judged"], report.Judged{})
	if n := len(root.Defs); n != 48 {
		t.Errorf("the schema has %d definitions, and 48 are compared here", n)
	}
}

func TestSchemaDescribesEverything(t *testing.T) {
	root := reporttest.Properties(t, report.Schema())
	root.Describes(t, "report")
}

func TestReportTimesAreUTC(t *testing.T) {
	zone := time.FixedZone("somewhere", 2*60*60)
	start := time.Date(2026, 11, 20, 8, 30, 0, 0, zone)
	d := report.New(reporttest.Tool(), []*finding.Result{{StartedAt: start, FinishedAt: start.Add(time.Minute)}})
	if got := string(reporttest.JSON(t, d)); !strings.Contains(got, `"startedAt": "2026-11-20T06:30:00Z"`) {
		t.Errorf("the report depends on the time zone: %s", got)
	}
}
