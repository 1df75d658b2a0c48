package records

import (
	"cmp"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// AnnotateInventory adds to each deployed proxy what the organization's own records tell of it.
func (rec *Records) AnnotateInventory(inventory []finding.Evidence) {
	if rec == nil {
		return
	}
	type deployed struct {
		environment string
		revision    apigee.Revision
	}
	visits, hostnames := map[deployed]visited{}, map[string][]string{}
	for _, e := range rec.facts.Environments {
		names := rec.hostnames(e.Name)
		slices.Sort(names)
		hostnames[e.Name] = slices.Compact(names)
		for _, w := range e.Traces() {
			r := w.Program.Revision
			visits[deployed{e.Name, apigee.Revision{Kind: r.Kind, Name: r.Name, Number: r.Number}}] = visited{e, w}
		}
	}
	products := newProductIndex(rec)
	for i := range inventory {
		ev := &inventory[i]
		at, walked := visits[deployed{ev.Environment, apigee.Revision{Kind: ev.Kind, Name: ev.Name, Number: ev.Revision}}]
		if ev.Kind != apigee.KindProxy || !walked {
			continue
		}
		ev.Traffic = rec.deploymentTraffic(at)
		if rec.Groups == nil && rec.Products == nil {
			continue
		}
		ev.Reach = &finding.Reach{}
		if rec.Groups != nil {
			ev.Reach.Hostnames = slices.Clone(hostnames[ev.Environment])
		}
		if rec.Products != nil && len(ev.Operations)+len(ev.SharedFlows) > 0 {
			ev.Reach.Products = rec.openings(products, at)
		}
	}
}

// hostnames are those of the groups that have an environment, group by group.
func (rec *Records) hostnames(environment string) []string {
	names := []string{}
	for _, g := range rec.Groups {
		if slices.Contains(g.Environments, environment) {
			names = append(names, g.Hostnames...)
		}
	}
	return names
}

// openings are the products that open a proxy, with the apps that have them, if they were read.
func (rec *Records) openings(x *productIndex, at visited) []finding.Opening {
	out := []finding.Opening{}
	open := slices.Clone(x.opens(at.environment.Name, at.trace))
	for _, i := range x.general {
		if x.products[i].Allows(at.environment.Name, "") {
			open = append(open, i)
		}
	}
	slices.Sort(open)
	for _, i := range slices.Compact(open) {
		o := finding.Opening{Name: x.products[i].Name}
		if apps, read := rec.Apps[o.Name]; read {
			o.Apps = appNames(apps)
		}
		out = append(out, o)
	}
	return out
}

// appNames are the names of apps, or the IDs of those without one, sorted.
func appNames(apps []apigee.App) []string {
	names := []string{}
	for _, a := range apps {
		names = append(names, cmp.Or(strings.TrimSpace(a.Name), a.ID))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// deploymentTraffic is what was counted of a proxy; nil where traffic was not asked for or could not be read.
func (rec *Records) deploymentTraffic(at visited) *finding.DeploymentTraffic {
	u := rec.Usage(at.environment, at.trace)
	if u == nil {
		return nil
	}
	t := &finding.DeploymentTraffic{
		From: rec.Window.Start, To: rec.Window.End, Calls: u.Total, Issuing: u.Issued, Refreshing: u.Refreshed, Either: u.Shared, Partial: u.Partial,
	}
	t.Either.Join(u.Unplaced)
	return t
}
