package table

import (
	"cmp"
	"slices"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// subject is what the table says of one organization.
type subject struct {
	name   string
	rows   []*row
	weight weight
}

// weight is how many findings of each severity an organization has, new ones first: what the reader should see first has more of
// the first number.
type weight []int

func (w *weight) add(f *finding.Finding) {
	severities := finding.Severities()
	if *w == nil {
		*w = make(weight, 2*len(severities))
	}
	at := slices.Index(severities, f.Severity)
	if at < 0 {
		return
	}
	if f.Status != finding.StatusNew {
		at += len(severities)
	}
	(*w)[at]++
}

// compare puts the severest first.
func (w weight) compare(other weight) int { return slices.Compare(other, w) }

// section is what the table says under one heading: the findings of one rule that weigh the same.
type section struct {
	first    *finding.Finding
	standing string
	groups   []*group
	byGist   map[string]int // where in groups
	count    int
}

// group are findings that claim the same of different policies.
type group struct {
	claim string
	rows  []*row
}

// sections writes the findings, which come new ones first and severest first, for people: by organization where there are several,
// and by rule. standing is what a heading says of a finding's status, "" for nothing. It returns the finding that
// comes first.
func sections(b *strings.Builder, findings []finding.Finding, d *report.Document, standing func(*finding.Finding) string, o report.Options) (first *finding.Finding, err error) {
	var rows []*row
	for i := range findings {
		rows = append(rows, newRow(&findings[i], d, o))
	}
	var parts [][]*section
	subjects, several := []*subject{{rows: rows}}, len(d.Subjects()) > 1
	if several {
		subjects = bySubject(rows)
	}
	for _, s := range subjects {
		parts = append(parts, byRule(s.rows, standing))
	}
	if err := draw(rows, o); err != nil {
		return nil, err
	}
	for i, s := range subjects {
		if i > 0 {
			b.WriteString("\n")
		}
		if several {
			b.WriteString(report.OrganizationTitle(s.name) + "\n\n")
		}
		for j, part := range parts[i] {
			if j > 0 {
				b.WriteString("\n")
			}
			part.write(b, o)
		}
	}
	return parts[0][0].first, nil
}

// bySubject splits rows by organization, severest first.
func bySubject(rows []*row) []*subject {
	byName := map[string]*subject{}
	var all []*subject
	for _, r := range rows {
		s := byName[r.finding.Organization]
		if s == nil {
			s = &subject{name: r.finding.Organization}
			byName[s.name], all = s, append(all, s)
		}
		s.rows = append(s.rows, r)
		s.weight.add(r.finding)
	}
	slices.SortStableFunc(all, func(a, b *subject) int { return cmp.Or(a.weight.compare(b.weight), cmp.Compare(a.name, b.name)) })
	return all
}

// byRule splits the rows of an organization into sections. Of one severity, what has most traffic comes first, then the rules come
// in their order.
func byRule(rows []*row, standing func(*finding.Finding) string) []*section {
	type key struct {
		standing string
		severity finding.Severity
		rule     string
	}
	sections := map[key]*section{}
	var all []*section
	var standings []string // in their order
	for _, r := range rows {
		k := key{standing(r.finding), r.finding.Severity, r.finding.RuleID}
		if sections[k] == nil {
			sections[k] = &section{first: r.finding, standing: k.standing, byGist: map[string]int{}}
			all = append(all, sections[k])
		}
		if !slices.Contains(standings, k.standing) {
			standings = append(standings, k.standing)
		}
		sections[k].add(r)
	}
	slices.SortStableFunc(all, func(a, b *section) int {
		return cmp.Or(cmp.Compare(slices.Index(standings, a.standing), slices.Index(standings, b.standing)),
			cmp.Compare(b.first.Severity, a.first.Severity), cmp.Compare(b.first.Traffic.Rank(), a.first.Traffic.Rank()),
			cmp.Compare(a.first.RuleID, b.first.RuleID))
	})
	return all
}

// add puts a row beside those that claim the same.
func (s *section) add(r *row) {
	s.count++
	gist := report.Gist(r.finding)
	i, ok := s.byGist[gist]
	if !ok {
		s.byGist[gist] = len(s.groups)
		s.groups = append(s.groups, &group{claim: report.Claim(r.finding), rows: []*row{r}})
		return
	}
	g := s.groups[i]
	if len(g.rows) == 1 {
		g.claim = gist
		g.rows[0].namePolicy()
	}
	r.namePolicy()
	g.rows = append(g.rows, r)
}

// severityWidth is that of the longest severity.
const severityWidth = len("medium")

func (s *section) write(b *strings.Builder, o report.Options) {
	severity := s.first.Severity.String()
	title := strings.TrimSpace(s.first.RuleID + " " + s.first.RuleName)
	if s.count > 1 {
		title += ", " + text.Count(s.count, "finding")
	}
	if s.standing != "" {
		title += ", " + s.standing
	}
	lead := padded(severity, severityWidth) + gap
	b.WriteString(paintBeginning(paragraph(lead, title, columns(o)), severity, o.Color))
	for _, g := range s.groups {
		b.WriteString(paragraph(claimIndent, g.claim, columns(o)))
		for _, r := range g.rows {
			b.WriteString(strings.Join(r.lines, "\n") + "\n")
		}
	}
}
