package cli

import (
	"slices"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// used lists where rules were named by the ID of the rule that they were split from.
func used(all []finding.Alias, where string) []finding.Alias {
	for i := range all {
		all[i].Where = where
	}
	return all
}

// sayAliases says once for each rule that was split from another where the older ID was used, so that people can name
// both.
func (a *app) sayAliases(used []finding.Alias, all []*audit.Rule) {
	for _, r := range all {
		var where []string
		for _, u := range used {
			if u.Newer == r.ID && u.Older == r.PartedFrom && !slices.Contains(where, u.Where) {
				where = append(where, u.Where)
			}
		}
		if len(where) > 0 {
			a.say("note: %s still covers %s (%s), which used to be part of it, in these places: %s. To silence this note, name both rules there, or write a new baseline.",
				r.PartedFrom, r.ID, r.Name, text.ListSome(where, 3))
		}
	}
}
