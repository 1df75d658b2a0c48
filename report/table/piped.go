package table

import (
	"slices"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// column is one column of the table that scripts read.
type column struct {
	title string
	cell  func(*finding.Finding) string
}

// piped gives the lines of the table for scripts: each finding is one line, which says all that somebody may search for.
func piped(findings []finding.Finding, d *report.Document, o report.Options) ([]string, error) {
	var header []string
	columns := pipedColumns(findings, d, o)
	for _, c := range columns {
		header = append(header, c.title)
	}
	var rows [][]string
	for i := range findings {
		var row []string
		for _, c := range columns {
			row = append(row, c.cell(&findings[i]))
		}
		rows = append(rows, row)
	}
	lines, err := grid(header, rows)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		lines[i+1] = paintBeginning(lines[i+1], findings[i].Severity.String(), o.Color)
	}
	return lines, nil
}

func pipedColumns(findings []finding.Finding, d *report.Document, o report.Options) []column {
	columns := []column{{"SEVERITY", func(f *finding.Finding) string { return f.Severity.String() }}}
	if len(d.Subjects()) > 1 {
		columns = append(columns, column{"ORGANIZATION", func(f *finding.Finding) string { return f.Organization }})
	}
	columns = append(columns, column{"RULE", func(f *finding.Finding) string { return f.RuleID }},
		column{"PROXY", func(f *finding.Finding) string { return report.BundleName(f.Kind, f.Name) }})
	// Bundles from disk are deployed nowhere.
	if slices.ContainsFunc(findings, func(f finding.Finding) bool { return report.IsDeployed(&f) }) {
		columns = append(columns, column{"DEPLOYED", func(f *finding.Finding) string { return report.DeployedIn(f.Deployments) }})
	}
	return append(columns,
		column{"LOCATION", func(f *finding.Finding) string { return report.Location(f, o.WorkingDirectory, false) }},
		column{"FINGERPRINT", beginning},
		column{"MESSAGE", func(f *finding.Finding) string {
			m := report.Message(f)
			if elsewhere := elsewhere(f); elsewhere != "" {
				m += " [" + elsewhere + "]"
			}
			return m
		}})
}

// beginning is enough of a finding's fingerprint to tell it from others for --explain.
func beginning(f *finding.Finding) string {
	all := []rune(f.Fingerprint)
	return string(all[:min(fingerprintLength, len(all))])
}

// fingerprintLength is how much of a fingerprint rows have, in characters.
const fingerprintLength = 8

// elsewhere says in which other bundles on disk the same is found; "" for none.
func elsewhere(f *finding.Finding) string {
	paths := report.Elsewhere(f)
	if len(paths) == 0 {
		return ""
	}
	return "also in " + text.ListSome(paths, report.MostPaths)
}
