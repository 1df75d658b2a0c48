package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

type comparisonFormat struct {
	name   string
	write  func(io.Writer, *Comparison, Options) error
	raw    bool                // as in format
	finish func([]byte) []byte // as in format
}

func comparisonFormats() []comparisonFormat {
	return []comparisonFormat{
		{name: "table", write: writeComparisonTable, finish: finishText},
		{name: "json", write: writeComparisonJSON, raw: true},
		{name: "markdown", write: writeComparisonMarkdown, finish: finishMarkup},
	}
}

// ComparisonFormats lists the names that [WriteComparison] knows, the default first.
func ComparisonFormats() []string {
	var names []string
	for _, f := range comparisonFormats() {
		names = append(names, f.name)
	}
	return names
}

// WriteComparison writes a comparison in one of the [ComparisonFormats], whole or not at all.
func WriteComparison(w io.Writer, name string, c *Comparison, o Options) error {
	for _, f := range comparisonFormats() {
		if f.name != name {
			continue
		}
		if !f.raw {
			c, o.WorkingDirectory = Sanitized(c), text.Sanitize(o.WorkingDirectory)
		}
		var b bytes.Buffer
		if err := f.write(&b, c, o); err != nil {
			return fmt.Errorf("make the %s comparison: %w", name, err)
		}
		text := b.Bytes()
		if f.finish != nil {
			text = f.finish(text)
		}
		_, err := w.Write(text)
		return err
	}
	return fmt.Errorf("unknown format of comparisons %q: use %s", name, strings.Join(ComparisonFormats(), ", "))
}

// section is one of the lists under its heading.
type section struct {
	heading  string
	findings []audit.Finding
}

// changes are the lists that people read; what is unchanged is only counted.
func (c *Comparison) changes() []section {
	return []section{
		{"New", c.Added},
		{"Fixed", c.Fixed},
		{"Not looked at", c.NotLookedAt},
	}
}

// closing is "2 new, 1 fixed, 23 unchanged findings." and what limits its worth.
func (c *Comparison) closing() []string {
	line := fmt.Sprintf("%d new, %d fixed, ", len(c.Added), len(c.Fixed))
	if n := len(c.NotLookedAt); n > 0 {
		line += fmt.Sprintf("%d not looked at, ", n)
	}
	lines := []string{line + fmt.Sprintf("%d unchanged.", len(c.Unchanged))}
	if l := c.blindness(); l != "" {
		lines = append(lines, l)
	}
	for _, side := range []struct {
		name string
		*Document
	}{{"old", c.Old}, {"new", c.New}} {
		if l := scopeText(side.Document); l != "" {
			lines = append(lines, "The scope of the "+side.name+" report: "+l)
		}
	}
	if !c.Old.Complete {
		lines = append(lines, "The old report is incomplete: what is new may have been there before.")
	}
	if !c.New.Complete {
		lines = append(lines, "The new report is incomplete: there may be new findings that it does not show.")
	}
	return lines
}

// blindness counts why the new report does not show findings that may still be there: "Not looked at: 3 (the rule did not
// run), 1 (something of it could not be read)."
func (c *Comparison) blindness() string {
	counts := map[string]int{}
	sees := newView(c.New)
	for i := range c.NotLookedAt {
		f := &c.NotLookedAt[i]
		counts[sees.blindTo(f, c.Old.scopeOfFinding(f))]++
	}
	var parts []string
	for _, why := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	}) {
		parts = append(parts, fmt.Sprintf("%d (%s)", counts[why], why))
	}
	if len(parts) == 0 {
		return ""
	}
	return "Not looked at: " + strings.Join(parts, ", ") + "."
}

func writeComparisonTable(w io.Writer, c *Comparison, o Options) error {
	var b strings.Builder
	for _, s := range c.changes() {
		if len(s.findings) == 0 {
			continue
		}
		// The table of a report about these findings alone, without what surrounds it.
		d := &Document{Findings: s.findings, Organizations: slices.Concat(c.Old.Organizations, c.New.Organizations)}
		t := newFindingTable(d, o)
		fmt.Fprintf(&b, "%s:\n\n", s.heading)
		for _, g := range t.groups(d) {
			lines, err := t.draw(g.holds)
			if err != nil {
				return err
			}
			if g.heading != "" {
				b.WriteString(g.heading + "\n\n")
			}
			b.WriteString(strings.Join(lines, "\n") + "\n\n")
		}
	}
	for _, l := range c.closing() {
		b.WriteString(paragraph("", l, o.Width))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// comparisonJSON is the comparison for programs. Findings have the fields of the report.
type comparisonJSON struct {
	SchemaVersion int              `json:"schemaVersion"`
	Old           comparedJSON     `json:"old"`
	New           comparedJSON     `json:"new"`
	Summary       changesJSON      `json:"summary"`
	Added         []audit.Finding  `json:"added"`
	Fixed         []audit.Finding  `json:"fixed"`
	NotLookedAt   []audit.Finding  `json:"unseen"` // the name that it had first
	Unchanged     []fingerprinting `json:"unchanged"`
}

type comparedJSON struct {
	Tool       Tool      `json:"tool"`
	StartedAt  time.Time `json:"startedAt"`
	FinishedAt time.Time `json:"finishedAt"`
	Complete   bool      `json:"complete"`
	Scope      *Scope    `json:"scope,omitempty"`
}

type changesJSON struct {
	Added       int `json:"added"`
	Fixed       int `json:"fixed"`
	NotLookedAt int `json:"unseen"`
	Unchanged   int `json:"unchanged"`
}

// fingerprinting names a finding that the reports tell in full.
type fingerprinting struct {
	RuleID       string `json:"ruleId"`
	Organization string `json:"organization"`
	Fingerprint  string `json:"fingerprint"`
}

func writeComparisonJSON(w io.Writer, c *Comparison, _ Options) error {
	j := comparisonJSON{
		SchemaVersion: SchemaVersion, Old: sideOf(c.Old), New: sideOf(c.New),
		Summary: changesJSON{len(c.Added), len(c.Fixed), len(c.NotLookedAt), len(c.Unchanged)},
		Added:   present(c.Added), Fixed: present(c.Fixed), NotLookedAt: present(c.NotLookedAt), Unchanged: []fingerprinting{},
	}
	for _, f := range c.Unchanged {
		j.Unchanged = append(j.Unchanged, fingerprinting{f.RuleID, f.Organization, f.Fingerprint})
	}
	return encode(w, j)
}

func sideOf(d *Document) comparedJSON {
	return comparedJSON{d.Tool, d.StartedAt, d.FinishedAt, d.Complete, d.Scope}
}

func writeComparisonMarkdown(w io.Writer, c *Comparison, o Options) error {
	var b strings.Builder
	b.WriteString("# Refresh tokens: what changed\n\n")
	for _, l := range c.closing() {
		b.WriteString(markdownText(l) + "\n")
	}
	for _, s := range c.changes() {
		if len(s.findings) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| severity | rule | organization | proxy | deployed | location | message |\n|---|---|---|---|---|---|---|\n", s.heading)
		for i := range s.findings {
			f := &s.findings[i]
			for _, cell := range []string{
				f.Severity.String(), f.RuleID, f.Organization, bundleName(f), deployedIn(f.Deployments, fullDeployments),
				location(f, o.WorkingDirectory, false), message(f),
			} {
				b.WriteString("| " + markdownText(cell) + " ")
			}
			b.WriteString("|\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
