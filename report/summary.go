package report

import (
	"fmt"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

// closing sums the report up: what was found, what was looked at, what was not, and what to do next.
func closing(d *Document, o Options) string {
	lines := []string{foundLine(d)}
	if d.Summary.Findings.Total == 0 {
		for _, org := range d.Organizations {
			lines = append(lines, scopeLine(d, org))
		}
	}
	lines = append(lines, coverageLine(d))
	if l := scopeText(d); l != "" {
		lines = append(lines, l)
	}
	if l := request(d); l != "" && o.Verbose {
		lines = append(lines, l)
	}
	if l := standing(d); l != "" {
		lines = append(lines, l)
	}
	if !d.Complete {
		lines = append(lines, "The audit is incomplete: there may be findings that it does not show.")
	}
	if first := shown(d, o); len(first) > 0 {
		lines = append(lines, fmt.Sprintf("Run `apigee-audit rules %s` for what it means and how to fix it.", first[0].RuleID))
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(paragraph("", l, o.Width))
	}
	return b.String()
}

// foundLine is "2 findings (1 high, 1 low) in 2 of 57 proxies, 4 environments." With a change it is what a scan would say
// after the deployment.
func foundLine(d *Document) string {
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
		return "Nothing was looked at: no deployment was seen."
	}
	if c.Total == 0 {
		return "No findings" + askedFor(d) + " in " + where + "."
	}
	var parts []string
	for _, p := range []struct {
		n int
		s audit.Severity
	}{{c.High, audit.High}, {c.Medium, audit.Medium}, {c.Low, audit.Low}, {c.Info, audit.Info}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.s))
		}
	}
	return fmt.Sprintf("%s (%s) in %s.", text.Count(c.Total, "finding"), strings.Join(parts, ", ")+hiddenSeverities(d), where)
}

func lookedAtNothing(d *Document) bool {
	for _, o := range d.Organizations {
		if o.Audited > 0 {
			return false
		}
	}
	return true
}

// scopeLine says what was looked at in one organization, for reports that have nothing else to say of it.
func scopeLine(d *Document, o Organization) string {
	if o.Offline {
		return organizationTitle(o.Name) + ": " + text.Count(o.Audited, "bundle") + "."
	}
	environments := "no environments"
	if reported := d.reportedEnvironments(o); len(reported) > 0 {
		environments = "environments " + strings.Join(reported, ", ")
	}
	return organizationTitle(o.Name) + ": " + environments + "."
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
			if f.Kind == kind.kind && f.Status != audit.StatusSuppressed {
				affected.add(f.Organization, f.Name)
			}
		}
		for _, e := range d.Inventory {
			if e.Kind == kind.kind && d.reported(&e) {
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

// coverageLine says how much of what is deployed was read: "61 deployments of 57 revisions listed, 56 revisions
// audited, 1 not audited."
func coverageLine(d *Document) string {
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
