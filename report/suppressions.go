package report

import (
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// NoteUnused adds a notice for every suppression of the configuration that matched no finding, where nothing outside the
// report could match it. A share of the organizations knows nothing of the others: merging them decides.
func (d *Document) NoteUnused() {
	if d.Shard != nil && d.Shard.Of > 1 {
		return
	}
	for _, u := range d.Suppressions {
		if u.State == finding.SuppressionUnmatched {
			d.Notices = append(d.Notices, u.Notice())
		}
	}
}

// mergeSuppressions says what became of the suppressions of all reports together, instead of what each one said of its
// own part. What a report without the suppression, or a missing report, would say is unknown.
func (d *Document) mergeSuppressions(stored []Stored, whole bool) {
	for _, s := range stored {
		for _, u := range s.Suppressions {
			claim := u.Notice()
			d.Notices = only(d.Notices, func(p apigee.Problem) bool { return p.Operation != claim.Operation || p.Error != claim.Error })
			if d.suppression(u) != nil {
				continue
			}
			for _, other := range stored {
				v := other.suppression(u)
				if v == nil {
					v = &finding.SuppressionUse{State: finding.SuppressionUnknown}
				}
				u = u.Join(*v)
			}
			if !whole {
				u = u.Join(finding.SuppressionUse{State: finding.SuppressionUnknown})
			}
			d.Suppressions = append(d.Suppressions, u)
		}
	}
	d.NoteUnused()
}

// suppression finds what became of a suppression in the report, nil if the report does not say.
func (d *Document) suppression(u finding.SuppressionUse) *finding.SuppressionUse {
	i := slices.IndexFunc(d.Suppressions, func(v finding.SuppressionUse) bool {
		return v.Label == u.Label && v.RuleID == u.RuleID && v.Expires == u.Expires
	})
	if i < 0 {
		return nil
	}
	return &d.Suppressions[i]
}
