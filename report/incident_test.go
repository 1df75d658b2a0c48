package report_test

import (
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

const day = 24 * time.Hour

// incidentIn is an incident of proxy login, in the one organization that there is.
func incidentIn(t *testing.T, platform apigee.Platform, deployments ...finding.Evidence) *report.IncidentIn {
	t.Helper()
	in := report.NewIncident(reporttest.Inventoried(platform, deployments...), apigee.KindProxy, "login", report.InventoryFilter{})
	if in == nil || len(in.Organizations) != 1 {
		t.Fatalf("%+v", in)
	}
	return &in.Organizations[0]
}

// TestIncidentDates holds the ends of tokens to sums that are known. The report ends on 20 November 2026, 06:30 UTC.
func TestIncidentDates(t *testing.T) {
	end := time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)
	week := reporttest.Literal(reporttest.Week)
	for name, tt := range map[string]struct {
		platform   apigee.Platform
		lifetime   *finding.Lifetime
		until      time.Time // zero for none
		arithmetic string
		verdict    string
	}{
		"a week": {apigee.PlatformX, week, end.Add(7 * day), "issued at the latest 2026-11-20 06:30:00 UTC + 7 days (604800000 ms) = 2026-11-27 06:30:00 UTC",
			"ends on 2026-11-27 06:30:00 UTC. No flow that was audited refreshes them."},
		"over a leap day": {apigee.PlatformX, reporttest.Literal((730 * day).Milliseconds()), time.Date(2028, 11, 19, 6, 30, 0, 0, time.UTC), "= 2028-11-19 06:30:00 UTC", "2028-11-19"},
		"a millisecond":   {apigee.PlatformX, reporttest.Literal(1), end.Add(time.Millisecond), "+ 1 millisecond (1 ms)", "2026-11-20"},
		"never on Edge":   {apigee.PlatformEdge, &finding.Lifetime{Kind: finding.LifetimeUnlimited, Endless: true}, time.Time{}, ": no end", "has no end: none is set"},
		"default on Edge": {apigee.PlatformEdge, &finding.Lifetime{Kind: finding.LifetimeDefault, Endless: true}, time.Time{}, ": no end", "has no end: none is set"},
		"never on X":      {apigee.PlatformX, &finding.Lifetime{Kind: finding.LifetimeUnlimited}, time.Time{}, "no end is set (-1); Apigee X or hybrid ends it at some time, and its documentation does not say when", "has no end: none is set"},
		"default on X":    {apigee.PlatformX, &finding.Lifetime{Kind: finding.LifetimeDefault}, time.Time{}, "not known, because the policy says nothing", "at a time that is not known"},
		"variable":        {apigee.PlatformX, &finding.Lifetime{Kind: finding.LifetimeVariable, Variable: "ttl"}, time.Time{}, "not known, because variable ttl holds the lifetime", "at a time that is not known"},
		"fallback": {apigee.PlatformX, &finding.Lifetime{Kind: finding.LifetimeLiteral, Milliseconds: day.Milliseconds(), Variable: "ttl"}, time.Time{},
			"variable ttl holds the lifetime; with the fallback of 1 day until 2026-11-21 06:30:00 UTC", "at a time that is not known"},
		"invalid":       {apigee.PlatformX, &finding.Lifetime{Kind: finding.LifetimeInvalid, Value: "soon"}, time.Time{}, `the lifetime is invalid "soon"`, "at a time that is not known"},
		"for centuries": {apigee.PlatformX, reporttest.Literal(1 << 62), time.Time{}, "no end that matters", "at a time that is not known"},
	} {
		in := incidentIn(t, tt.platform, reporttest.Deployed("prod", apigee.KindProxy, "login", reporttest.Issues("Issue", tt.lifetime, "password")))
		l := in.Issued[0]
		if got := l.Until; (got == nil) != tt.until.IsZero() || got != nil && !got.Equal(tt.until) {
			t.Errorf("%s: until %v, want %v", name, got, tt.until)
		}
		if !strings.Contains(l.Arithmetic, tt.arithmetic) || !strings.Contains(in.Verdict, tt.verdict) {
			t.Errorf("%s: %q\n%q", name, l.Arithmetic, in.Verdict)
		}
		if want := end.Add(30 * time.Minute); l.AccessUntil == nil || !l.AccessUntil.Equal(want) {
			t.Errorf("%s: access tokens until %v, want %v", name, l.AccessUntil, want)
		}
	}
}

