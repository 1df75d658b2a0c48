package csv

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// inventoryColumns are the columns of the inventory. New ones are only added at the end.
func inventoryColumns() []string {
	return []string{
		"type", "status", "organization", "environments", "kind", "name", "revision", "sha256", "issues", "refreshes", "reads", "imports", "revokes",
		"worst", "findings", "accepted", "sources", "message",
		"access_lifetime", "refresh_lifetime", "rotates", "client_authentication", "revokes_by", "revocable", "base_paths", "hostnames", "products", "apps",
		"calls", "successful_calls", "issuing_calls", "refreshing_calls", "either_calls", "shared_flows", "runs_in", "high", "medium", "low", "info",
	}
}

// WriteInventory writes one row for each deployment that was looked at, clean or not, and one for each that could not be.
func WriteInventory(w io.Writer, d *report.Document, o report.Options) error {
	return WriteDeployments(w, report.NewInventory(d, report.InventoryFilter{}), o)
}

// WriteDeployments writes such rows for the deployments of an inventory, and one for each whose lifetime could not be compared.
func WriteDeployments(w io.Writer, v *report.Inventory, _ report.Options) error {
	out := newSheet(w, inventoryColumns())
	scope := *v.Document
	scope.Organizations, scope.Problems = v.Organizations, v.Problems
	for _, r := range scopeRows(&scope) {
		if l := v.FilterText(); l != "" && r["type"] == "scope" {
			r["message"] += " " + l
		}
		out.put(r)
	}
	for i := range v.Deployments {
		out.put(deploymentRow(&v.Deployments[i]))
	}
	for _, n := range v.NotCompared {
		out.put(row{
			"type": "not compared", "organization": n.Organization, "environments": n.Environment, "kind": string(n.Kind), "name": n.Name,
			"revision": n.Revision, "refresh_lifetime": n.Why, "message": "Whether the refresh tokens live longer is not known.",
		})
	}
	for _, all := range v.Problems {
		for p := range all.Each() {
			out.put(row{
				"type": "problem", "status": "not looked at", "organization": p.Organization, "environments": strings.Join(p.In(), ", "),
				"kind": string(p.Kind), "name": p.Name, "revision": p.Revision, "sources": p.Source, "message": p.Operation + ": " + p.Error,
			})
		}
	}
	return out.close()
}

func deploymentRow(e *report.InventoryEntry) row {
	r := row{
		"type": "deployment", "status": "audited", "organization": e.Organization, "environments": e.Environment, "kind": string(e.Kind), "name": e.Name,
		"revision": e.Revision, "sha256": e.SHA256, "issues": list(e.Grants), "refreshes": yes(e.Refreshes), "reads": yes(e.Reads),
		"imports": yes(e.Imports), "revokes": yes(e.Revokes), "sources": list(e.Sources),
		"access_lifetime": e.AccessLifetime(), "refresh_lifetime": e.RefreshLifetime(), "rotates": e.Rotation(),
		"client_authentication": e.ClientAuthentication(), "revokes_by": e.RevokesBy(), "revocable": e.RevocableText(),
		"base_paths": list(e.BasePaths), "hostnames": list(e.Hostnames()), "products": list(e.Products()), "apps": list(e.Apps()),
		"shared_flows": list(e.SharedFlows), "runs_in": list(e.Proxies()),
	}
	if t := e.Traffic; t != nil {
		for column, n := range map[string]int64{
			"calls": t.Calls.Calls, "successful_calls": t.Successes, "issuing_calls": t.Issuing.Calls, "refreshing_calls": t.Refreshing.Calls, "either_calls": t.Either.Calls,
		} {
			r[column] = strconv.FormatInt(n, 10)
		}
	}
	f := e.Findings
	if f == nil {
		r["status"] = "not reported"
		return r
	}
	r["findings"], r["accepted"] = strconv.Itoa(f.Total), strconv.Itoa(f.Accepted)
	for _, s := range finding.Severities() {
		r[s.String()] = strconv.Itoa(f.Of(s))
	}
	if worst, any := f.Worst(); any {
		r["worst"] = worst.String()
	}
	r["message"] = list(report.Distinct(slices.Concat(f.Reasons, []string{e.Partly})))
	return r
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
