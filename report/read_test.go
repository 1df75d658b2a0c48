package report_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func TestReadGivesBackWhatWasWritten(t *testing.T) {
	for name, d := range reporttest.Documents() {
		first := reporttest.JSON(t, d)
		got, err := report.Read(bytes.NewReader(first))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(string(first), string(reporttest.JSON(t, got))); diff != "" {
			t.Errorf("%s changes (-before +after):\n%s", name, diff)
		}
	}
}

func TestReadToleratesNewerFields(t *testing.T) {
	d, err := report.Read(strings.NewReader("\ufeff" + `{"schemaVersion": 1, "future": {"x": []}, "findings": [{"ruleId": "RT101", "severity": "high", "confidence": "low", "kind": "apis", "shiny": 1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Findings) != 1 || d.Findings[0].Path == nil || d.Problems == nil {
		t.Errorf("arrays are missing: %+v", d)
	}
}

func TestReadRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "the file is empty",
		" \n":                                "the file is empty",
		"{\n\n<html>":                        "the file is not JSON, line 3",
		`{"schemaVersion": 1} trailing`:      "the file is not JSON, line 1",
		`[]`:                                 "not an audit report",
		`{}`:                                 "it has no schemaVersion",
		`{"version": "2.1.0", "runs": []}`:   "it has no schemaVersion",
		`{"schemaVersion": 2}`:               "schema version 2 and this program reads version 1",
		"{\"schemaVersion\":\n\"1\"}":        "line 2: schemaVersion is of type string",
		`{"schemaVersion":1,"findings": {}}`: "findings is of type object",
		`{"schemaVersion":1,"findings": [{"severity": "dire"}]}`:                                                                                               `unknown severity "dire"`,
		`{"schemaVersion":1,"findings": [{"confidence": "low", "kind": "apis"}]}`:                                                                              "findings[0].severity is missing",
		`{"schemaVersion":1,"fixed": [{"severity": "low", "kind": "apis"}]}`:                                                                                   "fixed[0].confidence is missing",
		`{"schemaVersion":1,"findings": [{"severity": "low", "confidence": "low"}]}`:                                                                           "findings[0].kind is missing",
		`{"schemaVersion":1,"findings": [{"severity": "low", "confidence": "low", "kind": "x"}]}`:                                                              "findings[0].kind is unknown",
		`{"schemaVersion":1,"problems": [{"kind": "x"}]}`:                                                                                                      "problems[0].kind is unknown",
		`{"schemaVersion":1,"problems": [{"line": -1}]}`:                                                                                                       "problems[0].line is -1, and must not be negative",
		`{"schemaVersion":1,"shard": {"index": 3, "of": 2}}`:                                                                                                   "shard is 3 of 2",
		`{"schemaVersion":1,"startedAt": "9999-12-31T23:59:59-23:00"}`:                                                                                         "startedAt is in the year 10000",
		`{"schemaVersion":1,"catalogue": [{"id": "X", "severity": "low"}]}`:                                                                                    "catalogue[0].confidence is missing",
		`{"schemaVersion":1,"organizations": [{"platform": "y"}]}`:                                                                                             "organizations[0].platform is unknown",
		`{"schemaVersion":1,"findings": [{"severity": "low", "confidence": "low", "kind": "apis", "fixes": [{"name": "x"}]}]}`:                                 "findings[0].fixes[0].kind is missing",
		`{"schemaVersion":1,"findings": [{"severity": "low", "confidence": "low", "kind": "apis", "fixes": [{"kind": "apis", "mends": [{"kind": "apis"}]}]}]}`: "findings[0].fixes[0].mends[0].severity is missing",
		`{"schemaVersion":1,"findings": [{"severity": "low", "confidence": "low", "kind": "apis", "fixes": [{"kind": "apis", "edits": [{"line": 1}]}]}]}`:      "findings[0].fixes[0].edits[0] is about the region 1:0 to 0:0",
		`{"schemaVersion":1,"findings": [{"severity": "low", "confidence": "low", "kind": "apis", "fixes": [{"kind": "apis", "edits": [{"line": 2, "column": 3, "endLine": 2, "endColumn": 2}]}]}]}`: "findings[0].fixes[0].edits[0] is about the region 2:3 to 2:2",
		`{"schemaVersion":1,"findings": [{"severity": "low", "confidence": "low", "kind": "apis", "fixes": [{"kind": "apis", "further": -1}]}]}`:                                                     "findings[0].fixes[0].further is -1",
		// A few bytes each, and hundreds once decoded.
		`{"schemaVersion":1,"findings": [` + strings.Repeat("{},", 400_000) + `{}]}`:                "400001 entries in its lists",
		`{"schemaVersion":1,"findings": [{"path": [` + strings.Repeat("{},", 1_500_000) + `{}]}]}`:  "objects, more than",
		`{"schemaVersion":1,"findings": [{"urls": [` + strings.Repeat(`"",`, 12_000_000) + `""]}]}`: "values, more than",
		`{"schemaVersion":1,"storedTokens": [{"proxies": [{"keptDays": -0.5}]}]}`:                   "storedTokens[0].proxies[0].keptDays is -0.5",
	} {
		if _, err := report.Read(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.200q: error %v, want %q", in, err, want)
		}
	}
	broken := errors.New("the disk is gone")
	if _, err := report.Read(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("a read error becomes %v", err)
	}
}

// Counts are not taken from a file that could say anything, and problems leave nothing complete.
func TestReadCountsItself(t *testing.T) {
	d, err := report.Read(strings.NewReader(`{"schemaVersion": 1, "complete": true, "summary": {"findings": {"total": 7}, "new": 9},
		"organizations": [{"name": "acme", "platform": "x", "deployments": 1, "revisions": 1, "audited": 1}],
		"problems": [{"organization": "acme", "operation": "read", "error": "e"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if d.Complete || d.Summary.Findings.Total != 0 || d.Summary.New != 0 || d.Summary.Problems != 1 {
		t.Errorf("complete %v, summary %+v", d.Complete, d.Summary)
	}
}