// TestIncidentRefreshes: a refresh that rotates makes tokens that live anew, one that does not keeps the end.
func TestIncidentRefreshes(t *testing.T) {
	end := time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)
	issue := reporttest.Issues("Issue", reporttest.Literal(reporttest.Week), "password")
	refresh := func(name string, r finding.Rotation) finding.Evidence {
		return reporttest.Deployed("prod", apigee.KindProxy, name, reporttest.Refreshes("Refresh", reporttest.Literal(2*reporttest.Week), r))
	}
	login := reporttest.Deployed("prod", apigee.KindProxy, "login", issue)
	own := reporttest.Deployed("prod", apigee.KindProxy, "login", issue, reporttest.Refreshes("Refresh", reporttest.Literal(2*reporttest.Week), finding.Rotates))
	const endless = "whoever refreshes in time keeps access without end"
	for name, tt := range map[string]struct {
		deployments []finding.Evidence
		until       time.Time // of refreshed tokens
		verdict     []string
	}{
		"its own":            {[]finding.Evidence{own}, end.Add(14 * day), []string{"handed out here ends on 2026-12-04 06:30:00 UTC", endless}},
		"another's":          {[]finding.Evidence{login, refresh("session", finding.Rotates)}, end.Add(14 * day), []string{"handed out here ends on 2026-11-27", "other proxies may have refreshed, the last one ends on 2026-12-04", endless}},
		"without rotation":   {[]finding.Evidence{login, refresh("session", finding.Reuses)}, time.Time{}, []string{"ends on 2026-11-27", "A refresh does not prolong that."}},
		"it refreshes alone": {[]finding.Evidence{refresh("login", finding.Rotates)}, end.Add(14 * day), []string{"handed out here ends on 2026-12-04", endless}},
	} {
		in := incidentIn(t, apigee.PlatformX, tt.deployments...)
		l := in.Refreshed[0]
		if got := l.Until; (got == nil) != tt.until.IsZero() || got != nil && !got.Equal(tt.until) {
			t.Errorf("%s: until %v, want %v", name, got, tt.until)
		}
		if want := end.Add(15 * time.Minute); !l.AccessUntil.Equal(want) {
			t.Errorf("%s: access tokens until %v, want %v", name, l.AccessUntil, want)
		}
		for _, words := range tt.verdict {
			if !strings.Contains(in.Verdict, words) {
				t.Errorf("%s: %q is not in %q", name, words, in.Verdict)
			}
		}
	}
}

// TestIncidentRevocation: what can revoke is told with its call; what cannot, with the reason; what is missing is proposed.
func TestIncidentRevocation(t *testing.T) {
	token := reporttest.Deployed("test", apigee.KindProxy, "logout", reporttest.Revokes("Logout", finding.Revocation{ByToken: true}))
	app := reporttest.Deployed("prod", apigee.KindProxy, "admin", reporttest.Revokes("App", finding.Revocation{ByApp: true}))
	issue := func(jwt bool) finding.Evidence {
		o := reporttest.Issues("Issue", reporttest.Literal(1), "password")
		o.JWT = jwt
		return reporttest.Deployed("prod", apigee.KindProxy, "login", o)
	}
	for name, tt := range map[string]struct {
		deployments  []finding.Evidence
		able, unable int
		add          []string
	}{
		"nothing revokes": {[]finding.Evidence{issue(false)}, 0, 0, []string{"<RevokeOAuthV2", "<OAuthV2"}},
		"by token":        {[]finding.Evidence{issue(false), token}, 1, 0, []string{"<RevokeOAuthV2"}},
		"both":            {[]finding.Evidence{issue(false), token, app}, 2, 0, nil},
		"JWT by token":    {[]finding.Evidence{issue(true), token}, 0, 1, []string{"<RevokeOAuthV2"}},
		"JWT by app":      {[]finding.Evidence{issue(true), token, app}, 1, 1, nil},
	} {
		in := incidentIn(t, apigee.PlatformX, tt.deployments...)
		if len(in.Revocations) != tt.able || len(in.Unable) != tt.unable || len(in.Additions) != len(tt.add) {
			t.Errorf("%s: %d can revoke, %d cannot, %d to add", name, len(in.Revocations), len(in.Unable), len(in.Additions))
			continue
		}
		for i, xml := range tt.add {
			if !strings.HasPrefix(string(in.Additions[i].XML), xml) {
				t.Errorf("%s: to add: %s", name, in.Additions[i].XML)
			}
		}
		for _, c := range append(in.Revocations, in.Unable...) {
			if len(c.Calls) == 0 {
				t.Errorf("%s: no call of %s", name, c.Policy)
			}
		}
	}
}

