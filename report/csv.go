package report

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// csvColumns are the columns of the CSV report. New ones are only added at the end.
func csvColumns() []string {
	return []string{
		"type", "status", "severity", "confidence", "rule", "rule_name", "organization", "kind", "name", "environments",
		"deployments", "file", "line", "column", "message", "remediation", "searched", "fingerprint", "suppression_reason",
		"suppression_expires", "source", "cwe", "policy",
	}
}

// csvRow is one row by column.
type csvRow map[string]string

// writeCSV writes one row for each finding, problem and notice, and one for what was asked for, told apart by the first
// column: RFC 4180 with a header,
// UTF-8 without byte order mark (which most programs other than Excel read as part of the first name).
func writeCSV(w io.Writer, d *Document, o Options) error {
	out := csvWriter{w: bufio.NewWriter(w)}
	columns := csvColumns()
	out.record(columns)
	row := func(r csvRow) {
		r["cwe"] = weaknesses(r["rule"], o.Rules)
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = r[c]
		}
		out.record(cells)
	}
	if l := changeText(d); l != "" {
		row(csvRow{"type": "change", "message": l})
	}
	for i := range d.Findings {
		row(csvFinding(&d.Findings[i], string(d.Findings[i].Status)))
	}
	for i := range d.Fixed {
		row(csvFinding(&d.Fixed[i], "fixed"))
	}
	for i := range d.NotLookedAt {
		row(csvFinding(&d.NotLookedAt[i], "not-looked-at"))
	}
	for _, p := range d.Problems {
		row(csvProblem("problem", p))
	}
	for _, p := range d.Notices {
		row(csvProblem("notice", p))
	}
	if l := strings.TrimSpace(scopeText(d) + " " + request(d)); l != "" {
		row(csvRow{"type": "scope", "message": l})
	}
	return out.w.Flush() // which remembers the first error
}

func csvFinding(f *audit.Finding, status string) csvRow {
	r := csvRow{
		"type": "finding", "status": status, "severity": f.Severity.String(), "confidence": f.Confidence.String(),
		"rule": f.RuleID, "rule_name": f.RuleName, "organization": f.Organization, "kind": string(f.Kind), "name": f.Name,
		"environments": strings.Join(environmentsOf(f.Deployments), ", "), "deployments": deployedIn(f.Deployments, fullDeployments),
		"file": f.File, "line": number(f.Line), "column": number(f.Column), "message": f.Message, "remediation": f.Remediation,
		"searched": f.Searched, "fingerprint": f.Fingerprint, "source": f.Source, "policy": f.Policy,
	}
	if s := f.Suppression; s != nil {
		r["suppression_reason"], r["suppression_expires"] = s.Reason, s.Expires
	}
	return r
}

// weaknesses are the numbers of a rule in Common Weakness Enumeration, "" for a rule that this program does not have.
func weaknesses(id string, rules []*audit.Rule) string {
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

func csvProblem(kind string, p apigee.Problem) csvRow {
	revision := ""
	if p.Revision != "" {
		revision = "r" + p.Revision + " "
	}
	return csvRow{
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
func environmentsOf(deployments []audit.Deployed) []string {
	var all []string
	for _, d := range deployments {
		if len(all) == 0 || all[len(all)-1] != d.Environment {
			all = append(all, d.Environment)
		}
	}
	return all
}

// csvWriter quotes every cell: a name with a separator of another locale must not start a cell of its own.
type csvWriter struct{ w *bufio.Writer }

func (c csvWriter) record(cells []string) {
	for i, cell := range cells {
		if i > 0 {
			_ = c.w.WriteByte(',')
		}
		_, _ = c.w.WriteString(`"` + strings.ReplaceAll(harmlessCell(cell), `"`, `""`) + `"`)
	}
	_, _ = c.w.WriteString("\r\n")
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
