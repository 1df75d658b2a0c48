package report_test

import (
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

func TestBlindTo(t *testing.T) {
	problem := func(p apigee.Problem) func(*report.Document) {
		return func(d *report.Document) {
			if p.Organization == "" {
				p.Organization = "acme"
			}
			d.Problems = append(d.Problems, p)
		}
	}
	about := func(kind apigee.Kind, name string) apigee.Problem { return apigee.Problem{Kind: kind, Name: name} }
	scope := func(change func(*report.Scope)) func(*report.Document) {
		return func(d *report.Document) { change(d.Scope) }
	}
	for name, tt := range map[string]struct {
		later func(*report.Document) // what differs from an audit of everything
		found func(*finding.Finding) // what differs from vanished
		asked func(*report.Scope)    // what the earlier audit was asked for
		want  string                 // why it would not be shown
	}{
		"everything was looked at":   {nil, nil, nil, ""},
		"the report says no scope":   {func(d *report.Document) { d.Scope, d.Rules, d.Catalogue, d.LeftOut = nil, nil, nil, nil }, nil, nil, ""},
		"another organization":       {nil, func(f *finding.Finding) { f.Organization = "beta" }, nil, "the organization was not audited"},
		"the rule did not run":       {func(d *report.Document) { d.Rules = []string{"RT102"} }, nil, nil, "the rule did not run"},
		"other rules were asked for": {func(d *report.Document) { d.Rules, d.Scope.Rules = nil, []string{"RT102"} }, nil, nil, "the rule did not run"},
		"this rule was asked for":    {scope(func(s *report.Scope) { s.Rules = []string{"RT101"} }), nil, nil, ""},
		"another severity":           {scope(func(s *report.Scope) { s.MinSeverity = finding.High }), nil, nil, "findings below severity high are left out"},
		"its severity":               {scope(func(s *report.Scope) { s.MinSeverity = finding.Medium }), nil, nil, ""},
		"a severity that was lowered": {scope(func(s *report.Scope) {
			s.MinSeverity, s.Severities = finding.Medium, []report.RuleSeverity{{"RT101", finding.Low}}
		}), nil, nil, "findings below severity medium are left out"},
		"a severity that was raised": {scope(func(s *report.Scope) {
			s.MinSeverity, s.Severities = finding.High, []report.RuleSeverity{{"RT101", finding.High}}
		}), nil, nil, ""},
		"was graded lower then":      {scope(func(s *report.Scope) { s.MinSeverity = finding.Medium }), func(f *finding.Finding) { f.Severity = finding.Low }, nil, ""},
		"a rule nobody describes":    {func(d *report.Document) { d.Catalogue, d.Scope.MinSeverity = nil, finding.High }, nil, nil, "findings below severity high are left out"},
		"another confidence":         {scope(func(s *report.Scope) { s.MinConfidence = finding.HighConfidence }), nil, nil, "findings below confidence high are left out"},
		"other proxies":              {scope(func(s *report.Scope) { s.Proxies = []string{"pay-*"} }), nil, nil, "other proxies and shared flows were asked for"},
		"its proxy by pattern":       {scope(func(s *report.Scope) { s.Proxies = []string{"pay-*", "log??"} }), nil, nil, ""},
		"other environments":         {scope(func(s *report.Scope) { s.Environments = []string{"test"} }), nil, nil, "other environments were asked for"},
		"one of its environments":    {scope(func(s *report.Scope) { s.Environments = []string{"prod"} }), nil, nil, ""},
		"one, and left out unknown":  {func(d *report.Document) { d.LeftOut, d.Scope.Environments = nil, []string{"prod"} }, nil, nil, "other environments were asked for"},
		"all, and left out unknown":  {func(d *report.Document) { d.LeftOut, d.Scope.Environments = nil, []string{"prod", "d*"} }, nil, nil, ""},
		"it is left out":             {func(d *report.Document) { d.LeftOut = []finding.LeftOut{{Organization: "acme", Fingerprint: "aa"}} }, nil, nil, "the finding exists and is left out"},
		"left out as another rule's": {func(d *report.Document) { d.LeftOut = []finding.LeftOut{{Organization: "acme", Fingerprint: "shared"}} }, nil, nil, "the finding exists and is left out"},
		"left out with one that parts": {func(d *report.Document) {
			d.LeftOut = []finding.LeftOut{{Organization: "acme", RuleID: "RT110", Fingerprint: "bb", SharedFingerprint: "aa"}}
		}, nil, nil, "the finding exists and is left out"},
		"left out elsewhere": {func(d *report.Document) { d.LeftOut = []finding.LeftOut{{Organization: "beta", Fingerprint: "aa"}} }, nil, nil, ""},

		"the organization's problem":         {problem(apigee.Problem{Operation: "read organization"}), nil, nil, "part of it could not be read"},
		"another organization's problem":     {problem(apigee.Problem{Organization: "beta"}), nil, nil, ""},
		"an environment's problem":           {problem(apigee.Problem{Environment: "prod"}), nil, nil, "part of it could not be read"},
		"another environment's problem":      {problem(apigee.Problem{Environment: "test"}), nil, nil, ""},
		"the bundle's problem":               {problem(about(apigee.KindProxy, "login")), nil, nil, "part of it could not be read"},
		"a shared flow of that name":         {problem(about(apigee.KindSharedFlow, "login")), nil, nil, ""},
		"a problem on the way":               {problem(about(apigee.KindSharedFlow, "issue")), nil, nil, "part of it could not be read"},
		"a problem of a related bundle":      {problem(about(apigee.KindProxy, "session")), nil, nil, "part of it could not be read"},
		"the bundle's problem in one":        {problem(about(apigee.KindProxy, "login").Within([]string{"prod"})), nil, nil, "part of it could not be read"},
		"the bundle's problem in two":        {problem(about(apigee.KindProxy, "login").Within([]string{"test", "prod"})), nil, nil, "part of it could not be read"},
		"the bundle's problem in all":        {problem(about(apigee.KindProxy, "login").Within([]string{"dev", "test", "prod"})), nil, nil, "part of it could not be read"},
		"the bundle's problem elsewhere":     {problem(about(apigee.KindProxy, "login").Within([]string{"test", "demo"})), nil, nil, ""},
		"as earlier versions wrote it":       {problem(apigee.Problem{Environment: "test, prod", Kind: apigee.KindProxy, Name: "login"}), nil, nil, "part of it could not be read"},
		"one of many alike":                  {problem(apigee.Problem{Subjects: []apigee.Subject{{Kind: apigee.KindProxy, Name: "pay"}, {Environment: "test, prod", Environments: []string{"test", "prod"}, Kind: apigee.KindProxy, Name: "login"}}}), nil, nil, "part of it could not be read"},
		"many alike elsewhere":               {problem(apigee.Problem{Subjects: []apigee.Subject{{Kind: apigee.KindProxy, Name: "pay"}, {Environment: "test", Kind: apigee.KindProxy, Name: "login"}}}), nil, nil, ""},
		"less was audited, nobody knows why": {func(d *report.Document) { d.Organizations[0].Audited = 1 }, nil, nil, "not everything was audited"},
		"an environment is gone":             {func(d *report.Document) { d.Organizations[0].Environments = []string{"dev", "test"} }, nil, nil, "an environment was not audited"},
		"offline, and not given":             {func(d *report.Document) { d.Organizations[0].Offline = true }, nil, nil, "the bundle was not given"},
		"offline, and given": {func(d *report.Document) {
			d.Organizations[0].Offline, d.Inventory = true, []finding.Evidence{{Organization: "acme", Kind: apigee.KindProxy, Name: "login"}}
		}, nil, nil, ""},

		"without traffic":              {nil, func(f *finding.Finding) { f.RuleID = "RT108" }, nil, "the rule needs --traffic"},
		"with traffic":                 {scope(func(s *report.Scope) { s.Records = &report.Records{Traffic: 60} }), func(f *finding.Finding) { f.RuleID = "RT108" }, func(s *report.Scope) { s.Records = &report.Records{Traffic: 60} }, ""},
		"with a shorter window":        {scope(func(s *report.Scope) { s.Records = &report.Records{Traffic: 60} }), func(f *finding.Finding) { f.RuleID = "RT108" }, func(s *report.Scope) { s.Records = &report.Records{Traffic: 90} }, ""},
		"with a longer window":         {scope(func(s *report.Scope) { s.Records = &report.Records{Traffic: 90} }), func(f *finding.Finding) { f.RuleID = "RT108" }, func(s *report.Scope) { s.Records = &report.Records{Traffic: 60} }, "the window of --traffic is longer"},
		"without debug masks":          {scope(func(s *report.Scope) { s.Records = &report.Records{Traffic: 60} }), func(f *finding.Finding) { f.RuleID = "RT404" }, nil, "the rule needs --debug-masks"},
		"with debug masks":             {scope(func(s *report.Scope) { s.Records = &report.Records{DebugMasks: true} }), func(f *finding.Finding) { f.RuleID = "RT404" }, nil, ""},
		"only now with products":       {scope(func(s *report.Scope) { s.Records = &report.Records{Reach: true} }), nil, nil, "only one of the audits read API products"},
		"only then with products":      {nil, nil, func(s *report.Scope) { s.Records = &report.Records{Reach: true} }, "only one of the audits read API products"},
		"another profile":              {scope(func(s *report.Scope) { s.Profile = finding.ProfileFAPI }), func(f *finding.Finding) { f.RuleID = "RT301" }, nil, "the profile changed"},
		"another rule's profile":       {scope(func(s *report.Scope) { s.Profile = finding.ProfileFAPI }), nil, nil, ""},
		"longer lifetimes are fine":    {scope(func(s *report.Scope) { s.MaxRefreshLifetime = int64(90 * 24 * time.Hour / time.Second) }), func(f *finding.Finding) { f.RuleID = "RT202" }, nil, "longer lifetimes are allowed"},
		"only shorter lifetimes are":   {nil, func(f *finding.Finding) { f.RuleID = "RT202" }, func(s *report.Scope) { s.MaxRefreshLifetime = int64(90 * 24 * time.Hour / time.Second) }, ""},
		"a part of a merged report":    {func(d *report.Document) { d.Organizations[0].Scope, d.Scope = reporttest.FullScope(), nil }, nil, nil, "the rule did not run"},
		"a part with rules of its own": {func(d *report.Document) { d.Organizations[0].Rules, d.Rules = d.Rules, []string{"RT102"} }, nil, nil, ""},
	} {
		d, f, asked := reporttest.WholeReport(), reporttest.Vanished(), reporttest.StandardScope()
		if tt.later != nil {
			tt.later(d)
		}
		if tt.found != nil {
			tt.found(f)
		}
		if tt.asked != nil {
			tt.asked(asked)
		}
		if got := report.NewView(d).BlindTo(f, asked); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	// A report of an earlier version says no scope: it stands for the default.
	d, f := reporttest.WholeReport(), reporttest.Vanished()
	if report.NewView(d).BlindTo(f, nil) != "" {
		t.Error("a finding of a report without scope would not be shown")
	}
	d.Scope.Profile, f.RuleID = finding.ProfileFAPI, "RT301"
	if report.NewView(d).BlindTo(f, nil) == "" {
		t.Error("without scope the profile was the default")
	}
}
