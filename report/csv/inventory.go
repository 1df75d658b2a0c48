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
	}
}

// WriteInventory writes one row for each deployment that was looked at, clean or not, and one for each that could not be.
func WriteInventory(w io.Writer, d *report.Document, _ report.Options) error {
	out := newSheet(w, inventoryColumns())
	for _, r := range scopeRows(d) {
		out.put(r)
	}
	counts := countDeployed(d)
	for i := range d.Inventory {
		e := &d.Inventory[i]
		r := row{
			"type": "deployment", "status": "audited", "organization": e.Organization, "environments": e.Environment, "kind": string(e.Kind), "name": e.Name,
			"revision": e.Revision, "sha256": e.SHA256, "issues": list(e.Grants), "refreshes": yes(e.Refreshes), "reads": yes(e.Reads),
			"imports": yes(e.Imports), "revokes": yes(e.Revokes), "sources": list(e.Sources),
		}
		if d.Reported(e) {
			n := counts.of(e)
			r["findings"], r["accepted"] = strconv.Itoa(n.open), strconv.Itoa(n.accepted)
			if n.open > 0 {
				r["worst"] = n.worst.String()
			}
			r["message"] = list(distinct(slices.Concat(n.reasons, []string{e.Partly})))
		} else {
			r["status"] = "not reported"
		}
		out.put(r)
	}
	for _, all := range d.Problems {
		for p := range all.Each() {
			out.put(row{
				"type": "problem", "status": "not looked at", "organization": p.Organization, "environments": strings.Join(p.In(), ", "),
				"kind": string(p.Kind), "name": p.Name, "revision": p.Revision, "sources": p.Source, "message": p.Operation + ": " + p.Error,
			})
		}
	}
	return out.close()
}

// deployedCount is what was found in one deployment.
type deployedCount struct {
	open, accepted int
	worst          finding.Severity
	reasons        []string // why something is accepted
}

type deployedKey struct{ organization, kind, name, environment, revision, source string }

type deployedCounts map[deployedKey]*deployedCount

func countDeployed(d *report.Document) deployedCounts {
	counts := deployedCounts{}
	for i := range d.Findings {
		f := &d.Findings[i]
		for _, at := range f.Deployments {
			key := deployedKey{f.Organization, string(f.Kind), f.Name, at.Environment, at.Revision, at.Source}
			n := counts[key]
			if n == nil {
				n = &deployedCount{}
				counts[key] = n
			}
			if f.Status == finding.StatusSuppressed {
				n.accepted++
				n.reasons = append(n.reasons, f.RuleID+" "+report.Acceptance(f))
				continue
			}
			n.open++
			n.worst = max(n.worst, f.Severity)
		}
	}
	return counts
}

// of is the count of a deployment; copies on disk have the findings of one.
func (c deployedCounts) of(e *finding.Evidence) deployedCount {
	sources := e.Sources
	if len(sources) == 0 {
		sources = []string{""}
	}
	for _, source := range sources {
		if n := c[deployedKey{e.Organization, string(e.Kind), e.Name, e.Environment, e.Revision, source}]; n != nil {
			return *n
		}
	}
	return deployedCount{}
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// distinct are the different ones of some words, in their order.
func distinct(words []string) []string {
	var out []string
	for _, w := range words {
		if w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
