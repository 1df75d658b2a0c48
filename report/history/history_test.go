package history_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/history"
)

func tool() report.Tool { return report.Tool{Name: "apigee-audit", Version: "1.2.3"} }

// week is when the audit of a week starts.
func week(n int) time.Time { return time.Date(2026, 10, 22, 6, 0, 0, 0, time.UTC).AddDate(0, 0, 7*n) }

// fact is a finding in short.
type fact struct {
	organization, proxy, rule string
	severity                  finding.Severity
	environments              []string
	accepted                  bool
}

func (f fact) finding() finding.Finding {
	out := finding.Finding{
		Organization: f.organization, Kind: apigee.KindProxy, Name: f.proxy, RuleID: f.rule, RuleName: "name of " + f.rule, Severity: f.severity, Confidence: finding.HighConfidence,
		Fingerprint: f.rule + "-" + f.proxy, Status: finding.StatusNew,
	}
	for _, e := range f.environments {
		out.Deployments = append(out.Deployments, finding.Deployed{Environment: e, Revision: "1"})
	}
	if f.accepted {
		out.Status, out.Suppression = finding.StatusSuppressed, &finding.Suppression{Reason: "agreed", Expires: "2026-12-01", Source: finding.FromConfiguration}
	}
	return out
}

// audited is the report of a week about organizations, each of which has two environments.
func audited(n int, organizations []string, facts ...fact) *report.Document {
	d := &report.Document{
		SchemaVersion: report.SchemaVersion, Tool: tool(), StartedAt: week(n), FinishedAt: week(n).Add(time.Minute), LeftOut: []finding.LeftOut{},
		Scope: &report.Scope{MinSeverity: finding.Info, MinConfidence: finding.LowConfidence}, Rules: []string{"RT101", "RT104", "RT301"},
		Catalogue: []report.Rule{{ID: "RT101", Severity: finding.High, Confidence: finding.HighConfidence}, {ID: "RT104", Severity: finding.High, Confidence: finding.HighConfidence},
			{ID: "RT301", Severity: finding.Medium, Confidence: finding.HighConfidence, Inputs: []finding.Input{finding.InputProfile}}},
	}
	for _, name := range organizations {
		d.Organizations = append(d.Organizations, report.Organization{Name: name, Platform: apigee.PlatformX, Environments: []string{"prod", "test"}, Deployments: 4, Revisions: 4, Audited: 4})
	}
	for _, f := range facts {
		if slices.Contains(organizations, f.organization) {
			d.Findings = append(d.Findings, f.finding())
		}
	}
	d.Normalize()
	return d
}

// stored is a report as it is read from a file.
func stored(t testing.TB, name string, d *report.Document) history.Report {
	t.Helper()
	var b bytes.Buffer
	if err := report.Encode(&b, d); err != nil {
		t.Fatal(err)
	}
	o, err := report.NewOutlines().Read(b.Bytes())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return history.Report{Name: name, Outline: o}
}

func storedAll(t testing.TB, docs ...*report.Document) (all []history.Report) {
	t.Helper()
	for i, d := range docs {
		all = append(all, stored(t, fmt.Sprintf("%03d.json", i), d))
	}
	return all
}

