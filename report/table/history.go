package table

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/history"
)

const (
	// mostAudits is how many audits have a column, mostFollowed how many findings each list has, unless everything is asked for.
	mostAudits   = 12
	mostFollowed = 10
	// minHistory is the narrowest terminal that the columns of a history fit.
	minHistory = 60
	// underRule puts what is said of a finding under its rule.
	underRule = "          "
)

// WriteHistory writes what became of findings: what is open after each audit, what changed, and the findings by how they stand.
func WriteHistory(w io.Writer, h *history.History, o report.Options) error {
	var b strings.Builder
	for _, l := range []string{h.Head(), h.Scope(), h.Now(), h.Since(), h.Speed()} {
		if l != "" {
			b.WriteString(paragraph("", l, o.Width))
		}
	}
	if len(h.Audits) > 0 {
		if err := overTime(&b, h, o); err != nil {
			return err
		}
		for _, l := range []followed{
			{"Open again after they were fixed:", "SINCE", "", h.Reopened(), func(f *history.Finding) time.Time { return f.OpenSince }},
			{"Open, the severest first and of those the oldest:", "SINCE", h.Older(), h.In(history.Open), func(f *history.Finding) time.Time { return f.OpenSince }},
			{"Accepted:", "SINCE", "", h.In(history.Accepted), func(f *history.Finding) time.Time { return f.OpenSince }},
			{"Fixed, the last ones first, on these days at the latest:", "FIXED", "", h.Recently(), func(f *history.Finding) time.Time { return f.FixedBy }},
		} {
			if err := l.write(&b, h, o); err != nil {
				return err
			}
		}
	}
	notes(&b, "Not looked at, so that nothing there counts as fixed:", h.Gaps(), o)
	notes(&b, "Notes:", h.Aside(), o)
	var broken []string
	for _, p := range h.Problems {
		broken = append(broken, p.Name+": "+p.Why)
	}
	notes(&b, "Could not be read:", broken, o)
	_, err := io.WriteString(w, b.String())
	return err
}

func notes(b *strings.Builder, title string, lines []string, o report.Options) {
	if len(lines) == 0 {
		return
	}
	b.WriteString("\n" + title + "\n")
	for _, l := range lines {
		b.WriteString(paragraph("  - ", l, o.Width))
	}
}

// series is a row of numbers, one for each audit.
type series struct {
	label string
	cell  func(*history.Audit) string
}

// overTime draws how findings stand after each of the newest audits.
func overTime(b *strings.Builder, h *history.History, o report.Options) error {
	rows := seriesOf(h)
	label := 0
	for _, r := range rows {
		label = max(label, displayWidth(r.label))
	}
	if o.Width > 0 {
		label = min(label, max(o.Width, minHistory)/2)
	}
	dates := datesThatFit(h.Audits, label, o)
	shown := len(h.Audits) - len(dates)
	header := append([]string{"AFTER THE AUDIT OF"}, dates...)
	header[0] = padded(header[0], label)
	var cells [][]string
	marked, gapped := false, false
	for _, r := range rows {
		line := []string{strings.Join(wrap(r.label, label), "\n")}
		for i := shown; i < len(h.Audits); i++ {
			cell := r.cell(&h.Audits[i])
			marked, gapped = marked || strings.HasSuffix(cell, "?"), gapped || cell == noLook
			line = append(line, strings.Repeat(" ", max(0, displayWidth(dates[i-shown])-displayWidth(cell)-1))+cell)
		}
		cells = append(cells, line)
	}
	lines, err := grid(header, cells)
	if err != nil {
		return err
	}
	b.WriteString("\n" + strings.Join(lines, "\n") + "\n")
	if marked {
		b.WriteString(paragraph("", "? Some of them were open when somebody looked last, and this audit did not look.", o.Width))
	}
	if gapped {
		b.WriteString(paragraph("", noLook+" Not looked at: what was open there still counts above.", o.Width))
	}
	if shown > 0 {
		b.WriteString(paragraph("", fmt.Sprintf("Not shown: %s before. -v shows as many as fit; JSON, CSV and HTML have all.", text.Count(shown, "audit")), o.Width))
	}
	return nil
}

// noLook is said of an organization that an audit did not look at.
const noLook = "-"

// datesThatFit are the times of the newest audits, as many as there is room for.
func datesThatFit(audits []history.Audit, label int, o report.Options) []string {
	most := len(audits)
	if !o.Verbose {
		most = min(most, mostAudits)
	}
	for ; ; most-- {
		dates := columnDates(audits[len(audits)-most:])
		if o.Width == 0 || most == 1 || label+most*(len(gap)+displayWidth(dates[0])) <= max(o.Width, minHistory) {
			return dates
		}
	}
}

// columnDates are the times of audits, as short as tells them apart.
func columnDates(audits []history.Audit) []string {
	const withoutYear = "01-02"
	layouts := []string{withoutYear, finding.Date, "2006-01-02 15:04"}
	if audits[0].At.UTC().Year() != audits[len(audits)-1].At.UTC().Year() {
		layouts = layouts[1:]
	}
	var all []string
	for _, layout := range layouts {
		all = nil
		for _, a := range audits {
			all = append(all, a.At.UTC().Format(layout))
		}
		if len(slices.Compact(slices.Clone(all))) == len(all) {
			break
		}
	}
	return all
}

