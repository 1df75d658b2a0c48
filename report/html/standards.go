package html

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"apigee-audit/audit"
	"apigee-audit/report"
)

// htmlCatalogue is the part of the table of standards that one catalogue has.
type htmlCatalogue struct {
	Name, URL string
	Entries   []htmlEntry
	catalogue audit.Catalogue
}

// htmlEntry is one entry of a catalogue with the rules that bear on it.
type htmlEntry struct {
	ID, Title, URL string
	Rules          []htmlRuleLink
	Findings       int
	Hidden         bool // findings of one of the rules are not shown
}

type htmlRuleLink struct{ Link, ID string }

// htmlStandard is one line of a rule's section.
type htmlStandard struct{ Name, Title, URL, Why string }

// htmlCatalogues turns the mapping round: from the entry to the rules and to what they found. Accepted findings do not count.
func htmlCatalogues(d *report.Document, rules []*audit.Rule, ids *htmlIDs) []htmlCatalogue {
	counts, sees := countByRule(d), report.NewView(d)
	var all []htmlCatalogue
	for _, r := range rules {
		for _, s := range r.Standards {
			i := slices.IndexFunc(all, func(c htmlCatalogue) bool { return c.catalogue == s.Catalogue })
			if i < 0 {
				i = len(all)
				all = append(all, htmlCatalogue{Name: s.Catalogue.String(), URL: s.Catalogue.URL, catalogue: s.Catalogue})
			}
			e := all[i].entry(s)
			e.Rules = append(e.Rules, htmlRuleLink{ids.rule(r.ID), r.ID})
			e.Findings += counts[r.ID]
			e.Hidden = e.Hidden || sees.BlindSomewhere(r.ID)
		}
	}
	number := regexp.MustCompile(`\d+`)
	key := func(id string) string {
		return number.ReplaceAllStringFunc(id, func(n string) string { return fmt.Sprintf("%8s", n) })
	}
	for _, c := range all {
		slices.SortStableFunc(c.Entries, func(a, b htmlEntry) int { return cmp.Compare(key(a.ID), key(b.ID)) })
	}
	return all
}

// entry finds or adds the entry of a standard.
func (c *htmlCatalogue) entry(s audit.Standard) *htmlEntry {
	for i := range c.Entries {
		if c.Entries[i].ID == s.ID {
			return &c.Entries[i]
		}
	}
	c.Entries = append(c.Entries, htmlEntry{ID: s.ID, Title: s.Title, URL: s.URL})
	return &c.Entries[len(c.Entries)-1]
}

func htmlStandards(r *audit.Rule) []htmlStandard {
	var all []htmlStandard
	for _, s := range r.Standards {
		all = append(all, htmlStandard{s.Label(), s.Title, s.URL, s.Why})
	}
	return all
}
