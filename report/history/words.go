package history

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// Date is a time in a history for people, who audit once a day at most.
func Date(t time.Time) string { return t.UTC().Format(finding.Date) }

// Head says what the history is about: "5 audits of 3 organizations, 2026-10-29 to 2026-11-26."
func (h *History) Head() string {
	if len(h.Audits) == 0 {
		return "No audit."
	}
	line := text.Count(len(h.Audits), "audit") + " of " + text.Count(len(h.Organizations), "organization") + ", " + Date(h.From)
	if last := h.Audits[len(h.Audits)-1].At; Date(last) != Date(h.From) {
		line += " to " + Date(last)
	}
	return line + "."
}

// Scope says what the history is narrowed to; "" for everything.
func (h *History) Scope() string {
	if h.Filter == nil || h.Filter.Everything() {
		return ""
	}
	return "Only " + strings.Join(h.Filter.said(), "; ") + "."
}

// said is what is asked for, in words.
func (x *Filter) said() (parts []string) {
	say := func(yes bool, format string, args ...any) {
		if yes {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	say(len(x.Organizations) > 0, "organizations %s", text.List(x.Organizations))
	say(len(x.Rules) > 0, "rules %s", text.List(x.Rules))
	say(len(x.Environments) > 0, "findings in environments that match %s", text.List(x.Environments))
	say(len(x.Proxies) > 0, "proxies and shared flows that match %s", text.List(x.Proxies))
	say(x.MinSeverity > finding.Info, "severity %s and above", x.MinSeverity)
	say(x.MinConfidence > finding.LowConfidence, "confidence %s and above", x.MinConfidence)
	say(!x.Since.IsZero(), "audits since %s", Date(x.Since))
	return parts
}

// Now says how findings stand: "61 findings are open (20 high, 41 medium)."
func (h *History) Now() string {
	if len(h.Audits) == 0 {
		return ""
	}
	s := h.Audits[len(h.Audits)-1].Standing
	line := "No finding is open."
	if n := s.Open.Total; n > 0 {
		line = fmt.Sprintf("%s %s open (%s).", text.Count(n, "finding"), are(n), strings.Join(s.Open.BySeverity(), ", "))
	}
	if n := s.NotLookedAt; n > 0 {
		line += fmt.Sprintf(" The newest audit did not look at %d of them, which may still be there.", n)
	}
	return line
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// Since says what changed after the first audit; "" where there is only one.
func (h *History) Since() string {
	if len(h.Audits) < 2 {
		return ""
	}
	var c Changes
	for _, a := range h.Audits[1:] {
		c.New, c.Reopened, c.NoLongerAccepted = c.New+a.Changes.New, c.Reopened+a.Changes.Reopened, c.NoLongerAccepted+a.Changes.NoLongerAccepted
		c.Fixed, c.Accepted = c.Fixed+a.Changes.Fixed, c.Accepted+a.Changes.Accepted
	}
	line := fmt.Sprintf("Since %s: %d new, %d reopened, %d fixed, %d accepted", Date(h.From), c.New, c.Reopened, c.Fixed, c.Accepted)
	if n := c.NoLongerAccepted; n > 0 {
		line += fmt.Sprintf(", %d no longer accepted", n)
	}
	return line + "."
}

// Speed says how long it took to fix findings; "" where none was fixed.
func (h *History) Speed() string {
	var parts []string
	for _, t := range h.TimeToFix {
		part := fmt.Sprintf("%d %s after %s", t.Fixed, t.Severity, text.Age(time.Duration(t.MedianDays*float64(day))))
		if t.Fixed > 1 {
			part += fmt.Sprintf(" (median; at most %s)", text.Age(time.Duration(t.LongestDays)*day))
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return ""
	}
	return "Fixed: " + strings.Join(parts, "; ") + ", counted from when an audit saw them first, or saw them come back."
}

// mostDates is how many dates a line names.
const mostDates = 5

// Gaps says which organizations were not looked at, when and why, one line for each reason.
func (h *History) Gaps() (lines []string) {
	type gap struct{ organization, why string }
	var order []gap
	dates := map[gap][]string{}
	for i, o := range h.Organizations {
		for _, a := range h.Audits {
			// Before the first look there is nothing to miss.
			why := a.Organizations[i].Gap
			if why == "" || !o.FirstAudit.IsZero() && a.At.Before(o.FirstAudit) {
				continue
			}
			g := gap{o.Name, why}
			if dates[g] == nil {
				order = append(order, g)
			}
			dates[g] = append(dates[g], Date(a.At))
		}
	}
	for _, g := range order {
		lines = append(lines, fmt.Sprintf("%s on %s: %s.", report.OrganizationTitle(g.organization), text.ListSome(slices.Compact(dates[g]), mostDates), g.why))
	}
	return lines
}

// mostFiles is how many files a line names.
const mostFiles = 10

// Aside names the files that are no part of the history, one line for each reason.
func (h *History) Aside() (lines []string) {
	var order []string
	names := map[string][]string{}
	for _, f := range h.LeftOut {
		if names[f.Why] == nil {
			order = append(order, f.Why)
		}
		names[f.Why] = append(names[f.Why], f.Name)
	}
	for _, why := range order {
		lines = append(lines, "Left out, because "+why+": "+text.ListSome(names[why], mostFiles)+".")
	}
	return lines
}

// Named is the bundle of a finding, and says what it is where that is not a proxy.
func (f *Finding) Named() string { return report.BundleName(f.Kind, f.Name) }

// Age is how long the finding has been open, or how long it took to fix it: "5 weeks".
func (f *Finding) Age() string {
	n := f.AgeDays
	if f.State == Fixed {
		n = f.DaysToFix
	}
	return text.Age(time.Duration(n) * day)
}

// Remarks are what else is to be said of a finding, in short.
func (f *Finding) Remarks() (all []string) {
	if f.Reopened > 0 {
		times := "reopened"
		if f.Reopened > 1 {
			times += fmt.Sprintf(" %d times", f.Reopened)
		}
		all = append(all, times+", first seen on "+Date(f.FirstSeen))
	}
	if f.Gap != "" {
		line := "not looked at: " + f.Gap
		if !f.LastSeen.IsZero() {
			line += "; last seen on " + Date(f.LastSeen)
		}
		all = append(all, line)
	}
	if s := f.Suppression; s != nil {
		all = append(all, report.SuppressionText(s))
	}
	if n := f.ExpiresInDays; n != nil {
		all = append(all, expiry(*n))
	}
	return all
}

func expiry(days int) string {
	switch {
	case days < 0:
		return "the acceptance has expired"
	case days == 0:
		return "the acceptance expires today"
	}
	return "the acceptance expires in " + text.Count(days, "day")
}

// Older says that open findings may be older than they seem; "" where none may.
func (h *History) Older() string {
	if !slices.ContainsFunc(h.Findings, func(f Finding) bool { return f.State == Open && f.MayBeOlder }) {
		return ""
	}
	return "What the first audit of an organization saw may be older: nobody looked before."
}

// In are the findings in a state.
func (h *History) In(s State) []Finding {
	return slices.DeleteFunc(slices.Clone(h.Findings), func(f Finding) bool { return f.State != s })
}

// Reopened are the open findings that were fixed once.
func (h *History) Reopened() []Finding {
	return slices.DeleteFunc(h.In(Open), func(f Finding) bool { return f.Reopened == 0 })
}

// Recently are the findings that were fixed, the last ones first.
func (h *History) Recently() []Finding {
	all := h.In(Fixed)
	slices.SortStableFunc(all, func(a, b Finding) int { return b.FixedBy.Compare(a.FixedBy) })
	return all
}