// seriesOf are the rows: all that is open, what changed, and what is open of each organization and rule.
func seriesOf(h *history.History) []series {
	rows := []series{{"open", func(a *history.Audit) string { return count(a.Open.Total, a.NotLookedAt) }}}
	for _, s := range finding.Severities() {
		if h.Filter != nil && s < h.Filter.MinSeverity {
			continue
		}
		rows = append(rows, series{"  " + s.String(), func(a *history.Audit) string { return count(a.Open.Of(s), 0) }})
	}
	rows = append(rows, series{"accepted", func(a *history.Audit) string { return count(a.Accepted, 0) }}, series{"", func(*history.Audit) string { return "" }})
	for _, c := range []struct {
		label string
		n     func(history.Changes) int
		rare  bool
	}{
		{"new", func(c history.Changes) int { return c.New }, false},
		{"reopened", func(c history.Changes) int { return c.Reopened }, false},
		{"no longer accepted", func(c history.Changes) int { return c.NoLongerAccepted }, true},
		{"fixed", func(c history.Changes) int { return c.Fixed }, false},
		{"newly accepted", func(c history.Changes) int { return c.Accepted }, true},
	} {
		if !c.rare || slices.ContainsFunc(h.Audits, func(a history.Audit) bool { return c.n(a.Changes) > 0 }) {
			rows = append(rows, series{c.label, func(a *history.Audit) string { return count(c.n(a.Changes), 0) }})
		}
	}
	if len(h.Organizations) > 1 || slices.ContainsFunc(h.Audits, func(a history.Audit) bool { return len(a.Organizations) > 0 && a.Organizations[0].Gap != "" }) {
		rows = append(rows, series{"", func(*history.Audit) string { return "" }})
		for i, org := range h.Organizations {
			rows = append(rows, series{cmp.Or(org.Name, "bundles from disk"), func(a *history.Audit) string {
				if a.Organizations[i].Gap != "" {
					return noLook
				}
				return count(a.Organizations[i].Open.Total, a.Organizations[i].NotLookedAt)
			}})
		}
	}
	rows = append(rows, series{"", func(*history.Audit) string { return "" }})
	for i, r := range h.Rules {
		rows = append(rows, series{strings.TrimSpace(r.ID + " " + r.Name), func(a *history.Audit) string { return count(a.Rules[i].Open, a.Rules[i].NotLookedAt) }})
	}
	return rows
}

// count is a number in a column; what nobody looked at is marked.
func count(n, unseen int) string {
	mark := " "
	if unseen > 0 {
		mark = "?"
	}
	return strconv.Itoa(n) + mark
}

// followed is a list of findings with a time of each.
type followed struct {
	title, column string
	note          string
	findings      []history.Finding
	at            func(*history.Finding) time.Time
}

// write draws the list, and under each finding what else is to be said of it.
func (l followed) write(b *strings.Builder, h *history.History, o report.Options) error {
	if len(l.findings) == 0 {
		return nil
	}
	shown := l.findings
	if !o.Verbose {
		shown = shown[:min(len(shown), mostFollowed)]
	}
	header := []string{"SEVERITY", "RULE", "PROXY", "ORGANIZATION", l.column, "AGE"}
	if l.column == "FIXED" {
		header[5] = "AFTER"
	}
	var rows [][]string
	for i := range shown {
		f := &shown[i]
		rows = append(rows, []string{f.Severity.String(), f.RuleID, f.Named(), f.Organization, history.Date(l.at(f)), shortAge(f)})
	}
	if len(h.Organizations) < 2 {
		header = slices.Delete(header, 3, 4)
		for i := range rows {
			rows[i] = slices.Delete(rows[i], 3, 4)
		}
	}
	limits := columnWidths(header, rows, o.Width)
	for i, n := range limits {
		header[i] = padded(header[i], n)
	}
	wrapped := make([][][]string, len(rows))
	for i, r := range rows {
		for j := range r {
			wrapped[i] = append(wrapped[i], wrap(r[j], limits[j]))
		}
	}
	titles, drawn, err := gridOfLines(header, wrapped)
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "\n%s\n\n%s\n", l.title, titles)
	for i, lines := range drawn {
		b.WriteString(paintBeginning(strings.Join(lines, "\n"), shown[i].Severity.String(), o.Color) + "\n")
		for _, remark := range shown[i].Remarks() {
			b.WriteString(paragraph(underRule, remark, o.Width))
		}
	}
	if n := len(l.findings) - len(shown); n > 0 {
		fmt.Fprintf(b, "and %d more: -v lists them\n", n)
	}
	if l.note != "" {
		b.WriteString(paragraph("", l.note, o.Width))
	}
	return nil
}

// shortAge is an age in a column.
func shortAge(f *history.Finding) string {
	if f.AgeDays+f.DaysToFix == 0 {
		return "< 1 day"
	}
	return f.Age()
}

// columnWidths are what columns need, less than that where the terminal is too narrow, and never less than their titles.
func columnWidths(header []string, rows [][]string, width int) []int {
	limits := natural(header, rows)
	if width > 0 {
		squeeze(limits, natural(header, nil), max(width, minHistory))
	}
	return limits
}
