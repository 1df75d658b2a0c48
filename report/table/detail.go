package table

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// Explain writes everything about the findings that what names: the proof hop by hop, what was searched without success, and what
// to do. It is a fingerprint or the beginning of one, a proxy or shared flow, a rule by ID or name, or RULE:PROXY. The same
// fingerprint in several organizations is shown for each.
func Explain(w io.Writer, d *report.Document, what string, o report.Options) error {
	all := explainable(d) // people may have names from the JSON report, where nothing is sanitised
	chosen, err := named(all, what)
	if err != nil {
		return err
	}
	d, o.WorkingDirectory = report.Sanitized(d), text.Sanitize(o.WorkingDirectory) // as for the whole report
	var found []finding.Finding
	for i, f := range explainable(d) {
		if chosen(&all[i]) {
			found = append(found, f)
		}
	}
	var b strings.Builder
	if l := report.ChangeText(d); l != "" {
		b.WriteString(paragraph("", l, o.Width) + "\n")
	}
	for i, f := range report.NewFirst(found) {
		if i > 0 {
			b.WriteString("\n")
		}
		if d.IsFixed(&f) {
			b.WriteString(report.FixedTitle(d) + "\n")
		}
		b.WriteString(Detail(&f, d, o))
	}
	_, err = w.Write(report.BreakCommandsInText([]byte(b.String())))
	return err
}

// named says which findings a word of --explain means. Whole names go before beginnings of fingerprints.
func named(all []finding.Finding, what string) (func(*finding.Finding) bool, error) {
	rule, proxy, both := strings.Cut(what, ":")
	of := func(f *finding.Finding, rule string) bool {
		return strings.EqualFold(rule, f.RuleID) || strings.EqualFold(rule, f.RuleName)
	}
	for _, is := range []func(*finding.Finding) bool{
		func(f *finding.Finding) bool { return f.Fingerprint == what },
		func(f *finding.Finding) bool { return f.Name == what },
		func(f *finding.Finding) bool { return of(f, what) },
		func(f *finding.Finding) bool { return both && of(f, rule) && f.Name == proxy },
	} {
		if what != "" && slices.ContainsFunc(all, func(f finding.Finding) bool { return is(&f) }) {
			return is, nil
		}
	}
	begins := func(f *finding.Finding) bool { return what != "" && strings.HasPrefix(f.Fingerprint, what) }
	var fingerprints []string
	for i := range all {
		if begins(&all[i]) {
			fingerprints = append(fingerprints, all[i].Fingerprint)
		}
	}
	slices.Sort(fingerprints)
	fingerprints = slices.Compact(fingerprints)
	switch {
	case len(fingerprints) == 0:
		return nil, fmt.Errorf("no finding in this report has a fingerprint that starts with %q, or a proxy, a shared flow or a rule of that name; RULE:PROXY names both. The table lists all of them", what)
	case len(fingerprints) > 1:
		return nil, fmt.Errorf("%q is ambiguous: %d fingerprints start with it: %s", what, len(fingerprints), text.ListSome(fingerprints, mostFingerprints))
	}
	return begins, nil
}

// mostFingerprints is how many of them an error names.
const mostFingerprints = 10

// explainable are the findings that have something to explain: what a change mends is as much of an answer.
func explainable(d *report.Document) []finding.Finding {
	if d.Change == nil {
		return d.Findings
	}
	return slices.Concat(d.Findings, d.Fixed)
}

