package json

import (
	"io"

	"apigee-audit/report"
)

// WriteInventory writes an inventory for programs. Deployments have the fields of the report.
func WriteInventory(w io.Writer, v *report.Inventory, _ report.Options) error {
	return report.Encode(w, v)
}

// WriteIncident writes an incident for programs.
func WriteIncident(w io.Writer, in *report.Incident, _ report.Options) error {
	return report.Encode(w, in)
}
