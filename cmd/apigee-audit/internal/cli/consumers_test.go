package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// What readers of SARIF make of it, each after its own code or page. The validators cannot see it: the severity that arrives, and
// whether two findings are one.

type sarifFile struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules []sarifRule `json:"rules"`
			} `json:"driver"`
		} `json:"tool"`
		Results []sarifFinding `json:"results"`
	} `json:"runs"`
}

type sarifRule struct {
	ID      string `json:"id"`
	Default struct {
		Level string `json:"level"`
	} `json:"defaultConfiguration"`
	Properties struct {
		Score string `json:"security-severity"`
	} `json:"properties"`
}

type sarifFinding struct {
	RuleID  string   `json:"ruleId"`
	Level   string   `json:"level"`
	Rank    *float64 `json:"rank"`
	Message struct {
		Text string `json:"text"`
	} `json:"message"`
	Locations []struct {
		Physical *struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region struct {
				StartLine int `json:"startLine"`
				EndLine   int `json:"endLine"`
			} `json:"region"`
		} `json:"physicalLocation"`
	} `json:"locations"`
	Fingerprints        map[string]string `json:"fingerprints"`
	PartialFingerprints map[string]string `json:"partialFingerprints"`
	Suppressions        []struct {
		Status string `json:"status"`
	} `json:"suppressions"`
}

// read is a finding as a consumer has it.
type read struct {
	id       string // in the JSON report
	severity string
	identity string
}

// score is a number in a string, -1 for none.
func score(t *testing.T, s string) float64 {
	t.Helper()
	if s == "" {
		return -1
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Errorf("security-severity %q", s)
	}
	return n
}

// consumers are the readers, each with the names that it has for our severities.
func consumers() map[string]struct {
	read       func(t *testing.T, f sarifFile) []read
	severities map[finding.Severity]string
	accepted   bool // it reads what is suppressed
} {
	levels := map[finding.Severity]string{finding.High: "error", finding.Medium: "warning", finding.Low: "note", finding.Info: "note"}
	return map[string]struct {
		read       func(t *testing.T, f sarifFile) []read
		severities map[finding.Severity]string
		accepted   bool
	}{
		"GitHub":     {readAsGitHub, map[finding.Severity]string{finding.High: "high", finding.Medium: "medium", finding.Low: "low", finding.Info: "note"}, true},
		"GitLab":     {readAsGitLab, map[finding.Severity]string{finding.High: "high", finding.Medium: "medium", finding.Low: "low", finding.Info: "info"}, false},
		"DefectDojo": {readAsDefectDojo, map[finding.Severity]string{finding.High: "High", finding.Medium: "Medium", finding.Low: "Low", finding.Info: "Info"}, true},
		"SonarQube":  {readAsSonarQube, levels, true},
	}
}

func eachResult(f sarifFile, visit func(run int, rule sarifRule, r sarifFinding)) {
	for i, run := range f.Runs {
		for _, r := range run.Results {
			at := slices.IndexFunc(run.Tool.Driver.Rules, func(x sarifRule) bool { return x.ID == r.RuleID })
			visit(i, run.Tool.Driver.Rules[at], r)
		}
	}
}

func ourID(r sarifFinding) string { return r.Fingerprints["apigeeAudit/organization/v1"] }

// readAsGitHub: a rule with a score makes security alerts of that severity, another one alerts of the result's level. One alert is
// one fingerprint of a rule in a file, whatever the category.
// Source: github.com/github/docs, sarif-support-for-code-scanning.
func readAsGitHub(t *testing.T, f sarifFile) (all []read) {
	eachResult(f, func(_ int, rule sarifRule, r sarifFinding) {
		severity := r.Level
		switch s := score(t, rule.Properties.Score); {
		case s >= 9:
			severity = "critical"
		case s >= 7:
			severity = "high"
		case s >= 4:
			severity = "medium"
		case s > 0:
			severity = "low"
		}
		all = append(all, read{ourID(r), severity, strings.Join([]string{r.RuleID, r.PartialFingerprints["primaryLocationLineHash"], r.Locations[0].Physical.Artifact.URI}, " ")})
	})
	return all
}

