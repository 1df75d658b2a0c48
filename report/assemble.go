package report

import (
	"slices"
	"time"

	"apigee-audit/audit/finding"
)

// New makes the report of a run from the audits of its organizations, in any order. It copies what it changes: the
// results stay as they are.
func New(tool Tool, results []*finding.Result) *Document {
	d := &Document{SchemaVersion: SchemaVersion, Tool: tool}
	for _, r := range results {
		d.span(r.StartedAt, r.FinishedAt)
		d.Organizations = append(d.Organizations, Organization{
			Name: r.Organization.Name, Platform: r.Organization.Platform, Offline: r.Organization.Offline,
			Environments: slices.Clone(r.Organization.Environments), Endpoint: r.Organization.Endpoint,
			Deployments: r.Deployments, Revisions: r.Revisions, Audited: r.Audited,
		})
		for _, f := range r.Findings {
			f.Deployments, f.Fixes = slices.Clone(f.Deployments), slices.Clone(f.Fixes)
			d.Findings = append(d.Findings, f)
		}
		d.Problems = append(d.Problems, r.Problems...)
		d.Notices = append(d.Notices, r.Notices...)
		d.Inventory = append(d.Inventory, r.Inventory...)
		if r.Edges != nil {
			d.Edges = append(present(d.Edges), r.Edges...)
		}
		if r.LeftOut != nil {
			d.LeftOut = append(present(d.LeftOut), r.LeftOut...)
		}
		if r.StoredTokens != nil {
			d.StoredTokens = append(d.StoredTokens, *r.StoredTokens)
		}
	}
	d.Normalize()
	return d
}

// span widens the time of the run to hold one organization's audit; unknown times are left out.
func (d *Document) span(start, end time.Time) {
	if !start.IsZero() && (d.StartedAt.IsZero() || start.Before(d.StartedAt)) {
		d.StartedAt = start.UTC()
	}
	if end.After(d.FinishedAt) {
		d.FinishedAt = end.UTC()
	}
}

// Normalize sorts everything and recomputes Complete and Summary. Call it after changing findings or problems, for
// instance after a baseline has set their status.
func (d *Document) Normalize() {
	d.Organizations = mergeOrganizations(d.Organizations)
	d.fill()
	d.sort()
	d.identify()
	d.Complete = d.whole()
	d.Summary, d.Controls = summarize(d), controlsOf(d)
}

// whole reports whether everything was looked at.
func (d *Document) whole() bool {
	return len(d.Problems) == 0 && (len(d.Organizations) > 0 || d.Shard != nil) &&
		!slices.ContainsFunc(d.Organizations, func(o Organization) bool { return o.Audited < o.Revisions })
}

// mergeOrganizations joins the entries of one organization that was audited in parts.
func mergeOrganizations(in []Organization) []Organization {
	var out []Organization
	for _, o := range in {
		i := slices.IndexFunc(out, func(p Organization) bool { return p.Name == o.Name })
		if i < 0 {
			out = append(out, o)
			continue
		}
		p := &out[i]
		p.Environments = append(p.Environments, o.Environments...)
		if p.Endpoint != o.Endpoint {
			p.Endpoint = ""
		}
		p.Deployments, p.Revisions, p.Audited = p.Deployments+o.Deployments, p.Revisions+o.Revisions, p.Audited+o.Audited
	}
	for i := range out {
		slices.Sort(out[i].Environments)
		out[i].Environments = slices.Compact(out[i].Environments)
	}
	return out
}

// fill replaces what must not be absent in JSON: null arrays and the status of findings that no baseline has judged.
func (d *Document) fill() {
	d.Organizations = present(d.Organizations)
	for i := range d.Organizations {
		d.Organizations[i].Environments = present(d.Organizations[i].Environments)
	}
	d.Findings = present(d.Findings)
	for _, list := range [][]finding.Finding{d.Findings, d.Fixed, d.NotLookedAt} {
		for i := range list {
			fillFinding(&list[i])
		}
	}
	for _, list := range [][]finding.Finding{d.Fixed, d.NotLookedAt} {
		for i := range list {
			list[i] = withoutFixes(list[i])
		}
	}
	d.Problems, d.Notices = present(d.Problems), present(d.Notices)
	d.Change.fill()
	d.Inventory = present(d.Inventory)
	for i := range d.StoredTokens {
		s := &d.StoredTokens[i]
		s.Proxies, s.Assumptions = present(s.Proxies), present(s.Assumptions)
		for j := range s.Proxies {
			s.Proxies[j].Assumptions = present(s.Proxies[j].Assumptions)
		}
	}
	scopes := []*Scope{d.Scope}
	for i := range d.Organizations {
		scopes = append(scopes, d.Organizations[i].Scope)
	}
	for _, s := range scopes {
		if s != nil && s.Config != nil {
			s.Config.Keys = present(s.Config.Keys)
		}
	}
	for i := range d.Catalogue {
		r := &d.Catalogue[i]
		r.CWE, r.References, r.Standards = present(r.CWE), present(r.References), present(r.Standards)
	}
	for i := range d.Inventory {
		e := &d.Inventory[i]
		e.Grants = present(e.Grants)
		for j := range e.Operations {
			e.Operations[j].Grants, e.Operations[j].Calls = present(e.Operations[j].Grants), present(e.Operations[j].Calls)
		}
	}
}

func fillFinding(f *finding.Finding) {
	f.Deployments, f.Path = present(f.Deployments), present(f.Path)
	for j := range f.Fixes {
		f.Fixes[j].Edits = present(f.Fixes[j].Edits)
	}
	if f.Status == "" {
		f.Status = finding.StatusNew
	}
}

func present[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func summarize(d *Document) Summary {
	s := Summary{Problems: len(d.Problems), Notices: len(d.Notices), Fixed: len(d.Fixed), NotLookedAt: len(d.NotLookedAt), NotShown: d.notShown()}
	for i := range d.Findings {
		s.add(&d.Findings[i])
	}
	return s
}

// ByOrganization are the findings and problems in the summary, each counted for its organization; "" is that of bundles from disk
// and of what is about no organization.
func (d *Document) ByOrganization() map[string]*Summary {
	all := map[string]*Summary{}
	of := func(organization string) *Summary {
		if all[organization] == nil {
			all[organization] = &Summary{}
		}
		return all[organization]
	}
	for _, o := range d.Subjects() {
		of(o.Name)
	}
	for i := range d.Findings {
		of(d.Findings[i].Organization).add(&d.Findings[i])
	}
	for i := range d.Problems {
		of(d.Problems[i].Organization).Problems++
	}
	return all
}

// add counts a finding.
func (s *Summary) add(f *finding.Finding) {
	switch f.Status {
	case finding.StatusSuppressed:
		s.Suppressed++
		return
	case finding.StatusKnown:
		s.Known++
	default:
		s.New++
	}
	s.Findings.Add(f.Severity, 1)
}
