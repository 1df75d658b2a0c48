// Package gitlab writes a report as GitLab's Code Quality reads it, which every tier of GitLab shows in merge requests.
package gitlab

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// issue is one entry of the report, with the fields that GitLab asks for. It stops reading at the first entry that lacks one.
// Source: docs.gitlab.com/ci/testing/code_quality, "Code Quality report format".
type issue struct {
	Description string   `json:"description"`
	CheckName   string   `json:"check_name"`
	Fingerprint string   `json:"fingerprint"`
	Severity    string   `json:"severity"`
	Location    location `json:"location"`
}

type location struct {
	Path  string `json:"path"`
	Lines lines  `json:"lines"`
}

type lines struct {
	Begin int `json:"begin"`
}

// The names of what is not a finding.
const (
	checkChange   = "change"
	checkProblem  = "not-looked-at"
	checkAccepted = "accepted"
	checkScope    = "scope"
)

// noPlace is the path of what is about no file and no organization, because there has to be one.
const noPlace = "apigee-audit"

// WriteCodeQuality writes an issue for each finding, for everything that could not be looked at, for what is accepted, with the
// reason, and for what narrows the audit. GitLab compares the reports of two branches by fingerprint itself, so findings that are
// known from a baseline are issues like others.
func WriteCodeQuality(w io.Writer, d *report.Document, o report.Options) error {
	paths, err := report.NewPaths(d, o)
	if err != nil {
		return err
	}
	issues := []issue{}
	say := func(check, line string) {
		if line != "" {
			issues = append(issues, remark(check, line, noPlace, 0))
		}
	}
	say(checkChange, report.ChangeText(d))
	for _, f := range report.NewFirst(report.Shown(d, report.Options{})) {
		issues = append(issues, issueOf(&f, paths))
	}
	several := len(d.Subjects()) > 1
	for _, p := range d.Problems {
		problem := remark(checkProblem, report.ProblemSubject(p, several)+": "+p.Operation+": "+p.Error, problemPath(p, paths), p.Line)
		problem.Severity = "major"
		issues = append(issues, problem)
	}
	for _, f := range report.Hidden(d, report.Options{}) {
		line := "Accepted: " + f.RuleID + " in " + report.SubjectOf(&f) + ", " + report.Acceptance(&f)
		issues = append(issues, remark(checkAccepted, line, paths.Finding(&f), f.Line))
	}
	say(checkScope, report.ScopeText(d))
	return report.Encode(w, report.Sanitized(distinct(issues)))
}

func issueOf(f *finding.Finding, paths *report.Paths) issue {
	return issue{
		Description: report.Message(f), CheckName: f.RuleID, Fingerprint: f.ID, Severity: severityOf(f.Severity),
		Location: location{paths.Finding(f), lines{max(f.Line, 1)}},
	}
}

// severityOf leaves out "blocker", which nothing that an audit finds is.
func severityOf(s finding.Severity) string {
	switch s {
	case finding.High:
		return "critical"
	case finding.Medium:
		return "major"
	case finding.Low:
		return "minor"
	}
	return "info"
}

// remark is an issue about no finding. Its fingerprint is made from what it says.
func remark(check, line, path string, at int) issue {
	sum := sha256.Sum256([]byte(check + "\n" + path + "\n" + line))
	return issue{
		Description: line, CheckName: check, Fingerprint: hex.EncodeToString(sum[:16]), Severity: "info",
		Location: location{path, lines{max(at, 1)}},
	}
}

// problemPath is where a problem lies: in a file, in a bundle, or in an organization.
func problemPath(p apigee.Problem, paths *report.Paths) string {
	switch {
	case p.Name != "" && p.Kind != "":
		return paths.Bundle(p)
	case p.Organization != "":
		return report.FilePath{p.Organization}.String()
	}
	return noPlace
}

// distinct numbers issues that are equal in everything, because GitLab takes those of one fingerprint for one.
func distinct(issues []issue) []issue {
	seen := map[string]int{}
	for i := range issues {
		f := issues[i].Fingerprint
		if seen[f]++; seen[f] > 1 {
			sum := sha256.Sum256([]byte(f + strings.Repeat("+", seen[f])))
			issues[i].Fingerprint = hex.EncodeToString(sum[:16])
		}
	}
	return issues
}