// readAsGitLab: the rank, then the score of the rule, then levels; what is accepted, has no place or a long message is skipped.
// Its page does not say what makes findings the same, so each counts by its fingerprint.
// Source: docs.gitlab.com/user/application_security/detect/sarif_reports, "Severity resolution" and "Limits".
func readAsGitLab(t *testing.T, f sarifFile) (all []read) {
	eachResult(f, func(run int, rule sarifRule, r sarifFinding) {
		if len(r.Suppressions) > 0 || r.Locations[0].Physical == nil || utf8.RuneCountInString(r.Message.Text) > 1024 {
			return
		}
		n := 10 * score(t, rule.Properties.Score)
		if r.Rank != nil {
			n = *r.Rank
		}
		severity := map[string]string{"error": "high", "warning": "medium", "note": "low", "none": "info"}[r.Level]
		switch {
		case n >= 90:
			severity = "critical"
		case n >= 70:
			severity = "high"
		case n >= 40:
			severity = "medium"
		case n >= 10:
			severity = "low"
		case n >= 0:
			severity = "info"
		}
		all = append(all, read{ourID(r), severity, fmt.Sprint(run, r.PartialFingerprints)})
	})
	return all
}

// readAsDefectDojo: the level of the result, and over it the score of the rule; the identity is the first of the fingerprints, and
// runs are joined. Source: dojo/tools/sarif/parser.py of github.com/DefectDojo/django-DefectDojo.
func readAsDefectDojo(t *testing.T, f sarifFile) (all []read) {
	eachResult(f, func(_ int, rule sarifRule, r sarifFinding) {
		severity := map[string]string{"error": "High", "warning": "Medium", "note": "Info"}[r.Level]
		switch s := score(t, rule.Properties.Score); {
		case s >= 9:
			severity = "Critical"
		case s >= 7:
			severity = "High"
		case s >= 4:
			severity = "Medium"
		case s > 0:
			severity = "Low"
		}
		if len(r.Fingerprints) != 1 {
			t.Errorf("there are %d fingerprints, of which any may be the first", len(r.Fingerprints))
		}
		all = append(all, read{ourID(r), severity, fmt.Sprint(r.Fingerprints)})
	})
	return all
}

// readAsSonarQube: for all findings of a rule in a run, the level of its last one; its impact has the rule's own level, which must
// be the same. Source: RulesSeverityDetector of github.com/SonarSource/sonarqube.
func readAsSonarQube(t *testing.T, f sarifFile) (all []read) {
	last := map[string]string{}
	eachResult(f, func(run int, rule sarifRule, r sarifFinding) {
		last[fmt.Sprint(run, r.RuleID)] = r.Level
		if rule.Default.Level != r.Level {
			t.Errorf("%s has the impact %s, and its finding the severity %s", rule.ID, rule.Default.Level, r.Level)
		}
	})
	eachResult(f, func(run int, _ sarifRule, r sarifFinding) {
		all = append(all, read{ourID(r), last[fmt.Sprint(run, r.RuleID)], fmt.Sprint(run, r.RuleID, r.Locations[0].Physical.Artifact.URI, r.PartialFingerprints)})
	})
	return all
}

