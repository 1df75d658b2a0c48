package report

import (
	"fmt"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// FoundLine is "2 findings (1 high, 1 low) in 2 of 57 proxies, 4 environments." With a change it is what a scan would say
// after the deployment.
func FoundLine(d *Document) string {
	line := verdictLine(d)
	if d.Change == nil {
		return line
	}
	return "With the change: " + strings.ToLower(line[:1]) + line[1:]
}

func verdictLine(d *Document) string {
	c := d.Summary.Findings
	where := lookedAt(d)
	if c.Total == 0 && lookedAtNothing(d) {
		return "Nothing was audited: no deployment was visible."
	}
	if c.Total == 0 {
		what := "No findings"
		if d.Summary.Suppressed > 0 {
			what = "No open findings"
		}
		return what + askedFor(d) + " in " + where + "."
	}
	return fmt.Sprintf("%s (%s) in %s.", text.Count(c.Total, "finding"), strings.Join(c.BySeverity(), ", ")+hiddenSeverities(d), where)
}

func lookedAtNothing(d *Document) bool {
	for _, o := range d.Organizations {
		if o.Audited > 0 {
			return false
		}
	}
	return true
}

// LookedAtLine says what was looked at in one organization, for reports that have nothing else to say of it.
func LookedAtLine(d *Document, o Organization) string {
	if o.Offline {
		return OrganizationTitle(o.Name) + ": " + text.Count(o.Audited, "bundle") + "."
	}
	environments := "no environments"
	if reported := d.reportedEnvironments(o); len(reported) > 0 {
		environments = "environments " + strings.Join(reported, ", ")
	}
	return OrganizationTitle(o.Name) + ": " + environments + "."
}

// lookedAt is "2 of 57 proxies, 1 of 3 shared flows, 4 environments": how much has findings of how much was read.
func lookedAt(d *Document) string {
	var parts []string
	for _, kind := range []struct {
		kind     apigee.Kind
		one, all string
	}{{apigee.KindProxy, "proxy", "proxies"}, {apigee.KindSharedFlow, "shared flow", "shared flows"}} {
		affected, seen := bundles{}, bundles{}
		for _, f := range d.Findings {
			if f.Kind == kind.kind && f.Status != finding.StatusSuppressed {
				affected.add(f.Organization, f.Name)
			}
		}
		for _, e := range d.Inventory {
			if e.Kind == kind.kind && d.Reported(&e) {
				seen.add(e.Organization, e.Name)
			}
		}
		noun := kind.all
		if len(seen) == 1 || len(seen) == 0 && len(affected) == 1 {
			noun = kind.one
		}
		switch {
		case len(seen) < len(affected): // the evidence was left out of the report
			parts = append(parts, fmt.Sprintf("%d %s", len(affected), noun))
		case len(affected) > 0:
			parts = append(parts, fmt.Sprintf("%d of %d %s", len(affected), len(seen), noun))
		case len(seen) > 0 && d.Summary.Findings.Total == 0, len(seen) == 0 && kind.kind == apigee.KindProxy:
			parts = append(parts, fmt.Sprintf("%d %s", len(seen), noun))
		}
	}
	environments, live := 0, false
	for _, o := range d.Organizations {
		environments += len(d.reportedEnvironments(o))
		live = live || !o.Offline
	}
	if live {
		parts = append(parts, text.Count(environments, "environment"))
	}
	if n := len(d.Organizations); n > 1 {
		parts = append(parts, text.Count(n, "organization"))
	}
	return strings.Join(parts, ", ")
}

// bundles is a set of proxies or shared flows.
type bundles map[[2]string]bool

func (b bundles) add(organization, name string) { b[[2]string{organization, name}] = true }

// CoverageLine says how much of what is deployed was read: "61 deployments of 57 revisions listed, 56 revisions
// audited, 1 not audited."
func CoverageLine(d *Document) string {
	var deployments, revisions, audited int
	offline := len(d.Organizations) > 0
	for _, o := range d.Organizations {
		deployments, revisions, audited = deployments+o.Deployments, revisions+o.Revisions, audited+o.Audited
		offline = offline && o.Offline
	}
	listed, noun := text.Count(deployments, "deployment")+" listed", "revision"
	if offline {
		listed, noun = text.Count(revisions, "bundle")+" found", "bundle"
	}
	line := fmt.Sprintf("%s, %s audited", listed, text.Count(audited, noun))
	if n := revisions - audited; n > 0 {
		line += fmt.Sprintf(", %d not audited", n)
	}
	return line + "."
}
