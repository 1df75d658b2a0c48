package report

import (
	"cmp"
	"slices"
)

// Subjects are the organizations that the report is about, sorted by name: those that were looked at, and those that only
// findings, problems or evidence name. The nameless one is that of bundles from disk. A problem or notice of no organization
// is about the report as a whole.
func (d *Document) Subjects() []Organization {
	all := slices.Clone(d.Organizations)
	seen := map[string]bool{}
	for _, o := range all {
		seen[o.Name] = true
	}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			all = append(all, Organization{Name: name})
		}
	}
	for i := range d.Findings {
		add(d.Findings[i].Organization)
	}
	for i := range d.Inventory {
		add(d.Inventory[i].Organization)
	}
	for _, p := range slices.Concat(d.Problems, d.Notices) {
		if p.Organization != "" {
			add(p.Organization)
		}
	}
	slices.SortStableFunc(all, func(a, b Organization) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// Parts are the subjects for formats that say everything under one of them: with a nameless one at the end for what is about
// the report as a whole, and for a report about nothing.
func (d *Document) Parts() []Organization {
	all := d.Subjects()
	if slices.ContainsFunc(all, func(o Organization) bool { return o.Name == "" }) {
		return all
	}
	for _, p := range slices.Concat(d.Problems, d.Notices) {
		if p.Organization == "" {
			return append(all, Organization{})
		}
	}
	if len(all) == 0 {
		return []Organization{{}}
	}
	return all
}
