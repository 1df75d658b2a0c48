package main

import (
	"slices"

	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

// covers notes that a setting names rules for others that parted from them.
func (c *choices) covers(setting string, covered []audit.Alias) {
	for _, a := range covered {
		a.Where = setting
		c.aliases = append(c.aliases, a)
	}
}

// sayAliases says once for each rule that parted from another where it went by the older ID, so that people can name both.
func (a *app) sayAliases(used []audit.Alias, all []*audit.Rule) {
	for _, r := range all {
		var where []string
		for _, u := range used {
			if u.Newer == r.ID && u.Older == r.PartedFrom && !slices.Contains(where, u.Where) {
				where = append(where, u.Where)
			}
		}
		if len(where) > 0 {
			a.say("note: %s now also covers %s (%s), which used to be part of it. It does so in %s: name both rules there to end this note; a new baseline does it by itself.",
				r.PartedFrom, r.ID, r.Name, text.ListSome(where, 3))
		}
	}
}
