package report

import (
	"encoding/json"
	"fmt"
	"io"

	"apigee-audit/audit"
)

type Options struct {
	Width            int
	Color, Verbose   bool
	Rules            []*audit.Rule
	SARIFPath        string
	WorkingDirectory string
}

func Formats() []string { return []string{"table", "json", "sarif"} }
func New(tool Tool, results []*audit.Result) *Document {
	d := &Document{SchemaVersion: 1, Tool: tool, Complete: true}
	for _, r := range results {
		d.Organizations = append(d.Organizations, Organization{Name: r.Organization.Name, Deployments: r.Deployments})
		d.Findings = append(d.Findings, r.Findings...)
		d.Problems = append(d.Problems, r.Problems...)
		d.Notices = append(d.Notices, r.Notices...)
		d.Inventory = append(d.Inventory, r.Inventory...)
	}
	d.Complete = len(d.Problems) == 0
	d.Summary.Problems = len(d.Problems)
	d.Summary.Findings.Total = len(d.Findings)
	return d
}
func Write(w io.Writer, format string, d *Document, o Options) error {
	if format == "sarif" {
		_, err := io.WriteString(w, `{"version": "2.1.0"}`)
		return err
	}
	if format == "json" {
		b, err := json.MarshalIndent(d, "", "  ")
		if err == nil {
			_, err = w.Write(append(b, '\n'))
		}
		return err
	}
	for _, f := range d.Findings {
		if _, err := fmt.Fprintln(w, f.Severity, f.RuleID, f.Name, f.Message, f.Fingerprint); err != nil {
			return err
		}
	}
	for _, p := range d.Problems {
		fmt.Fprintln(w, p.Error)
	}
	_, err := fmt.Fprintf(w, "%d findings, %d problems\n", len(d.Findings), len(d.Problems))
	return err
}
func Explain(w io.Writer, d *Document, fingerprint string, o Options) error {
	for _, f := range d.Findings {
		if f.Fingerprint == fingerprint {
			_, err := fmt.Fprintln(w, f.Message)
			return err
		}
	}
	return fmt.Errorf("no finding with fingerprint %s", fingerprint)
}
