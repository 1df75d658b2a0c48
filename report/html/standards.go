package html

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// catalogue is the part of the table of standards that one catalogue has.
type catalogue struct {
	Name, URL string
	Entries   []catalogueEntry
	catalogue finding.Catalogue
}

// catalogueEntry is one entry of a catalogue with the rules that bear on it.
type catalogueEntry struct {
	ID, Title, URL string
	Rules          []ruleLink
	Findings       int
	Hidden         bool // findings of one of the rules are not shown
	Control        *control
}

type ruleLink struct{ Link, ID string }

// standard is one line of a rule's section.
type standard struct{ Name, Title, URL, Why string }

// catalogues inverts the mapping: from the entry to the rules and to what they found. Accepted findings do not count.
func catalogues(d *report.Document, rules []*finding.Rule, ids *anchors) []catalogue {
	counts, sees := countByRule(d), report.NewView(d)
	var all []catalogue
	for _, r := range rules {
		for _, s := range r.Standards {
			i := slices.IndexFunc(all, func(c catalogue) bool { return c.catalogue == s.Catalogue })
			if i < 0 {
				i = len(all)
				all = append(all, catalogue{Name: s.Catalogue.String(), URL: s.Catalogue.URL, catalogue: s.Catalogue})
			}
			e := all[i].entry(s)
			if e.Rules == nil {
				e.Control = controlOf(d, s.Catalogue.String(), s.ID, ids)
			}
			e.Rules = append(e.Rules, ruleLink{ids.rule(r.ID), r.ID})
			e.Findings += counts[r.ID]
			e.Hidden = e.Hidden || sees.BlindSomewhere(r.ID)
		}
	}
	number := regexp.MustCompile(`\d+`)
	key := func(id string) string {
		return number.ReplaceAllStringFunc(id, func(n string) string { return fmt.Sprintf("%8s", n) })
	}
	for _, c := range all {
		slices.SortStableFunc(c.Entries, func(a, b catalogueEntry) int { return cmp.Compare(key(a.ID), key(b.ID)) })
	}
	return all
}

// entry finds or adds the entry of a standard.
func (c *catalogue) entry(s finding.Standard) *catalogueEntry {
	for i := range c.Entries {
		if c.Entries[i].ID == s.ID {
			return &c.Entries[i]
		}
	}
	c.Entries = append(c.Entries, catalogueEntry{ID: s.ID, Title: s.Title, URL: s.URL})
	return &c.Entries[len(c.Entries)-1]
}

func standardsOf(r *finding.Rule) []standard {
	var all []standard
	for _, s := range r.Standards {
		all = append(all, standard{s.Label(), s.Title, s.URL, s.Why})
	}
	return all
}
