package csv

import (
	"io"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// controlColumns are the columns of the requirements. New ones are only added at the end.
func controlColumns() []string {
	return []string{
		"type", "status", "framework", "requirement", "title", "rules", "not_judged", "organization", "kind", "name", "environments", "revisions",
		"sha256", "findings", "message",
	}
}

// WriteControls writes one row for each requirement and each bundle, with what was looked at of it.
func WriteControls(w io.Writer, d *report.Document, _ report.Options) error {
	out := newSheet(w, controlColumns())
	for _, r := range scopeRows(d) {
		out.put(r)
	}
	evidence := evidenceOf(d)
	reasons := map[string]string{}
	for i := range d.Findings {
		if f := &d.Findings[i]; f.Status == finding.StatusSuppressed {
			reasons[f.ID] = f.RuleID + " " + report.Acceptance(f)
		}
	}
	for i := range d.Controls {
		c := &d.Controls[i]
		for _, state := range []struct {
			name    string
			bundles []report.Judged
		}{{"failed", c.Failed}, {"accepted", c.Accepted}, {"not looked at", c.NotLookedAt}, {"passed", c.Passed}} {
			for _, b := range state.bundles {
				r := controlRow(c, b)
				r["status"] = state.name
				e := evidence[bundleKey{b.Organization, apigee.Ref{Kind: b.Kind, Name: b.Name}}]
				r["environments"], r["revisions"], r["sha256"] = strings.Join(report.Distinct(e.environments), ", "), list(report.Distinct(e.revisions)), list(report.Distinct(e.digests))
				var said []string
				for _, id := range b.Findings {
					said = append(said, reasons[id])
				}
				r["message"] = list(report.Distinct(append(said, b.Why)))
				out.put(r)
			}
		}
	}
	for _, p := range d.Problems {
		out.put(row{
			"type": "problem", "status": "not looked at", "organization": p.Organization, "kind": string(p.Kind), "name": p.Name,
			"environments": strings.Join(p.In(), ", "), "revisions": p.Revision, "message": p.Operation + ": " + p.Error,
		})
	}
	return out.close()
}

func controlRow(c *report.Control, b report.Judged) row {
	var unjudged []string
	for _, n := range c.NotJudged {
		unjudged = append(unjudged, n.RuleID+": "+n.Why)
	}
	return row{
		"type": "control", "framework": c.Framework, "requirement": c.Requirement, "title": c.Title, "rules": list(c.Rules), "not_judged": list(unjudged),
		"organization": b.Organization, "kind": string(b.Kind), "name": b.Name, "findings": list(b.Findings),
	}
}

type bundleKey struct {
	organization string
	apigee.Ref
}

// evidence is what was looked at of a bundle.
type evidence struct{ environments, revisions, digests []string }

func evidenceOf(d *report.Document) map[bundleKey]evidence {
	all := map[bundleKey]evidence{}
	for i := range d.Inventory {
		in := &d.Inventory[i]
		key := bundleKey{in.Organization, apigee.Ref{Kind: in.Kind, Name: in.Name}}
		e := all[key]
		e.environments, e.revisions, e.digests = append(e.environments, in.Environment), append(e.revisions, in.Revision), append(e.digests, in.SHA256)
		all[key] = e
	}
	return all
}