func readReport(t *testing.T, name string) *report.Document {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := report.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// checkConsumers writes a stored report in every format that somebody else reads, and demands of each what the JSON report says.
func checkConsumers(t *testing.T, what, stored string) {
	t.Helper()
	d := readReport(t, stored)
	if len(d.Findings) < 3 {
		t.Fatalf("%s: %d findings are too few to tell", what, len(d.Findings))
	}
	render := func(format string) string {
		status, stdout, stderr := call(t.Context(), []string{"render", stored, "-f", format}, nil)
		if status != exitClean {
			t.Fatalf("%s: render as %s: status %d, %s", what, format, status, stderr)
		}
		return stdout
	}
	var file sarifFile
	if err := json.Unmarshal([]byte(render("sarif")), &file); err != nil {
		t.Fatal(err)
	}
	byID := map[string]*finding.Finding{}
	accepted := 0
	for i := range d.Findings {
		f := &d.Findings[i]
		byID[f.ID] = f
		if f.Status == finding.StatusSuppressed {
			accepted++
		}
	}
	if len(byID) != len(d.Findings) {
		t.Errorf("%s: %d findings have %d IDs", what, len(d.Findings), len(byID))
	}
	for name, c := range consumers() {
		all, identities := c.read(t, file), map[string]bool{}
		want := len(d.Findings)
		if !c.accepted {
			want -= accepted
		}
		for _, r := range all {
			identities[r.identity] = true
			switch f := byID[r.id]; {
			case f == nil:
				t.Errorf("%s, %s: result %q is no finding", what, name, r.id)
			case r.severity != c.severities[f.Severity]:
				t.Errorf("%s, %s: %s of %s is %s, and %s in JSON", what, name, f.RuleID, f.Name, r.severity, f.Severity)
			}
		}
		if len(all) != want || len(identities) != want {
			t.Errorf("%s, %s: %d findings of %d identities arrive, and there are %d", what, name, len(all), len(identities), want)
		}
	}
	checkIdentities(t, what, d, render)
}

// checkIdentities counts the findings and their keys in the other formats for programs.
func checkIdentities(t *testing.T, what string, d *report.Document, render func(string) string) {
	t.Helper()
	keys := map[string][]string{}
	var issues []struct {
		CheckName   string `json:"check_name"`
		Fingerprint string `json:"fingerprint"`
	}
	if err := json.Unmarshal([]byte(render("gitlab-codequality")), &issues); err != nil {
		t.Fatal(err)
	}
	for _, i := range issues {
		if strings.HasPrefix(i.CheckName, "RT") {
			keys["gitlab-codequality"] = append(keys["gitlab-codequality"], i.Fingerprint)
		}
	}
	lines := bufio.NewScanner(strings.NewReader(render("ocsf")))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct {
			ClassUID    int                  `json:"class_uid"`
			FindingInfo struct{ UID string } `json:"finding_info"`
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.ClassUID == 2004 {
			keys["ocsf"] = append(keys["ocsf"], e.FindingInfo.UID)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(render("csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		if row[0] == "finding" {
			keys["csv"] = append(keys["csv"], row[slices.Index(rows[0], "id")])
		}
	}
	for _, format := range []string{"gitlab-codequality", "ocsf", "csv"} {
		want := len(d.Findings)
		if format == "gitlab-codequality" {
			want -= d.Summary.Suppressed
		}
		got := slices.Clone(keys[format])
		slices.Sort(got)
		if n := len(slices.Compact(got)); n != want || len(keys[format]) != want {
			t.Errorf("%s, %s: %d findings have %d keys, and there are %d", what, format, len(keys[format]), n, want)
		}
	}
}

func TestConsumersReadWhatTheReportSays(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	scan := func(stored string, args ...string) {
		t.Helper()
		if status, _, stderr := call(t.Context(), append([]string{"scan", "-q", "-o", "json=" + stored}, args...), nil); status != exitFindings {
			t.Fatalf("%v: status %d, %s", args, status, stderr)
		}
	}
	scan("demo.json", "--demo", "--traffic", "30d", "--reach", "--apps", "--debug-masks")
	checkConsumers(t, "demo", "demo.json")

	// The same estate under other names: development and production, or a region and its twin.
	data, err := os.ReadFile("demo.json")
	if err != nil {
		t.Fatal(err)
	}
	twin := strings.ReplaceAll(string(data), "harbor-", "mirror-")
	if err := os.WriteFile("twin.json", []byte(twin), 0o600); err != nil {
		t.Fatal(err)
	}
	status, merged, stderr := call(t.Context(), []string{"merge", "demo.json", "twin.json", "-f", "json", "--fail-on", "none"}, nil)
	if status != exitClean {
		t.Fatalf("merge: status %d, %s", status, stderr)
	}
	if err := os.WriteFile("merged.json", []byte(merged), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, twice := len(readReport(t, "demo.json").Findings), len(readReport(t, "merged.json").Findings); twice != 2*n {
		t.Fatalf("%d findings merged with as many are %d", n, twice)
	}
	checkConsumers(t, "merged", "merged.json")

	// Copies that differ, one of them with an accepted finding, below the working directory and beside it.
	lay(t, "src/login", passwordProxy("login", ""))
	lay(t, "old/login", passwordProxy("login", "<!-- apigee-audit:ignore RT501 an old client -->"))
	lay(t, "src/pay", passwordProxy("pay", ""))
	outside := filepath.Join(t.TempDir(), "shop")
	lay(t, outside, passwordProxy("shop", ""))
	scan("local.json", "src", "old", outside)
	if readReport(t, "local.json").Summary.Suppressed == 0 {
		t.Error("nothing is accepted in the local scan")
	}
	checkConsumers(t, "local", "local.json")
}