// Detail is one finding in full.
func Detail(f *finding.Finding, d *report.Document, o report.Options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s\n", paintSeverity(f.Severity.String(), o.Color), f.RuleID, f.RuleName)
	b.WriteString(paragraph("  ", report.Message(f), o.Width))
	b.WriteString("\n")
	field := func(name, value string) {
		if value != "" {
			b.WriteString(paragraph(fmt.Sprintf("  %-13s", name), value, o.Width))
		}
	}
	field("In", report.SubjectOf(f))
	if report.IsDeployed(f) {
		field("Deployed", report.DeployedIn(f.Deployments))
	}
	if console := d.ConsoleURL(f); console != "" {
		b.WriteString(fmt.Sprintf("  %-13s", "Console") + console + "\n") // whole, so that terminals make a link of it
	}
	field("At", report.WithPosition(report.FullPath(f, o.WorkingDirectory), f.Place))
	field("Also in", strings.Join(report.Elsewhere(f), ", "))
	field("Called at", strings.Join(f.URLs, ", "))
	field("Products", strings.Join(f.Products, ", "))
	field("Apps", strings.Join(f.Apps, ", "))
	field("Age", report.AgeText(d, f))
	field("Searched", f.Searched)
	field("What to do", f.Remediation)
	field("No fix", f.NoFix)
	if f.Suppression != nil {
		field("Accepted", report.SuppressionText(f.Suppression))
	}
	field("Fingerprint", f.Fingerprint)
	for _, r := range references(f.RuleID, o.Rules) {
		field("Read", r.Title)
		// Addresses stay whole, so that terminals make links of them.
		b.WriteString(strings.Repeat(" ", 15) + r.URL + "\n")
	}
	source(&b, f)
	snippets(&b, f, o)
	fixes(&b, f, o)
	hops(&b, "How it gets there", f, f.Path, o, numbered)
	hops(&b, "Related", f, f.Related, o, func(int) string { return "  - " })
	if c := d.Counterpart(f); c != nil {
		if said := c.Finding(); said != "" {
			fmt.Fprintf(&b, "\n  %s\n", c.Title())
			b.WriteString(paragraph("    ", said, o.Width))
		}
		hops(&b, "How it gets there "+strings.ToLower(c.Title()), f, c.Path, o, numbered)
		hops(&b, c.RefreshTitle(), f, c.Refresh, o, numbered)
	}
	return b.String()
}

// source shows the lines around the finding's place, those of the place marked. They are not wrapped: columns stay what they are.
func source(b *strings.Builder, f *finding.Finding) {
	if f.Excerpt == nil || f.Excerpt.Text == "" {
		return
	}
	b.WriteString("\n  Source\n")
	lines := strings.Split(strings.TrimSuffix(string(f.Excerpt.Text), "\n"), "\n")
	digits := len(strconv.Itoa(f.Excerpt.Line + len(lines)))
	for i, line := range lines {
		n, mark := f.Excerpt.Line+i, " "
		if n >= f.Line && n <= max(f.Line, f.EndLine) {
			mark = ">"
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("  %s %*d | %s", mark, digits, n, strings.ReplaceAll(line, "\t", "    ")), " ") + "\n")
	}
}

// snippets lists the XML to paste. Its lines are not wrapped, so that they can be copied.
func snippets(b *strings.Builder, f *finding.Finding, o report.Options) {
	if len(f.Snippets) == 0 {
		return
	}
	b.WriteString("\n  XML to paste\n")
	for i := range f.Snippets {
		s := &f.Snippets[i]
		b.WriteString(paragraph("  - ", report.SnippetPlace(s, f, o.WorkingDirectory), o.Width))
		for line := range strings.SplitSeq(report.SnippetText(s), "\n") {
			b.WriteString("      " + line + "\n")
		}
	}
}

// mostDiffLines is how much of a diff is shown, in lines.
const mostDiffLines = 120

// fixes lists the changes that mend the finding. The lines of a diff are not wrapped, so that they can be copied.
func fixes(b *strings.Builder, f *finding.Finding, o report.Options) {
	for _, x := range report.ShownFixes(f, o.WorkingDirectory, mostDiffLines) {
		fmt.Fprintf(b, "\n  %s\n", x.Title)
		b.WriteString(paragraph("    ", x.Description, o.Width))
		for _, r := range x.Remarks {
			b.WriteString(paragraph(fmt.Sprintf("    %-17s", r.Label), r.Text, o.Width))
		}
		b.WriteString("\n")
		for _, line := range x.Diff {
			b.WriteString("      " + paintDiff(line, o.Color) + "\n")
		}
		if x.Cut != "" {
			b.WriteString(paragraph("    ", x.Cut, o.Width))
		}
	}
}

func numbered(i int) string { return fmt.Sprintf("%2d. ", i+1) }

// hops lists the places of a proof, each with its position on a line of its own: labels hold conditions and are long.
func hops(b *strings.Builder, title string, f *finding.Finding, all []finding.Hop, o report.Options, lead func(int) string) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(b, "\n  %s\n", title)
	for i, h := range all {
		first := "  " + lead(i)
		bundle, at := report.HopPlace(h, f, o.WorkingDirectory)
		if bundle != "" {
			at = strings.TrimSuffix(bundle+", "+at, ", ") // a flow hook is in no file
		}
		if o.Width == 0 {
			b.WriteString(paragraph(first, h.Label+"  "+at, 0))
			continue
		}
		b.WriteString(paragraph(first, h.Label, o.Width))
		b.WriteString(paragraph(strings.Repeat(" ", len(first)), at, o.Width))
	}
}

func references(id string, rules []*finding.Rule) []finding.Reference {
	for _, r := range rules {
		if r.ID == id {
			return r.References
		}
	}
	return nil
}
