package format

import (
	"io"

	"apigee-audit/report"
	"apigee-audit/report/csv"
	"apigee-audit/report/json"
	"apigee-audit/report/table"
)

// inventoryFormats is the one list of writers of inventories, the default first.
func inventoryFormats() []format[*report.Inventory] {
	return []format[*report.Inventory]{
		{name: "table", write: table.WriteInventory, finish: report.BreakCommandsInText},
		{name: "csv", write: csv.WriteDeployments, finish: report.BreakCommandsInText},
		{name: "json", write: json.WriteInventory},
	}
}

// InventoryFormats lists the names that [WriteInventory] knows, the default first.
func InventoryFormats() []string { return names(inventoryFormats()) }

// WriteInventory writes an inventory in one of the [InventoryFormats].
func WriteInventory(w io.Writer, name string, v *report.Inventory, o report.Options) error {
	return writeAs(w, "inventory", inventoryFormats(), name, v, o)
}

// incidentFormats is the one list of writers of incidents, the default first.
func incidentFormats() []format[*report.Incident] {
	return []format[*report.Incident]{
		{name: "table", write: table.WriteIncident, finish: report.BreakCommandsInText},
		{name: "json", write: json.WriteIncident},
	}
}

// IncidentFormats lists the names that [WriteIncident] knows, the default first.
func IncidentFormats() []string { return names(incidentFormats()) }

// WriteIncident writes an incident in one of the [IncidentFormats].
func WriteIncident(w io.Writer, name string, in *report.Incident, o report.Options) error {
	return writeAs(w, "incident", incidentFormats(), name, in, o)
}
