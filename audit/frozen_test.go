package audit

import (
	"fmt"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/records"
)

// asksEverything asks each question that a rule may ask of facts and records, and says what it was answered.
func asksEverything(p *Pass) string {
	var said []any
	say := func(answers ...any) { said = append(said, answers...) }
	f := p.Facts
	say(f.Searched("x"), f.Nothing(), len(f.RefreshersWithoutIssuer()), f.MayRefresh() != nil, f.Over(), len(f.Inventory()), len(p.Verdicts))
	for _, e := range f.Environments {
		say(len(e.Programs()), len(e.Issuers()), len(e.Refreshers()))
		for _, is := range e.Issuers() {
			say(is.Grants(), is.Imports(), len(is.Traces()), len(is.Policies()))
		}
		for _, w := range e.Traces() {
			say(*p.Records.Usage(e, w), w.GrantRecords(), e.UnknownCallees(w), w.UnknownChain(), w.CallsTarget(), w.Refresh() != nil, w.MayRefresh() != nil)
			for _, pol := range w.Program.Policies {
				_, misattached := pol.Misattached()
				say(w.Reached(pol), w.WhyDead(pol), misattached)
			}
			for _, r := range w.Sites {
				_, misread := r.Misread()
				say(r.Paths(), r.Path(), r.Flow(), misread, r.OnSuccess(), r.FailureStops(), r.Matches("/v1/oauth", "/token", "POST"))
				say(w.Origin(r, "request.formparam.refresh_token"))
				for _, other := range w.Sites {
					say(w.Together(r, other), w.Certain(r, other), r.Apart(other))
				}
			}
		}
	}
	return fmt.Sprintf("%+v", said)
}

// TestRulesOnlyRead: under the race detector, rules that ask everything at once find everything made already. One whose
// question filled something in would write while another reads.
func TestRulesOnlyRead(t *testing.T) {
	s := &recorded{files: loginBundle("<RefreshTokenExpiresIn>604800000</RefreshTokenExpiresIn>"), rows: []apigee.TrafficRow{
		calledAs("/token", "POST", "200", 100), calledAs("/refresh", "POST", "200", 3),
	}}
	answers := make([]string, 8)
	var all []*Rule
	for i := range answers {
		all = append(all, &Rule{Rule: finding.Rule{ID: fmt.Sprint(i)}, Check: func(p *Pass) {
			answers[i] = asksEverything(p)
		}})
	}
	_, err := Run(t.Context(), s, Options{Rules: all, Concurrency: 1, Evidence: records.Options{Traffic: 24 * time.Hour, Reach: true}, EvidenceFrom: s})
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		if a == "" || a != answers[0] {
			t.Errorf("rule %d was answered %s, the first one %s", i, a, answers[0])
		}
	}
}
