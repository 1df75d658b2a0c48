package html

import (
	"cmp"
	"fmt"
	"html/template"
	"strings"
	"time"

	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// headOf is what a reader who files the page must know of it: what was audited, by whom, when, how far, and from which data the
// page was made. What the report does not say is not in it.
func headOf(d *report.Document, o report.Options) []term {
	var all []term
	add := func(label, said string) {
		if said != "" {
			all = append(all, term{label, said})
		}
	}
	var names []string
	for _, org := range d.Subjects() {
		names = append(names, cmp.Or(org.Name, "bundles from disk"))
	}
	add("What", text.ListSome(names, 30))
	add("Change", report.ChangeText(d))
	if !d.StartedAt.IsZero() {
		add("When", span(d))
	}
	if s := d.Scope; s != nil {
		add("Read as", s.Account)
		add("Command", s.Command)
	}
	add("Scope", scopeOf(d))
	add("Coverage", report.CoverageLine(d))
	if n := len(d.Rules); n > 0 {
		add("Rules", text.Count(n, "rule")+" ran")
	}
	if d.Baseline != nil && !d.Baseline.StartedAt.IsZero() {
		add("Baseline", "the audit of "+d.Baseline.StartedAt.UTC().Format(moment))
	}
	add("Made by", fmt.Sprintf("%s, from report schema %d", madeBy(d.Tool), d.SchemaVersion))
	if j := o.JSONReport; j != nil {
		add("JSON report", text.Sanitize(j.Name))
		add("Its SHA-256", j.SHA256)
	}
	return all
}

// madeBy names the program that made a page, with its version.
func madeBy(t report.Tool) string { return strings.TrimSpace(t.Name + " " + t.Version) }

// moment is how the page writes times.
const moment = "2 January 2006, 15:04 UTC"

// span is from when to when the audit ran.
func span(d *report.Document) string {
	from, to := d.StartedAt.UTC().Format(moment), d.FinishedAt.UTC().Format(moment)
	if d.FinishedAt.IsZero() || from == to {
		return from
	}
	return from + ", to " + to
}

// scopeOf says what narrows the report, also where nothing does.
func scopeOf(d *report.Document) string {
	switch said := report.ScopeText(d); {
	case d.Scope == nil && said == "":
		return "The report does not say what was asked for."
	case report.Narrowed(d):
		return said
	default:
		return strings.TrimSpace("No filter was set. " + said)
	}
}

// pageMargins puts the name and the date of the report on every printed page. Style sheets know no way to take them from the page.
func pageMargins(d *report.Document) template.CSS { return marginsOf(heading(d), d.StartedAt, d.Tool) }

func marginsOf(heading string, at time.Time, tool report.Tool) template.CSS {
	date := ""
	if !at.IsZero() {
		date = at.UTC().Format(moment)
	}
	return template.CSS(fmt.Sprintf("@page { @top-left { content: %s; } @top-right { content: %s; } @bottom-left { content: %s; } }\n",
		cssString(text.Clip(heading, 90)), cssString(date), cssString(madeBy(tool))))
}

// cssString is a string in a style sheet in which nothing but letters and digits stands for itself. A space would end the escape
// before it, and be part of it.
func cssString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\%06x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
