// Package csv writes a report for spreadsheets: its findings, what was looked at, and the requirements of standards.
package csv

import (
	"io"
	"strconv"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// columns are the columns of the CSV report. New ones are only added at the end.
func columns() []string {
	return []string{
		"type", "status", "severity", "confidence", "rule", "rule_name", "organization", "kind", "name", "environments",
		"deployments", "file", "line", "column", "message", "remediation", "searched", "fingerprint", "suppression_reason",
		"suppression_expires", "source", "cwe", "policy", "id", "fix",
		"suppression_ticket", "suppression_owner", "first_seen",
	}
}

// Write writes one row for each finding, problem and notice, after those that say what the audit was about, distinguished by the
// first column: RFC 4180 with a header, UTF-8 without byte order mark (which most programs other than Excel read as part of the
// first name).
func Write(w io.Writer, d *report.Document, o report.Options) error {
	out := newSheet(w, columns())
	put := func(r row) {
		r["cwe"] = weaknesses(r["rule"], o.Rules)
		out.put(r)
	}
	for _, r := range scopeRows(d) {
		put(r)
	}
	for _, f := range report.NewFirst(d.Findings) {
		put(findingRow(&f, string(f.Status)))
	}
	for i := range d.Fixed {
		put(findingRow(&d.Fixed[i], "fixed"))
	}
	for i := range d.NotLookedAt {
		put(findingRow(&d.NotLookedAt[i], "not-looked-at"))
	}
	for _, p := range d.Problems {
		put(problemRow("problem", p))
	}
	for _, p := range d.Notices {
		put(problemRow("notice", p))
	}
	return out.close()
}

func findingRow(f *finding.Finding, status string) row {
	r := row{
		"type": "finding", "status": status, "severity": f.Severity.String(), "confidence": f.Confidence.String(),
		"rule": f.RuleID, "rule_name": f.RuleName, "organization": f.Organization, "kind": string(f.Kind), "name": f.Name,
		"environments": strings.Join(environmentsOf(f.Deployments), ", "), "deployments": list(report.DeployedParts(f.Deployments)),
		"file": f.File, "line": number(f.Line), "column": number(f.Column), "message": f.Message, "remediation": f.Remediation,
		"searched": f.Searched, "fingerprint": f.Fingerprint, "source": f.Source, "policy": f.Policy, "id": f.ID,
		"fix": report.FixText(f), "first_seen": moment(f.FirstSeen),
	}
	if s := f.Suppression; s != nil {
		r["suppression_reason"], r["suppression_expires"] = s.Reason, s.Expires
		r["suppression_ticket"], r["suppression_owner"] = s.Ticket, s.Owner
	}
	return r
}

// weaknesses are the numbers of a rule in Common Weakness Enumeration, "" for a rule that this program does not have.
func weaknesses(id string, rules []*finding.Rule) string {
	var all []string
	for _, r := range rules {
		if r.ID == id {
			for _, n := range r.CWE {
				all = append(all, "CWE-"+strconv.Itoa(n))
			}
		}
	}
	return strings.Join(all, ", ")
}

func problemRow(kind string, p apigee.Problem) row {
	revision := ""
	if p.Revision != "" {
		revision = "r" + p.Revision + " "
	}
	return row{
		"type": kind, "organization": p.Organization, "kind": string(p.Kind), "name": p.Name, "environments": p.Environment, "source": p.Source,
		"deployments": strings.TrimSpace(revision + p.Environment), "file": p.File, "line": number(p.Line), "column": number(p.Column),
		"message": p.Operation + ": " + p.Error,
	}
}

// number is a count, "" for 0, which means unknown.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// environmentsOf are the distinct environments in the order of the deployments, which is by name.
func environmentsOf(deployments []finding.Deployed) []string {
	var all []string
	for _, d := range deployments {
		if len(all) == 0 || all[len(all)-1] != d.Environment {
			all = append(all, d.Environment)
		}
	}
	return all
}

// formulaStarts are what spreadsheets take for the start of a formula, full-width forms included.
// Source: owasp.org/www-community/attacks/CSV_Injection.
const formulaStarts = "=+-@＝＋－＠"

// harmlessCell keeps spreadsheets from calculating: text that would start a formula gets an apostrophe in front, also
// behind a semicolon, which separates cells where the comma is a decimal point.
func harmlessCell(s string) string {
	var b strings.Builder
	start := true
	for _, r := range s {
		if start && strings.ContainsRune(formulaStarts, r) {
			b.WriteByte('\'')
		}
		start = r == ';' || start && (r == ' ' || r == '"')
		b.WriteRune(r)
	}
	return b.String()
}