func text(t *testing.T, h *history.History) string {
	t.Helper()
	data, err := json.MarshalIndent(h, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// line is a history in short: how many are open after each audit, with those not looked at, and what changed.
func line(h *history.History) (s string) {
	for i, a := range h.Audits {
		if i > 0 {
			s += " | "
		}
		s += fmt.Sprint(a.Open.Total)
		for _, n := range []struct {
			sign string
			n    int
		}{{"?", a.NotLookedAt}, {"~", a.Accepted}, {" +", a.Changes.New}, {" ^", a.Changes.Reopened}, {" !", a.Changes.NoLongerAccepted}, {" -", a.Changes.Fixed}, {" =", a.Changes.Accepted}} {
			if n.n > 0 {
				s += fmt.Sprint(n.sign, n.n)
			}
		}
	}
	return s
}

func TestHistory(t *testing.T) {
	acme, both := []string{"acme"}, []string{"acme", "beta"}
	login := fact{"acme", "login", "RT101", finding.High, []string{"prod"}, false}
	pay := fact{"acme", "pay", "RT301", finding.Medium, []string{"prod", "test"}, false}
	other := fact{"beta", "login", "RT101", finding.High, []string{"prod"}, false}
	accepted := func(f fact) fact { f.accepted = true; return f }
	narrowed := func(d *report.Document, narrow func(*report.Document)) *report.Document {
		narrow(d)
		d.Normalize()
		return d
	}
	filtered := func(d *report.Document, x finding.Filter) *report.Document {
		if err := d.Filter(x); err != nil {
			t.Fatal(err)
		}
		return d
	}
	compared := func(d, baseline *report.Document) *report.Document { d.CompareWith(baseline); return d }
	for name, tt := range map[string]struct {
		docs []*report.Document
		want string
	}{
		"nothing":                    {nil, ""},
		"found":                      {[]*report.Document{audited(0, acme, login, pay)}, "2 +2"},
		"a flat line":                {[]*report.Document{audited(0, acme, login), audited(1, acme, login), audited(2, acme, login)}, "1 +1 | 1 | 1"},
		"fixed":                      {[]*report.Document{audited(0, acme, login, pay), audited(1, acme, pay)}, "2 +2 | 1 -1"},
		"reopened":                   {[]*report.Document{audited(0, acme, login), audited(1, acme), audited(2, acme, login)}, "1 +1 | 0 -1 | 1 ^1"},
		"accepted":                   {[]*report.Document{audited(0, acme, login), audited(1, acme, accepted(login))}, "1 +1 | 0~1 =1"},
		"accepted at once, then not": {[]*report.Document{audited(0, acme, accepted(login)), audited(1, acme, login)}, "0~1 | 1 !1"},
		"gone while accepted":        {[]*report.Document{audited(0, acme, accepted(login)), audited(1, acme), audited(2, acme, accepted(login))}, "0~1 | 0 | 0~1"},
		"accepted in part":           {[]*report.Document{audited(0, acme, login, accepted(login))}, "1 +1"},
		"an organization is renamed": {[]*report.Document{audited(0, acme, login, pay), audited(1, []string{"acme-2"}, fact{"acme-2", "login", "RT101", finding.High, []string{"prod"}, false})},
			"2 +2 | 3?2 +1"},
		"an organization is missing once":        {[]*report.Document{audited(0, both, login, other), audited(1, acme, login), audited(2, both, login, other)}, "2 +2 | 2?1 | 2"},
		"an organization is missing, then fixed": {[]*report.Document{audited(0, both, login, other), audited(1, acme, login), audited(2, both, login)}, "2 +2 | 2?1 | 1 -1"},
		"an organization is not readable": {[]*report.Document{audited(0, both, login, other), narrowed(audited(1, both, login), func(d *report.Document) {
			d.Organizations[1] = report.Organization{Name: "beta", Platform: apigee.PlatformX}
			d.Problems = []apigee.Problem{{Organization: "beta", Operation: "read organization", Error: "refused"}}
		})}, "2 +2 | 2?1"},
		"a bundle is not readable": {[]*report.Document{audited(0, acme, login, pay), narrowed(audited(1, acme), func(d *report.Document) {
			d.Problems = []apigee.Problem{{Organization: "acme", Kind: apigee.KindProxy, Name: "login", Operation: "download bundle", Error: "refused"}}
		})}, "2 +2 | 1?1 -1"},
		"another rule alone": {[]*report.Document{audited(0, acme, login, pay), narrowed(audited(1, acme), func(d *report.Document) {
			d.Scope.Rules, d.Rules = []string{"RT301"}, []string{"RT301"}
		})}, "2 +2 | 1?1 -1"},
		"higher severities alone": {[]*report.Document{audited(0, acme, login, pay), narrowed(audited(1, acme), func(d *report.Document) { d.Scope.MinSeverity = finding.High })},
			"2 +2 | 1?1 -1"},
		"another environment alone": {[]*report.Document{audited(0, acme, login, pay), filtered(audited(1, acme, login, pay), finding.Filter{Environments: []string{"test"}})},
			"2 +2 | 2?1"},
		"another proxy alone": {[]*report.Document{audited(0, acme, login, pay), filtered(audited(1, acme, pay), finding.Filter{Proxies: []string{"pay"}})}, "2 +2 | 2?1"},
		"another profile":     {[]*report.Document{audited(0, acme, pay), narrowed(audited(1, acme), func(d *report.Document) { d.Scope.Profile = finding.ProfileFAPI })}, "1 +1 | 1?1"},
		"an environment is gone": {[]*report.Document{audited(0, acme, login), narrowed(audited(1, acme), func(d *report.Document) { d.Organizations[0].Environments = []string{"test"} })},
			"1 +1 | 1?1"},
		"what if": {[]*report.Document{audited(0, acme, login), narrowed(audited(1, acme), func(d *report.Document) { d.Change = &report.Change{} })}, "1 +1"},
		"a baseline knew what nobody looked at": {[]*report.Document{
			compared(filtered(audited(1, acme, login), finding.Filter{Proxies: []string{"login"}}), audited(0, acme, login, pay)), audited(2, acme)}, "2?1 +2 | 0 -2"},
		"a rendering beside the report": {[]*report.Document{audited(0, acme, login, pay), filtered(audited(0, acme, login, pay), finding.Filter{MinSeverity: finding.High}), audited(1, acme, pay),
			filtered(audited(1, acme, pay), finding.Filter{Proxies: []string{"pay"}})}, "2 +2 | 1 -1"},
		"a rendering before the report": {[]*report.Document{filtered(audited(0, acme, login, pay), finding.Filter{Proxies: []string{"pay"}}), audited(0, acme, login, pay),
			filtered(audited(1, acme, pay), finding.Filter{Proxies: []string{"pay"}}), audited(1, acme, pay)}, "2 +2 | 1 -1"},
		"on the same day, without an end": {[]*report.Document{
			narrowed(audited(0, acme, login), func(d *report.Document) { d.FinishedAt = time.Time{} }),
			narrowed(audited(0, acme), func(d *report.Document) { d.StartedAt, d.FinishedAt = d.StartedAt.Add(time.Hour), time.Time{} })}, "1 +1 | 0 -1"},
		"organizations one by one": {[]*report.Document{audited(0, acme, login), narrowed(audited(0, []string{"beta"}, other), func(d *report.Document) {
			d.StartedAt, d.FinishedAt = d.StartedAt.Add(time.Hour), d.FinishedAt.Add(time.Hour)
		}), audited(1, acme), audited(2, []string{"beta"})}, "2 +2 | 1?1 -1 | 0 -1"},
	} {
		h := history.New(tool(), storedAll(t, tt.docs...), nil)
		if got := line(h); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

// What is said of one finding.
func TestFindings(t *testing.T) {
	acme := []string{"acme"}
	f := fact{"acme", "login", "RT101", finding.High, []string{"prod"}, false}
	late := fact{"acme", "pay", "RT301", finding.Medium, []string{"prod", "test"}, true}
	h := history.New(tool(), storedAll(t, audited(0, acme, f), audited(1, acme, f), audited(2, acme), audited(3, acme, f), audited(4, []string{"beta"}), audited(5, acme, late), audited(6, acme, late), audited(7, []string{"beta"}),
		audited(8, acme, late)), nil)
	if len(h.Findings) != 2 {
		t.Fatalf("%d findings", len(h.Findings))
	}
	left := -16
	want := []history.Finding{
		{
			ID: report.IDOf("acme", "RT301-pay"), RuleID: "RT301", RuleName: "name of RT301", Severity: finding.Medium, Confidence: finding.HighConfidence, Organization: "acme", Kind: apigee.KindProxy,
			Name: "pay", Environments: []string{"prod", "test"}, Fingerprint: "RT301-pay", State: history.Accepted, FirstSeen: week(5), LastSeen: week(8), OpenSince: week(5), AgeDays: 21,
			Suppression: late.finding().Suppression, ExpiresInDays: &left, Timeline: []history.Period{{week(5), history.Accepted}, {week(7), history.Gap}, {week(8), history.Accepted}},
		},
		{
			ID: report.IDOf("acme", "RT101-login"), RuleID: "RT101", RuleName: "name of RT101", Severity: finding.High, Confidence: finding.HighConfidence, Organization: "acme", Kind: apigee.KindProxy,
			Name: "login", Environments: []string{"prod"}, Fingerprint: "RT101-login", State: history.Fixed, FirstSeen: week(0), LastSeen: week(3), MayBeOlder: true, OpenSince: week(3),
			FixedBy: week(5), DaysToFix: 14, Reopened: 1,
			Timeline: []history.Period{{week(0), history.Open}, {week(2), history.Fixed}, {week(3), history.Open}, {week(4), history.Gap}, {week(5), history.Fixed}},
		},
	}
	if diff := cmp.Diff(want, h.Findings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]history.TimeToFix{{finding.High, 2, 14, 14}}, h.TimeToFix); diff != "" {
		t.Errorf("time to fix (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]history.Organization{{"acme", week(0), week(8)}, {"beta", week(4), week(7)}}, h.Organizations); diff != "" {
		t.Errorf("organizations (-want +got):\n%s", diff)
	}
}

func TestFirstSeenByABaseline(t *testing.T) {
	f := fact{"acme", "login", "RT101", finding.High, []string{"prod"}, false}
	d := audited(5, []string{"acme"}, f)
	d.CompareWith(audited(1, []string{"acme"}, f))
	h := history.New(tool(), storedAll(t, d), nil)
	if got := h.Findings[0]; !got.FirstSeen.Equal(week(1)) || !got.OpenSince.Equal(week(1)) || got.AgeDays != 28 {
		t.Errorf("first seen %s, open since %s, %d days", got.FirstSeen, got.OpenSince, got.AgeDays)
	}
}

func TestAcceptedFindingsAreNotFixed(t *testing.T) {
	f := fact{"acme", "login", "RT101", finding.High, []string{"prod"}, true}
	if h := history.New(tool(), storedAll(t, audited(0, []string{"acme"}, f), audited(1, []string{"acme"})), nil); len(h.TimeToFix) > 0 || h.Findings[0].State != history.Fixed {
		t.Errorf("%v, %s", h.TimeToFix, h.Findings[0].State)
	}
}

func TestSeveritiesChange(t *testing.T) {
	f := fact{"acme", "login", "RT101", finding.High, []string{"prod"}, false}
	less := f
	less.severity = finding.Low
	h := history.New(tool(), storedAll(t, audited(0, []string{"acme"}, f), audited(1, []string{"acme"}, less)), nil)
	if first, last := h.Audits[0].Open, h.Audits[1].Open; first.High != 1 || first.Low != 0 || last.High != 0 || last.Low != 1 || h.Audits[1].Changes != (history.Changes{}) {
		t.Errorf("%+v, then %+v", h.Audits[0], h.Audits[1])
	}
}

// Why an organization as a whole was not looked at.
func TestGapsOfOrganizations(t *testing.T) {
	unread := func(p apigee.Problem, audited int, d *report.Document) *report.Document {
		d.Problems = []apigee.Problem{p}
		d.Organizations[0].Audited = audited
		d.Normalize()
		return d
	}
	bundle := apigee.Problem{Organization: "acme", Kind: apigee.KindProxy, Name: "login", Operation: "download bundle"}
	whole := apigee.Problem{Organization: "acme", Operation: "read organization"}
	h := history.New(tool(), storedAll(t,
		audited(0, []string{"acme"}), unread(bundle, 3, audited(1, []string{"acme"})), unread(whole, 0, audited(2, []string{"acme"})), audited(3, []string{"beta"})), nil)
	var got []string
	for _, a := range h.Audits {
		got = append(got, a.Organizations[0].Gap)
	}
	if want := []string{"", "", "nothing of it could be read", "the organization was not audited"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if want := []string{"Organization acme on 2026-11-05: nothing of it could be read.", "Organization acme on 2026-11-12: the organization was not audited."}; !slices.Equal(h.Gaps(), want) {
		t.Errorf("%q, want %q", h.Gaps(), want)
	}
}

// Reports of the same moment come in the order of their names.
func TestEqualTimes(t *testing.T) {
	a, b := audited(0, []string{"acme"}), audited(0, []string{"beta"})
	reports := storedAll(t, a, b)
	swapped := []history.Report{reports[1], reports[0]}
	if diff := cmp.Diff(text(t, history.New(tool(), reports, nil)), text(t, history.New(tool(), swapped, nil))); diff != "" {
		t.Error(diff)
	}
}

// What is narrowed to is decided by what a finding is now, so that nothing is fixed because it is not asked for any more.
func TestFilter(t *testing.T) {
	acme := []string{"acme", "beta"}
	a, b := fact{"acme", "login", "RT101", finding.High, []string{"prod", "test"}, false}, fact{"beta", "pay", "RT301", finding.Medium, []string{"test"}, false}
	less := a
	less.severity, less.environments = finding.Low, []string{"test"}
	docs := storedAll(t, audited(0, acme, a, b), audited(1, acme, less, b), audited(2, acme, less))
	for name, tt := range map[string]struct {
		asked history.Filter
		want  string
	}{
		"everything":   {history.Filter{}, "2 +2 | 2 | 1 -1"},
		"organization": {history.Filter{Organizations: []string{"beta"}}, "1 +1 | 1 | 0 -1"},
		"rule":         {history.Filter{Rules: []string{"RT101"}}, "1 +1 | 1 | 1"},
		"proxy":        {history.Filter{Proxies: []string{"p*"}}, "1 +1 | 1 | 0 -1"},
		"environment":  {history.Filter{Environments: []string{"prod"}}, "0 | 0 | 0"},
		"severity":     {history.Filter{MinSeverity: finding.Medium}, "1 +1 | 1 | 0 -1"},
		"since":        {history.Filter{Since: week(1)}, "2 | 1 -1"},
		"since later":  {history.Filter{Since: week(3)}, ""},
	} {
		if got := line(history.New(tool(), docs, &tt.asked)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	if h := history.New(tool(), docs, &history.Filter{Since: week(2).Add(time.Second)}); len(h.Findings) != 1 || len(h.TimeToFix) != 0 {
		t.Errorf("fixed before: %d findings, %v", len(h.Findings), h.TimeToFix)
	}
}

// sequence makes up reports of organizations whose findings come and go, of which some are narrowed, or lack something.
func sequence(r *rand.Rand, weeks int) (docs []*report.Document) {
	organizations := []string{"acme", "beta", "gamma"}
	var all []fact
	for _, org := range organizations {
		for _, proxy := range []string{"login", "pay", "shop"} {
			all = append(all, fact{org, proxy, "RT101", finding.High, []string{"prod"}, false}, fact{org, proxy, "RT104", finding.High, []string{"prod", "test"}, false}, fact{org, proxy, "RT301", finding.Medium, []string{"test"}, false})
		}
	}
	there := map[int]bool{}
	for n := range weeks {
		var facts []fact
		for i, f := range all {
			if r.IntN(4) == 0 {
				there[i] = !there[i]
			}
			if f.accepted = r.IntN(6) == 0; there[i] {
				facts = append(facts, f)
			}
		}
		looked := slices.DeleteFunc(slices.Clone(organizations), func(string) bool { return r.IntN(5) == 0 })
		d := audited(n, looked, facts...)
		switch r.IntN(8) {
		case 0:
			d.Scope.Rules, d.Rules = []string{"RT101"}, []string{"RT101"}
			d.Findings = slices.DeleteFunc(d.Findings, func(f finding.Finding) bool { return f.RuleID != "RT101" })
		case 1:
			_ = d.Filter(finding.Filter{MinSeverity: finding.High})
		case 2:
			_ = d.Filter(finding.Filter{Environments: []string{"test"}})
		case 3:
			if len(looked) > 0 {
				d.Problems = []apigee.Problem{{Organization: looked[0], Kind: apigee.KindProxy, Name: "pay", Operation: "download bundle"}}
				d.Findings = slices.DeleteFunc(d.Findings, func(f finding.Finding) bool { return f.Organization == looked[0] && f.Name == "pay" })
			}
		case 4:
			if len(docs) > 0 {
				d.CompareWith(docs[r.IntN(len(docs))])
			}
		}
		d.Normalize()
		docs = append(docs, d)
	}
	return docs
}

func TestInvariants(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		docs := sequence(r, 2+r.IntN(9))
		reports := storedAll(t, docs...)
		h := history.New(tool(), reports, nil)
		checkSums(t, h)
		checkAgainstComparisons(t, docs, h)

		want := text(t, h)
		shuffled := slices.Clone(reports)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if diff := cmp.Diff(want, text(t, history.New(tool(), shuffled, nil))); diff != "" {
			t.Fatalf("seed %d, shuffled (-in order +shuffled):\n%s", seed, diff)
		}
		shares, names := inShares(t, docs)
		if diff := cmp.Diff(unnamed(t, h), unnamed(t, history.New(tool(), shares, nil))); diff != "" {
			t.Fatalf("seed %d, in shares %v (-whole +shares):\n%s", seed, names, diff)
		}
		again := audited(len(docs)+1, []string{"acme", "beta", "gamma"})
		again.Findings = slices.Clone(docs[0].Findings)
		again.Normalize()
		var same []*report.Document
		for n := range 4 {
			d := *again
			d.StartedAt, d.FinishedAt = week(n), week(n).Add(time.Minute)
			same = append(same, &d)
		}
		for i, a := range history.New(tool(), storedAll(t, same...), nil).Audits[1:] {
			if a.Changes != (history.Changes{}) {
				t.Fatalf("seed %d: the same report again changes %+v in week %d", seed, a.Changes, i+1)
			}
		}
	}
}

// checkSums holds the numbers against each other.
func checkSums(t *testing.T, h *history.History) {
	t.Helper()
	before, states := 0, map[history.State]int{}
	byOrganization := map[string]int{}
	for i, a := range h.Audits {
		if a.Open.Total != before+a.Changes.Added()-a.Changes.Removed() {
			t.Fatalf("audit %d: %d open, before %d, changes %+v", i, a.Open.Total, before, a.Changes)
		}
		before = a.Open.Total
		var sum history.Standing
		for _, o := range a.Organizations {
			if o.Open.Total != byOrganization[o.Name]+o.Changes.Added()-o.Changes.Removed() {
				t.Fatalf("audit %d, %s: %d open, before %d, changes %+v", i, o.Name, o.Open.Total, byOrganization[o.Name], o.Changes)
			}
			if byOrganization[o.Name] = o.Open.Total; o.Gap != "" && (o.NotLookedAt != o.Open.Total || o.Changes.Fixed > 0) {
				t.Fatalf("audit %d, %s: a gap with %d of %d not looked at, %d fixed", i, o.Name, o.NotLookedAt, o.Open.Total, o.Changes.Fixed)
			}
			for _, s := range finding.Severities() {
				sum.Open.Add(s, o.Open.Of(s))
			}
			sum.NotLookedAt, sum.Accepted = sum.NotLookedAt+o.NotLookedAt, sum.Accepted+o.Accepted
		}
		if sum != a.Standing {
			t.Fatalf("audit %d: organizations have %+v together, all is %+v", i, sum, a.Standing)
		}
		rules := history.RuleStanding{}
		for _, r := range a.Rules {
			rules.Open, rules.NotLookedAt = rules.Open+r.Open, rules.NotLookedAt+r.NotLookedAt
		}
		if rules.Open != a.Open.Total || rules.NotLookedAt != a.NotLookedAt {
			t.Fatalf("audit %d: rules have %+v together, all is %+v", i, rules, a.Standing)
		}
	}
	for _, f := range h.Findings {
		states[f.State]++
	}
	if last := h.Audits[len(h.Audits)-1]; states[history.Open] != last.Open.Total || states[history.Accepted] != last.Accepted {
		t.Fatalf("findings are %v, the newest audit says %+v", states, last.Standing)
	}
}

// checkAgainstComparisons holds what is fixed and new against what a comparison of each report with the one before says of it.
func checkAgainstComparisons(t *testing.T, docs []*report.Document, h *history.History) {
	t.Helper()
	for i := 1; i < len(docs); i++ {
		c := report.Compare(docs[i-1], docs[i])
		for _, f := range h.Findings {
			is := func(g finding.Finding) bool {
				return g.Organization == f.Organization && g.Fingerprint == f.Fingerprint
			}
			was := slices.ContainsFunc(docs[i-1].Findings, func(g finding.Finding) bool { return is(g) && g.Status != finding.StatusSuppressed })
			if !was {
				continue
			}
			fixed := slices.ContainsFunc(f.Timeline, func(p history.Period) bool { return p.At.Equal(docs[i].StartedAt) && p.State == history.Fixed })
			if said := slices.ContainsFunc(c.Fixed, is); said != fixed {
				t.Fatalf("report %d: %s of %s: history says fixed: %v, diff says %v; %+v", i, f.Fingerprint, f.Organization, fixed, said, f.Timeline)
			}
		}
	}
}

// inShares splits every report into those of two shares.
func inShares(t *testing.T, docs []*report.Document) (all []history.Report, names []string) {
	t.Helper()
	for i, d := range docs {
		for share := 1; share <= 2; share++ {
			part := *d
			of := func(organization string) bool { return len(organization)%2+1 == share }
			part.Shard = &report.Shard{Index: share, Of: 2}
			part.StartedAt, part.FinishedAt = d.StartedAt, d.FinishedAt.Add(time.Duration(share)*time.Second)
			part.Organizations = slices.DeleteFunc(slices.Clone(d.Organizations), func(o report.Organization) bool { return !of(o.Name) })
			part.Findings = slices.DeleteFunc(slices.Clone(d.Findings), func(f finding.Finding) bool { return !of(f.Organization) })
			part.Problems = slices.DeleteFunc(slices.Clone(d.Problems), func(p apigee.Problem) bool { return !of(p.Organization) })
			part.LeftOut = slices.DeleteFunc(slices.Clone(d.LeftOut), func(l finding.LeftOut) bool { return !of(l.Organization) })
			// What a share did not look at holds all organizations of the baseline that it does not have.
			part.NotLookedAt = slices.DeleteFunc(slices.Clone(d.NotLookedAt), func(f finding.Finding) bool {
				return !of(f.Organization) && slices.ContainsFunc(d.Organizations, func(o report.Organization) bool { return o.Name == f.Organization })
			})
			for _, f := range d.Findings {
				if !of(f.Organization) && d.Baseline != nil && f.Status == finding.StatusKnown {
					part.NotLookedAt = append(part.NotLookedAt, f)
				}
			}
			name := fmt.Sprintf("%03d-%d.json", i, share)
			all, names = append(all, stored(t, name, &part)), append(names, name)
		}
	}
	return all, names
}

// unnamed is a history without the names of reports, and without whether the audits are complete, which problems of shares that have
// no organization are no part of.
func unnamed(t *testing.T, h *history.History) string {
	t.Helper()
	for i := range h.Audits {
		h.Audits[i].Reports, h.Audits[i].Complete = nil, false
	}
	return text(t, h)
}

func TestShares(t *testing.T) {
	share := func(n, index, of int, after time.Duration, organizations []string, facts ...fact) *report.Document {
		d := audited(n, organizations, facts...)
		d.Shard = &report.Shard{Index: index, Of: of}
		d.StartedAt, d.FinishedAt = d.StartedAt.Add(after), d.FinishedAt.Add(after)
		d.Normalize()
		return d
	}
	a, b := fact{"acme", "login", "RT101", finding.High, []string{"prod"}, false}, fact{"beta", "login", "RT101", finding.High, []string{"prod"}, false}
	first := []*report.Document{share(0, 1, 3, 0, []string{"acme"}, a), share(0, 2, 3, time.Minute, []string{"beta"}, b), share(0, 3, 3, 0, nil)}
	merged := audited(0, []string{"acme", "beta"}, a, b)
	merged.FinishedAt = first[1].FinishedAt
	for name, tt := range map[string]struct {
		docs    []*report.Document
		want    string
		missing []int // of the newest
	}{
		"all":              {first, "2 +2", nil},
		"one alone":        {append(slices.Clone(first), share(1, 1, 3, 0, []string{"acme"})), "2 +2 | 1?1 -1", []int{2, 3}},
		"merged beside":    {append(slices.Clone(first), merged), "2 +2", nil},
		"of another fleet": {append(slices.Clone(first), share(0, 1, 2, 2*time.Minute, []string{"gamma"})), "2 +2 | 2?2", []int{2}},
		"much later":       {[]*report.Document{first[0], share(0, 2, 3, time.Hour, []string{"beta"}, b)}, "1 +1 | 2?1 +1", []int{1, 3}},
	} {
		h := history.New(tool(), storedAll(t, tt.docs...), nil)
		if got := line(h); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
		if last := h.Audits[len(h.Audits)-1]; !slices.Equal(last.MissingShares, tt.missing) || last.Complete != (tt.missing == nil) {
			t.Errorf("%s: complete %v, missing %v, want %v", name, last.Complete, last.MissingShares, tt.missing)
		}
	}
}

// Rules that were one once: what a policy has of either, or of both, is one finding.
func TestSplitRules(t *testing.T) {
	of := func(n int, rules ...string) *report.Document {
		d := audited(n, []string{"acme"})
		for i, rule := range rules {
			f := fact{"acme", "login", rule, finding.Low + finding.Severity(len(rule)%2), []string{"prod"}, false}.finding()
			f.Fingerprint = "aa"
			if i > 0 {
				f.Fingerprint, f.SharedFingerprint = "aa:"+rule, "aa"
			}
			d.Findings = append(d.Findings, f)
		}
		d.Rules = append(d.Rules, "RT106", "RT110")
		d.Normalize()
		return d
	}
	h := history.New(tool(), storedAll(t, of(0, "RT106"), of(1, "RT106", "RT110"), of(2, "RT110"), of(3)), nil)
	if got, want := line(h), "1 +1 | 1 | 1 | 0 -1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// BenchmarkNew follows two thousand findings through a hundred reports, of which each lacks some.
func BenchmarkNew(b *testing.B) {
	var facts []fact
	for i := range 2000 {
		facts = append(facts, fact{"acme", fmt.Sprintf("proxy-%d", i), "RT101", finding.High, []string{"prod"}, false})
	}
	var docs []*report.Document
	for n := range 100 {
		docs = append(docs, audited(n, []string{"acme"}, slices.Concat(facts[:10*n], facts[10*n+5:])...))
	}
	outlines := report.NewOutlines()
	var reports []history.Report
	for i, d := range docs {
		var text bytes.Buffer
		if err := report.Encode(&text, d); err != nil {
			b.Fatal(err)
		}
		o, err := outlines.Read(text.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		reports = append(reports, history.Report{Name: fmt.Sprint(i), Outline: o})
	}
	b.ReportAllocs()
	for b.Loop() {
		if h := history.New(tool(), reports, nil); len(h.Findings) != 2000 {
			b.Fatal(len(h.Findings))
		}
	}
}
