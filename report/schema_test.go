package report_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

type property struct {
	Description string              `json:"description"`
	Required    []string            `json:"required"`
	Properties  map[string]property `json:"properties"`
	Items       *property           `json:"items"`
	Ref         string              `json:"$ref"`
	Defs        map[string]property `json:"$defs"`
}

func TestSchemaFollowsStructs(t *testing.T) {
	var root property
	if err := json.Unmarshal(report.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	same := func(name string, p property, v any) {
		t.Helper()
		fields, required := jsonFields(reflect.TypeOf(v))
		if diff := cmp.Diff(fields, slices.Sorted(maps.Keys(p.Properties))); diff != "" {
			t.Errorf("%s: fields of the struct and properties of the schema differ (-struct +schema):\n%s", name, diff)
		}
		if diff := cmp.Diff(required, slices.Sorted(slices.Values(p.Required))); diff != "" {
			t.Errorf("%s: fields always written and properties required differ (-struct +schema):\n%s", name, diff)
		}
	}
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

// jsonFields lists the names that a struct has in JSON, embedded structs included, and those that are always written.
func jsonFields(typ reflect.Type) (all, required []string) {
	for f := range typ.Fields() {
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && tag == "" {
			a, r := jsonFields(f.Type)
			all, required = append(all, a...), append(required, r...)
			continue
		}
		all = append(all, tag)
		if options == "" {
			required = append(required, tag)
		}
	}
	slices.Sort(all)
	slices.Sort(required)
	return all, required
}

func TestSchemaDescribesEverything(t *testing.T) {
	var root property
	if err := json.Unmarshal(report.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	var walk func(name string, p property)
	walk = func(name string, p property) {
		if !strings.HasSuffix(p.Description, ".") {
			t.Errorf("%s has no description in a whole sentence: %q", name, p.Description)
		}
		if target, ok := strings.CutPrefix(p.Ref, "#/$defs/"); ok {
			if _, found := root.Defs[target]; !found {
				t.Errorf("%s refers to %s, which is not defined", name, p.Ref)
			}
		}
		for n, q := range p.Properties {
			walk(name+"."+n, q)
		}
		if p.Items != nil {
			walk(name+"[]", *p.Items)
		}
	}
	walk("report", root)
	for n, p := range root.Defs {
		walk(n, p)
	}
}

func TestReportTimesAreUTC(t *testing.T) {
	zone := time.FixedZone("somewhere", 2*60*60)
	start := time.Date(2026, 11, 20, 8, 30, 0, 0, zone)
	d := report.New(reporttest.Tool(), []*finding.Result{{StartedAt: start, FinishedAt: start.Add(time.Minute)}})
	if got := string(reporttest.JSON(t, d)); !strings.Contains(got, `"startedAt": "2026-11-20T06:30:00Z"`) {
		t.Errorf("the report depends on the time zone: %s", got)
	}
}
