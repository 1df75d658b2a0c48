package csv

import (
	"io"
	"strconv"
	"strings"
	"time"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/history"
)

// historyColumns are the columns of a history. New ones are only added at the end.
func historyColumns() []string {
	return []string{
		"type", "time", "organization", "rule", "rule_name", "severity", "confidence", "kind", "name", "policy", "environments", "state", "gap",
		"open", "high", "medium", "low", "info", "not_looked_at", "accepted", "new", "reopened", "no_longer_accepted", "fixed", "newly_accepted", "complete", "reports",
		"first_seen", "last_seen", "may_be_older", "open_since", "age_days", "fixed_by", "days_to_fix", "expires", "expires_in_days", "reason", "ticket", "owner", "timeline",
		"fingerprint", "id",
	}
}

// WriteHistory writes one row for each audit, for each organization and each rule after it, and for each finding, distinguished by the
// first column.
func WriteHistory(w io.Writer, h *history.History, _ report.Options) error {
	out := newSheet(w, historyColumns())
	for _, a := range h.Audits {
		r := standingRow("audit", a.At, &a.Standing, a.Changes)
		r["complete"], r["reports"] = strconv.FormatBool(a.Complete), list(a.Reports)
		out.put(r)
		for _, o := range a.Organizations {
			r := standingRow("organization", a.At, &o.Standing, o.Changes)
			r["organization"], r["gap"] = o.Name, o.Gap
			out.put(r)
		}
		for i, rule := range a.Rules {
			out.put(row{
				"type": "rule", "time": moment(a.At), "rule": rule.RuleID, "rule_name": h.Rules[i].Name, "severity": h.Rules[i].Severity.String(),
				"open": strconv.Itoa(rule.Open), "not_looked_at": strconv.Itoa(rule.NotLookedAt),
			})
		}
	}
	for i := range h.Findings {
		out.put(followedRow(&h.Findings[i]))
	}
	for _, f := range h.LeftOut {
		out.put(row{"type": "left-out", "reports": f.Name, "reason": f.Why})
	}
	for _, f := range h.Problems {
		out.put(row{"type": "problem", "reports": f.Name, "reason": f.Why})
	}
	return out.close()
}

func standingRow(kind string, at time.Time, s *history.Standing, c history.Changes) row {
	r := row{"type": kind, "time": moment(at), "open": strconv.Itoa(s.Open.Total)}
	for _, severity := range finding.Severities() {
		r[severity.String()] = strconv.Itoa(s.Open.Of(severity))
	}
	for column, n := range map[string]int{
		"not_looked_at": s.NotLookedAt, "accepted": s.Accepted, "new": c.New, "reopened": c.Reopened, "no_longer_accepted": c.NoLongerAccepted,
		"fixed": c.Fixed, "newly_accepted": c.Accepted,
	} {
		r[column] = strconv.Itoa(n)
	}
	return r
}

func followedRow(f *history.Finding) row {
	r := row{
		"type": "finding", "organization": f.Organization, "rule": f.RuleID, "rule_name": f.RuleName, "severity": f.Severity.String(), "confidence": f.Confidence.String(),
		"kind": string(f.Kind), "name": f.Name, "policy": f.Policy, "environments": strings.Join(f.Environments, ", "), "state": string(f.State), "gap": f.Gap,
		"reopened": strconv.Itoa(f.Reopened), "first_seen": moment(f.FirstSeen), "last_seen": moment(f.LastSeen), "may_be_older": strconv.FormatBool(f.MayBeOlder),
		"open_since": moment(f.OpenSince), "fingerprint": f.Fingerprint, "id": f.ID,
	}
	if f.State == history.Fixed {
		r["fixed_by"], r["days_to_fix"] = moment(f.FixedBy), strconv.Itoa(f.DaysToFix)
	} else {
		r["age_days"] = strconv.Itoa(f.AgeDays)
	}
	if s := f.Suppression; s != nil {
		r["expires"], r["reason"], r["ticket"], r["owner"] = s.Expires, s.Reason, s.Ticket, s.Owner
	}
	if n := f.ExpiresInDays; n != nil {
		r["expires_in_days"] = strconv.Itoa(*n)
	}
	var parts []string
	for _, p := range f.Timeline {
		parts = append(parts, moment(p.At)+" "+string(p.State))
	}
	r["timeline"] = list(parts)
	return r
}

// moment is a time, "" for one that is unknown.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
