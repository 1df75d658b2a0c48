package table

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// summary counts the findings by rule and by organization, where that says more than the rows.
func summary(d *report.Document, o report.Options) ([]string, error) {
	var blocks []string
	for _, count := range []func(*report.Document) figures{byRules, byOrganizations} {
		f := count(d)
		if len(f.rows) == 0 {
			continue
		}
		block, err := f.draw(o)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, block)
	}
	return blocks, nil
}

// figures are a table of numbers, each row of which begins with what is counted.
type figures struct {
	titles []string // of what is counted, then of the numbers
	words  int      // how many of them are what is counted
	rows   [][]string
}

// byRules counts the findings of each rule and severity, those with new ones first, then the severest. It is empty where it would
// say no more than the rows do.
func byRules(d *report.Document) figures {
	type key struct {
		severity finding.Severity
		id, name string
	}
	counts := map[key]map[finding.Status]int{}
	var rules []key
	for i := range d.Findings {
		f := &d.Findings[i]
		k := key{f.Severity, f.RuleID, f.RuleName}
		if counts[k] == nil {
			counts[k], rules = map[finding.Status]int{}, append(rules, k)
		}
		counts[k][f.Status]++
	}
	if len(rules) < 2 || len(rules) == len(d.Findings) && d.Summary.New == len(d.Findings) {
		return figures{}
	}
	isNew := func(k key) int { return min(counts[k][finding.StatusNew], 1) }
	slices.SortFunc(rules, func(a, b key) int {
		return cmp.Or(cmp.Compare(isNew(b), isNew(a)), cmp.Compare(b.severity, a.severity), cmp.Compare(a.id, b.id), cmp.Compare(a.name, b.name))
	})
	t := figures{titles: []string{"RULE", "", "SEVERITY"}, words: 3}
	var statuses []finding.Status
	for _, s := range finding.Statuses() {
		if slices.ContainsFunc(rules, func(k key) bool { return counts[k][s] > 0 }) {
			statuses, t.titles = append(statuses, s), append(t.titles, strings.ToUpper(string(s)))
		}
	}
	if len(statuses) == 1 && statuses[0] == finding.StatusNew {
		t.titles[t.words] = "FINDINGS"
	}
	for _, k := range rules {
		row := []string{k.id, k.name, k.severity.String()}
		for _, s := range statuses {
			row = append(row, strconv.Itoa(counts[k][s]))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// byOrganizations says of each organization how much of it was read and what was found, in the order of the sections. It is empty
// where there is one.
func byOrganizations(d *report.Document) figures {
	subjects, summaries := d.Subjects(), d.ByOrganization()
	if len(subjects) < 2 {
		return figures{}
	}
	t := figures{titles: []string{"ORGANIZATION", "AUDITED"}, words: 1}
	for _, s := range finding.Severities() {
		t.titles = append(t.titles, strings.ToUpper(s.String()))
	}
	if d.Summary.Known > 0 {
		t.titles = append(t.titles, "NEW")
	}
	if d.Summary.Problems > 0 {
		t.titles = append(t.titles, "PROBLEMS")
	}
	weights := map[string]weight{}
	for i := range d.Findings {
		if f := &d.Findings[i]; f.Status != finding.StatusSuppressed {
			w := weights[f.Organization]
			w.add(f)
			weights[f.Organization] = w
		}
	}
	slices.SortStableFunc(subjects, func(a, b report.Organization) int { return weights[a.Name].compare(weights[b.Name]) })
	for i := range subjects {
		t.rows = append(t.rows, organizationRow(&subjects[i], summaries[subjects[i].Name], d.Summary))
	}
	return t
}

// organizationRow has a dash for what is not known: a severity that is left out is not one of which nothing was found.
func organizationRow(org *report.Organization, counts *report.Summary, all report.Summary) []string {
	audited := strconv.Itoa(org.Audited)
	if org.Audited < org.Revisions {
		audited += " of " + strconv.Itoa(org.Revisions)
	}
	row := []string{cmp.Or(org.Name, report.OrganizationTitle("")), audited}
	for _, s := range finding.Severities() {
		n := counts.Findings.Of(s)
		if n == 0 && slices.Contains(all.NotShown, s) {
			row = append(row, "-")
		} else {
			row = append(row, strconv.Itoa(n))
		}
	}
	if all.Known > 0 {
		row = append(row, strconv.Itoa(counts.New))
	}
	if all.Problems > 0 {
		row = append(row, strconv.Itoa(counts.Problems))
	}
	return row
}

// draw aligns numbers to the right. Where a terminal has no room for all words beside them, the longest go; where it has none for
// what is counted, each row is a sentence.
func (f figures) draw(o report.Options) (string, error) {
	limits := natural(f.titles, f.rows)
	if longest, ok := f.fit(limits, o); !ok && f.words == 1 {
		return f.sentences(o), nil
	} else if !ok {
		return f.without(longest).draw(o)
	}
	var rows [][]string
	for _, row := range f.rows {
		rows = append(rows, f.align(row, limits))
	}
	lines, err := grid(f.align(f.titles, limits), rows)
	if err != nil {
		return "", err
	}
	return strings.Join(lines, "\n") + "\n", nil
}

// fit takes from the longest words until a line fits; it reports false where too little of them would be left.
func (f figures) fit(limits []int, o report.Options) (longest int, ok bool) {
	for i, n := range limits[:f.words] {
		if n > limits[longest] {
			longest = i
		}
	}
	if excess := total(limits) - columns(o); o.Width > 0 && excess > 0 {
		limits[longest] -= excess
		return longest, limits[longest] >= minText
	}
	return longest, true
}

// without leaves out one column of words.
func (f figures) without(column int) figures {
	out := figures{titles: slices.Delete(slices.Clone(f.titles), column, column+1), words: f.words - 1}
	for _, row := range f.rows {
		out.rows = append(out.rows, slices.Delete(slices.Clone(row), column, column+1))
	}
	return out
}

func (f figures) align(row []string, limits []int) []string {
	var out []string
	for i, cell := range row {
		if i < f.words {
			out = append(out, strings.Join(wrap(cell, limits[i]), "\n"))
		} else {
			out = append(out, strings.Repeat(" ", max(0, limits[i]-displayWidth(cell)))+cell)
		}
	}
	return out
}

// sentences says the same in lines that can be wrapped: "acme: 3 audited, 2 high, 0 medium".
func (f figures) sentences(o report.Options) string {
	var b strings.Builder
	for _, row := range f.rows {
		var numbers []string
		for i := f.words; i < len(row); i++ {
			numbers = append(numbers, row[i]+" "+strings.ToLower(f.titles[i]))
		}
		b.WriteString(paragraph("", strings.Join(strings.Fields(strings.Join(row[:f.words], " ")), " ")+": "+strings.Join(numbers, ", "), columns(o)))
	}
	return b.String()
}
