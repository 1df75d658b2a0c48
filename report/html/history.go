package html

import (
	"cmp"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/history"
)

// WriteHistory writes what became of findings as one self-contained page for people, in the manner of [Write].
func WriteHistory(w io.Writer, h *history.History, _ report.Options) error {
	t, err := pageTemplate("history.html")
	if err != nil {
		return err
	}
	style, script, err := assets()
	if err != nil {
		return err
	}
	more, err := assetFiles.ReadFile("history.css")
	if err != nil {
		return err
	}
	style += string(more) + string(marginsOf(historyHeading, h.To, h.Tool))
	return t.Execute(w, newHistoryPage(h, style, script))
}

const historyHeading = "Refresh tokens over time"

// historyPage is everything that the template of a history shows.
type historyPage struct {
	Policy string
	Style  template.CSS
	Script template.JS

	Title, Tool, Heading, Head, Scope string
	Now, Since, Speed                 string
	Tiles                             []tile
	Audits, Organizations             int
	Open, Changes                     template.HTML
	Rows                              []auditRow
	ByOrganization                    []small
	ByRule                            []ruleRow
	Lists                             []followedList
	Gaps, Aside                       []string
	Problems                          []history.File
}

// tile is how many findings of a severity are open, and by how many more than at first.
type tile struct{ Severity, Count, Change string }

// auditRow is an audit in numbers.
type auditRow struct {
	At, Reports    string
	Open           []int // in all, and by severity
	Unseen         int
	Accepted       int
	Changes        history.Changes
	First, Partial bool
}

// small is a row of numbers with its picture.
type small struct {
	Title, Now, Note string
	Chart            template.HTML
}

type ruleRow struct {
	ID, Name, Severity string
	Before, Now        int
	Chart              template.HTML
}

// followedList is one of the sections that findings are in.
type followedList struct {
	ID, Title, Note, Column, Age string
	Count                        int
	Findings                     []followed
	Several                      bool // organizations
}

type followed struct {
	Severity, RuleID, RuleName, Name, Policy, Organization, Environments string
	At, Age                                                              string
	AgeKey                                                               int
	Remarks                                                              []string
	Strip                                                                template.HTML
}

func newHistoryPage(h *history.History, style, script string) *historyPage {
	p := &historyPage{
		Policy: contentPolicy(style, script), Style: template.CSS(style), Script: template.JS(script),
		Title: strings.TrimSpace(h.Now()+" "+h.Head()) + " · apigee-audit", Tool: madeBy(h.Tool), Heading: historyHeading,
		Head: h.Head(), Scope: h.Scope(), Now: h.Now(), Since: h.Since(), Speed: h.Speed(), Audits: len(h.Audits), Organizations: len(h.Organizations),
		Gaps: h.Gaps(), Aside: h.Aside(), Problems: h.Problems,
	}
	if len(h.Audits) == 0 {
		return p
	}
	first, last := &h.Audits[0], &h.Audits[len(h.Audits)-1]
	for _, s := range finding.Severities() {
		t := tile{Severity: s.String(), Count: fmt.Sprint(last.Open.Of(s))}
		if len(h.Audits) > 1 {
			t.Change = difference(last.Open.Of(s) - first.Open.Of(s))
		}
		p.Tiles = append(p.Tiles, t)
	}
	p.Open = openChart(h)
	if len(h.Audits) > 1 {
		p.Changes = changesChart(h)
	}
	for i := range h.Audits {
		a := &h.Audits[i]
		row := auditRow{
			At: a.At.UTC().Format("2006-01-02 15:04"), Reports: strings.Join(a.Reports, ", "), Open: []int{a.Open.Total}, Unseen: a.NotLookedAt, Accepted: a.Accepted, Changes: a.Changes,
			First: i == 0, Partial: !a.Complete,
		}
		for _, s := range finding.Severities() {
			row.Open = append(row.Open, a.Open.Of(s))
		}
		p.Rows = append(p.Rows, row)
	}
	for i, org := range h.Organizations {
		p.ByOrganization = append(p.ByOrganization, organizationChart(h, i, org))
	}
	for i, r := range h.Rules {
		p.ByRule = append(p.ByRule, ruleChart(h, i, r))
	}
	slices.SortStableFunc(p.ByRule, func(a, b ruleRow) int { return b.Now - a.Now })
	p.Lists = followedLists(h)
	return p
}

