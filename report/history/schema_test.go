package history_test

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/history"
	"apigee-audit/report/internal/reporttest"
)

func TestSchemaFollowsStructs(t *testing.T) {
	root := reporttest.Properties(t, history.Schema())
	root.Follows(t, "history", history.History{})
	defs := map[string]any{
		"counts": report.Counts{}, "filter": history.Filter{}, "audit": history.Audit{}, "changes": history.Changes{}, "organizationStanding": history.OrganizationStanding{},
		"ruleStanding": history.RuleStanding{}, "organization": history.Organization{}, "rule": history.Rule{}, "finding": history.Finding{}, "suppression": finding.Suppression{},
		"period": history.Period{}, "timeToFix": history.TimeToFix{}, "file": history.File{},
	}
	for name, v := range defs {
		root.Defs[name].Follows(t, name, v)
	}
	if len(defs) != len(root.Defs) {
		t.Errorf("the schema has %d definitions, and %d are compared here", len(root.Defs), len(defs))
	}
	root.Describes(t, "history")
}

func TestJSONFollowsSchema(t *testing.T) {
	schema := reporttest.Compiled(t, history.Schema())
	for seed := range uint64(20) {
		asked := &history.Filter{Organizations: []string{"acme"}, Rules: []string{"RT101", "RT301"}, Environments: []string{"*"}, Proxies: []string{"*"}, MinSeverity: finding.Low, MinConfidence: finding.MediumConfidence, Since: week(1)}
		if seed%2 == 0 {
			asked = nil
		}
		h := history.New(tool(), storedAll(t, sequence(rand.New(rand.NewPCG(seed, 3)), int(seed))...), asked)
		h.Add([]history.File{{"b.sarif", "it is no audit report"}, {"a.html", "it is no audit report"}}, []history.File{{"c.json", "it is empty"}})
		var b bytes.Buffer
		if err := report.Encode(&b, h); err != nil {
			t.Fatal(err)
		}
		if err := reporttest.Validate(t, schema, b.Bytes()); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

func TestHistoryIsSanitizable(t *testing.T) {
	reporttest.CheckSanitizable(t, reflect.TypeFor[history.History]())
}