// TestIncidentNeverPromisesAnAPI: Apigee X has none that revokes tokens, and Edge has.
func TestIncidentNeverPromisesAnAPI(t *testing.T) {
	issue := reporttest.Deployed("prod", apigee.KindProxy, "login", reporttest.Issues("Issue", reporttest.Literal(1), "password"))
	for platform, tt := range map[apigee.Platform]struct{ says, never string }{
		apigee.PlatformX:    {"no management API that revokes tokens", "oauth2/revoke"},
		apigee.PlatformEdge: {"oauth2/revoke", "no management API"},
	} {
		words := strings.Join(incidentIn(t, platform, issue).Management, " ")
		if !strings.Contains(words, tt.says) || strings.Contains(words, tt.never) {
			t.Errorf("%s: %s", platform, words)
		}
	}
}

// TestIncidentSaysWhatItLacks: a report that was not asked for more does not say "none".
func TestIncidentSaysWhatItLacks(t *testing.T) {
	issue := reporttest.Deployed("prod", apigee.KindProxy, "login", reporttest.Issues("Issue", reporttest.Literal(1), "password"))
	reached := issue
	reached.Reach = &finding.Reach{Products: []finding.Opening{{Name: "mobile"}}}
	told := issue
	told.Reach = &finding.Reach{Products: []finding.Opening{{Name: "mobile", Apps: []string{"ios"}}}}
	old := issue
	old.Operations = nil
	for name, tt := range map[string]struct {
		evidence finding.Evidence
		want     string
		never    string
	}{
		"nothing asked": {issue, "API products and apps were not read: run it with --reach --apps.", ""},
		"no apps":       {reached, "Apps were not read: run it with --reach --apps.", ""},
		"all":           {told, "Lifetimes are those of the revisions that are deployed now.", "not read"},
		"older":         {old, "scan again", ""},
	} {
		words := strings.Join(incidentIn(t, apigee.PlatformX, tt.evidence).Lacks, " ")
		if !strings.Contains(words, tt.want) || tt.never != "" && strings.Contains(words, tt.never) {
			t.Errorf("%s: %s", name, words)
		}
	}
	if in := report.NewIncident(reporttest.Inventoried(apigee.PlatformX, issue), apigee.KindProxy, "other", report.InventoryFilter{}); in != nil {
		t.Error("an incident of what is not deployed")
	}
}

// TestIncidentThroughASharedFlow: tokens that a shared flow issues in a proxy are the proxy's; those that it issues in others are not.
func TestIncidentThroughASharedFlow(t *testing.T) {
	login := reporttest.Deployed("prod", apigee.KindProxy, "login")
	shared := func(policy string, proxies ...string) finding.Operation {
		o := reporttest.Issues(policy, reporttest.Literal(1), "password")
		o.Proxies = proxies
		return o
	}
	in := incidentIn(t, apigee.PlatformX, login, reporttest.Deployed("prod", apigee.KindSharedFlow, "issue", shared("Ours", "login", "pay"), shared("Theirs", "pay")),
		reporttest.Deployed("test", apigee.KindSharedFlow, "issue", shared("Elsewhere", "login")))
	if len(in.Issued) != 1 || in.Issued[0].Policy != "Ours" || in.Issued[0].Name != "issue" {
		t.Errorf("%+v", in.Issued)
	}
}
