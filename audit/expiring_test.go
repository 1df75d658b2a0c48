package audit

import (
	"strings"
	"testing"
	"time"

	"apigee-audit/audit/finding"
)

func TestExpiringSuppressions(t *testing.T) {
	accepted := func(rule, expires, reason string) finding.Finding {
		f := login()
		f.RuleID, f.Status = rule, finding.StatusSuppressed
		f.Suppression = &finding.Suppression{Reason: reason, Expires: expires, Source: finding.FromConfiguration, Ticket: "SEC-12", Owner: "identity team"}
		return f
	}
	unowned := accepted("RT302", "2026-12-01", "agreed.")
	unowned.Suppression.Ticket, unowned.Suppression.Owner = "", ""
	endless := accepted("RT101", "", "for ever")
	notices := expiring([]finding.Finding{
		login(), accepted("RT201", "2026-12-23", "moves"), accepted("RT101", "2026-12-23", "moves"), accepted("RT101", "2026-12-24", "later"), unowned, endless,
	}, "acme", time.Date(2026, 11, 23, 23, 59, 0, 0, time.UTC))
	var got []string
	for _, n := range notices {
		if n.Organization != "acme" || n.Operation != "suppress findings" {
			t.Errorf("a notice about %q, %q", n.Organization, n.Operation)
		}
		got = append(got, n.Error)
	}
	want := []string{
		"2 findings of RT101, RT201 will count again after 2026-12-23, the last day of the suppression (moves; ticket SEC-12; owner identity team)",
		"1 finding of RT302 will count again after 2026-12-01, the last day of the suppression (agreed)",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