// difference is a change of a number in words, with the sign that a minus has in print.
func difference(n int) string {
	switch {
	case n > 0:
		return fmt.Sprintf("+%d", n)
	case n < 0:
		return fmt.Sprintf("−%d", -n)
	}
	return "±0"
}

func organizationChart(h *history.History, i int, org history.Organization) small {
	var points []point
	for _, a := range h.Audits {
		points = append(points, point{a.Organizations[i].Open.Total, a.Organizations[i].Gap != ""})
	}
	last := h.Audits[len(h.Audits)-1].Organizations[i]
	s := small{Title: cmp.Or(org.Name, "Bundles from disk"), Now: fmt.Sprintf("%d open", last.Open.Total)}
	switch {
	case last.Gap != "" && org.LastAudit.IsZero():
		s.Note = "never looked at: " + last.Gap
	case last.Gap != "":
		s.Note = "last looked at on " + history.Date(org.LastAudit) + ": " + last.Gap
	case last.NotLookedAt > 0:
		s.Note = fmt.Sprintf("%d of them not looked at", last.NotLookedAt)
	}
	s.Chart = smallChart(h.Audits, s.Title+": "+series(h.Audits, points), points)
	return s
}

func ruleChart(h *history.History, i int, r history.Rule) ruleRow {
	var points []point
	for _, a := range h.Audits {
		n := a.Rules[i]
		points = append(points, point{n.Open, n.Open > 0 && n.NotLookedAt == n.Open})
	}
	return ruleRow{
		ID: r.ID, Name: r.Name, Severity: r.Severity.String(), Before: points[0].n, Now: points[len(points)-1].n,
		Chart: smallChart(h.Audits, r.ID+": "+series(h.Audits, points), points),
	}
}

// mostPoints is how many numbers of a picture are read out.
const mostPoints = 12

// series is a row of numbers for those who do not see the picture, the newest of them.
func series(audits []history.Audit, points []point) string {
	var said []string
	for i := max(0, len(points)-mostPoints); i < len(points); i++ {
		part := fmt.Sprintf("%d on %s", points[i].n, history.Date(audits[i].At))
		if points[i].gap {
			part += " (not looked at)"
		}
		said = append(said, part)
	}
	return strings.Join(said, ", ")
}

// followedLists are the findings by how they stand.
func followedLists(h *history.History) []followedList {
	x := newAxis(h.Audits, 0, smallWidth)
	var out []followedList
	for _, l := range []struct {
		followedList
		findings []history.Finding
		at       func(*history.Finding) time.Time
	}{
		{followedList{ID: "open", Title: "Open findings", Column: "Open since", Age: "Age", Note: h.Older()},
			h.In(history.Open), func(f *history.Finding) time.Time { return f.OpenSince }},
		{followedList{ID: "accepted", Title: "Accepted findings", Column: "First seen", Age: "Age", Note: "These risks were accepted. They count neither as open nor as fixed."},
			h.In(history.Accepted), func(f *history.Finding) time.Time { return f.OpenSince }},
		{followedList{ID: "fixed", Title: "Fixed findings", Column: "Fixed by", Age: "After", Note: "Each was gone when an audit looked where it was: it was fixed on that day at the latest."},
			h.Recently(), func(f *history.Finding) time.Time { return f.FixedBy }},
	} {
		if len(l.findings) == 0 {
			continue
		}
		l.Count, l.Several = len(l.findings), len(h.Organizations) > 1
		for i := range l.findings {
			f := &l.findings[i]
			days := f.AgeDays
			if f.State == history.Fixed {
				days = f.DaysToFix
			}
			age := f.Age()
			if f.MayBeOlder && f.Reopened == 0 {
				age += " or more"
			}
			l.Findings = append(l.Findings, followed{
				Severity: f.Severity.String(), RuleID: f.RuleID, RuleName: f.RuleName, Name: f.Named(), Policy: f.Policy, Organization: f.Organization,
				Environments: strings.Join(f.Environments, ", "), At: history.Date(l.at(f)), Age: age, AgeKey: days, Remarks: f.Remarks(), Strip: strip(h, x, f),
			})
		}
		out = append(out, l.followedList)
	}
	return out
}

// Counted is how many findings the list has.
func (l followedList) Counted() string { return text.Count(l.Count, "finding") }
