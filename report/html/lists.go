package html

import (
	"slices"
	"strconv"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// list is one of the sections that findings are in, by what is to be done about them.
type list struct {
	ID, Title, Nav, Count string
	Note                  string // what the reader must know of all of them
	Folded                string // what to click on to see them, "" where they are there at once
	None                  string // what to say in place of findings
	Organizations         []organization
}

// The statuses that the filter knows beside those of findings in the report.
const (
	statusFixed       finding.Status = "fixed"
	statusNotLookedAt finding.Status = "not looked at"
)

// statusWord is what the page calls a status.
func statusWord(s finding.Status) string {
	if s == finding.StatusSuppressed {
		return "accepted"
	}
	return string(s)
}

// listsOf are the sections of findings: what is new first, what is known folded away behind it, then what somebody accepted and
// what an earlier report had.
func listsOf(d *report.Document, o report.Options, ids *anchors) []list {
	of := func(s finding.Status) []finding.Finding {
		return slices.DeleteFunc(slices.Clone(d.Findings), func(f finding.Finding) bool { return f.Status != s })
	}
	compared := d.Baseline != nil || d.Change != nil
	unread := report.NewView(d)
	all := []struct {
		list
		findings []finding.Finding
		status   finding.Status
		why      func(*finding.Finding) string
	}{
		{list: list{ID: "findings", Title: "Findings", Nav: "Findings", None: report.FoundLine(d)}, findings: of(finding.StatusNew), status: finding.StatusNew},
		{list: list{ID: "known", Title: "Known findings", Nav: "Known", Note: "They are " + report.KnownFrom(d) + "."}, findings: of(finding.StatusKnown), status: finding.StatusKnown},
		{list: list{ID: "accepted", Title: "Accepted findings", Nav: "Accepted", Note: "These risks were accepted. They count neither as open findings nor as passed."},
			findings: of(finding.StatusSuppressed), status: finding.StatusSuppressed},
		{list: list{ID: "fixed", Title: report.FixedTitle(d), Nav: "Fixed", Note: "They are gone, and this audit looked where they were. Places and paths are those of the earlier audit."},
			findings: d.Fixed, status: statusFixed},
		{list: list{ID: "not-looked-at", Title: report.NotLookedAtTitle(d), Nav: "Not looked at", Note: "They may still be there. Places and paths are those of the earlier audit."},
			findings: d.NotLookedAt, status: statusNotLookedAt, why: func(f *finding.Finding) string { return unread.BlindTo(f, nil) }},
	}
	var out []list
	for i := range all {
		l := &all[i]
		if len(l.findings) == 0 && l.ID != "findings" {
			continue
		}
		l.Count = strconv.Itoa(len(l.findings))
		switch {
		case l.ID != "findings":
		case asksForStatus(d) && !report.ListsStatus(d, finding.StatusNew):
			l.Title, l.None = "New findings", "New findings were not asked for."
		case compared || d.Summary.Known > 0:
			l.Title, l.None = "New findings", "No finding is new."
		case d.Summary.Findings.Total == 0 && d.Summary.Suppressed > 0:
			l.None = "No open findings."
		}
		if l.status != finding.StatusNew && l.status != finding.StatusSuppressed && !(d.Change != nil && l.status == statusFixed) {
			l.Folded = "Show " + text.Count(len(l.findings), "finding")
		}
		l.Organizations = byOrganization(l.findings, d, ids, func(f *finding.Finding) card {
			c := newCard(f, l.status, d, o, ids)
			if l.why != nil {
				c.Unseen = l.why(f)
			}
			return c
		})
		out = append(out, l.list)
	}
	return out
}

// asksForStatus reports whether only findings of some statuses are in the report.
func asksForStatus(d *report.Document) bool {
	asks := func(s *report.Scope) bool { return s != nil && len(s.Statuses) > 0 }
	return asks(d.Scope) || slices.ContainsFunc(d.Organizations, func(o report.Organization) bool { return asks(o.Scope) })
}
