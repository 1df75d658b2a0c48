package audit

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/audit/records"
)

func day(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse(finding.Date, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func deployed(pairs ...string) []finding.Deployed {
	var all []finding.Deployed
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, finding.Deployed{Environment: pairs[i], Revision: pairs[i+1]})
	}
	return all
}

func login() finding.Finding {
	return finding.Finding{
		RuleID: "RT101", Organization: "acme", Kind: apigee.KindProxy, Name: "login", Message: "Wrong.", Fingerprint: "aa",
		Place: finding.Place{File: "apiproxy/policies/Issue.xml"}, Policy: "Issue", Anchor: "OAuthV2[Issue]/Tokens/Token[refreshtoken]/cascade",
		Deployments: deployed("dev", "3", "prod", "2", "test", "3"), Status: finding.StatusNew,
	}
}

func TestExceptionsAccept(t *testing.T) {
	here := comment{flow.Comment{Program: &flow.Program{Revision: apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3"}}, File: "apiproxy/policies/Issue.xml"}}
	otherFile := here
	otherFile.File = "apiproxy/policies/Other.xml"
	otherCopy := here
	otherCopy.Program = &flow.Program{Revision: apigee.Revision{Kind: apigee.KindProxy, Name: "login", Number: "3", Root: "copies/login"}}
	for name, tt := range map[string]struct {
		exception Exception
		accepted  []finding.Deployed
	}{
		"the rule everywhere":        {Exception{}, login().Deployments},
		"one environment":            {Exception{Environment: "prod"}, deployed("prod", "2")},
		"environments by pattern":    {Exception{Environment: "[dt]e*"}, deployed("dev", "3", "test", "3")},
		"another organization":       {Exception{Organization: "acme-*"}, nil},
		"the organization":           {Exception{Organization: "ac??"}, login().Deployments},
		"names are case-sensitive":   {Exception{Name: "Login"}, nil},
		"a proxy":                    {Exception{Kind: apigee.KindProxy, Name: "log*"}, login().Deployments},
		"a shared flow of that name": {Exception{Kind: apigee.KindSharedFlow, Name: "login"}, nil},
		"the policy":                 {Exception{Policy: "Issue"}, login().Deployments},
		"another policy":             {Exception{Policy: "Iss"}, nil},
		"a comment in one revision":  {Exception{comment: &here}, deployed("dev", "3", "test", "3")},
		"a comment in another file":  {Exception{comment: &otherFile}, nil},
		"a comment in another copy":  {Exception{comment: &otherCopy}, nil},
		"the last day":               {Exception{Expires: day(t, "2026-11-23")}, login().Deployments},
		"the day after":              {Exception{Expires: day(t, "2026-11-22")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tt.exception.Rule, tt.exception.Reason = "RT101", "agreed"
			now := time.Date(2026, 11, 23, 23, 59, 0, 0, time.UTC)
			out, used, _ := suppress([]finding.Finding{login()}, []Exception{{Rule: "RT102"}, tt.exception}, nil, now)
			var accepted, open []finding.Deployed
			for _, f := range out {
				if f.Fingerprint != "aa" {
					t.Errorf("the fingerprint became %s", f.Fingerprint)
				}
				if f.Status == finding.StatusSuppressed {
					accepted = append(accepted, f.Deployments...)
					if f.Suppression == nil || f.Suppression.Reason != "agreed" {
						t.Errorf("suppression is %+v", f.Suppression)
					}
				} else {
					open = append(open, f.Deployments...)
				}
			}
			if diff := cmp.Diff(tt.accepted, accepted, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("accepted (-want +got):\n%s", diff)
			}
			if len(accepted)+len(open) != 3 {
				t.Errorf("%d accepted and %d open of 3", len(accepted), len(open))
			}
			if want := len(tt.accepted) > 0 || name == "the day after"; used[1] != want || used[0] {
				t.Errorf("used is %v", used)
			}
			if back := len(open) > 0 && strings.HasSuffix(out[0].Message, "It was accepted until 2026-11-22 (agreed)."); back != (name == "the day after") {
				t.Errorf("message is %q", out[0].Message)
			}
		})
	}
}

func TestDirectiveGrammar(t *testing.T) {
	known := []*Rule{{Rule: finding.Rule{ID: "RT101", Name: "first"}}, {Rule: finding.Rule{ID: "RT201", Name: "second"}}}
	for text, want := range map[string]string{
		"apigee-audit:ignore RT101 agreed":                        "RT101 agreed",
		"apigee-audit:ignore rt101,second,RT101 agreed by\n  all": "RT101 agreed by all; RT201 agreed by all",
		"apigee-audit:ignore RT101 until 2027-01-31 agreed":       "RT101 agreed 2027-01-31",
		"apigee-audit:ignore RT101 agreed until 2027-01-31":       "RT101 agreed 2027-01-31",
		"apigee-audit:ignore RT101 wait until clients moved":      "RT101 wait until clients moved",
		"apigee-audit:ignore RT101":                               "error: it gives no reason",
		"apigee-audit:ignore RT101 until 2027-01-31":              "error: it gives no reason",
		"apigee-audit:ignore":                                     "error: it names no rule",
		"apigee-audit:ignore RT101,RT999 x":                       `error: no rule is called "RT999"`,
		"apigee-audit:ignore RT101 until 2027-13-01 x":            "error: 2027-13-01 is not a valid date; write until YYYY-MM-DD",
		"apigee-audit: ignore RT101 x":                            "error: write <!-- apigee-audit:ignore RULE reason -->",
		"apigee-audit:ignore-all RT101 x":                         "error: write <!-- apigee-audit:ignore RULE reason -->",
	} {
		d := comment{flow.Comment{Text: text}}
		all, err := d.exceptions(known)
		var parts []string
		for _, e := range all {
			s := e.Rule + " " + e.Reason
			if !e.Expires.IsZero() {
				s += " " + e.Expires.Format(finding.Date)
			}
			parts = append(parts, s)
		}
		got := strings.Join(parts, "; ")
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestSuppressionUses(t *testing.T) {
	rules := []*Rule{{Rule: finding.Rule{ID: "RT101"}}, {Rule: finding.Rule{ID: "RT108", Inputs: []finding.Input{finding.InputTraffic}}}}
	named := func(organization, name string) Exception {
		return Exception{Rule: "RT101", Organization: organization, Name: name, Label: "it", Expires: day(t, "2027-01-31")}
	}
	acme := &finding.Result{Organization: apigee.Organization{Name: "acme"}}
	used := &finding.Result{Organization: apigee.Organization{Name: "beta"}, Matched: map[int]bool{0: true}}
	broken := &finding.Result{Organization: apigee.Organization{Name: "broken"}, Problems: []apigee.Problem{{Operation: "x"}}}
	local := &finding.Result{
		Organization: apigee.Organization{Name: "local", Offline: true}, Inventory: []finding.Evidence{{Kind: apigee.KindProxy, Name: "login", Environment: "local"}},
	}
	onlyInProd := named("", "login")
	onlyInProd.Environment = "prod"
	for name, tt := range map[string]struct {
		exception  Exception
		results    []*finding.Result
		options    Options
		everywhere bool
		want       finding.SuppressionState
	}{
		"unused":                            {named("acme", ""), []*finding.Result{acme}, Options{}, false, finding.SuppressionUnmatched},
		"of a proxy that is not deployed":   {named("acme", "gone"), []*finding.Result{acme}, Options{}, false, finding.SuppressionUnmatched},
		"used":                              {named("", ""), []*finding.Result{acme, used}, Options{}, true, finding.SuppressionMatched},
		"used, and unreadable elsewhere":    {named("", ""), []*finding.Result{broken, used}, Options{}, true, finding.SuppressionMatched},
		"another organization":              {named("elsewhere", ""), []*finding.Result{acme}, Options{}, true, finding.SuppressionElsewhere},
		"an unreadable organization":        {named("broken", ""), []*finding.Result{broken, acme}, Options{}, true, finding.SuppressionUnknown},
		"any organization, and one named":   {named("", ""), []*finding.Result{acme}, Options{}, false, finding.SuppressionUnknown},
		"any organization, and all asked":   {named("", ""), []*finding.Result{acme}, Options{}, true, finding.SuppressionUnmatched},
		"a pattern, and one named":          {named("ac*", ""), []*finding.Result{acme}, Options{}, false, finding.SuppressionUnknown},
		"the rule did not run":              {named("acme", ""), []*finding.Result{acme}, Options{Rules: rules[1:]}, false, finding.SuppressionUnknown},
		"only some environments":            {named("acme", ""), []*finding.Result{acme}, Options{Environments: []string{"prod"}}, false, finding.SuppressionUnknown},
		"only some proxies":                 {named("acme", ""), []*finding.Result{acme}, Options{Proxies: []string{"login"}}, false, finding.SuppressionUnknown},
		"only some severities":              {named("acme", ""), []*finding.Result{acme}, Options{MinSeverity: finding.High}, false, finding.SuppressionUnknown},
		"only some confidences":             {named("acme", ""), []*finding.Result{acme}, Options{MinConfidence: finding.HighConfidence}, false, finding.SuppressionUnknown},
		"the rule lacked traffic":           {Exception{Rule: "RT108"}, []*finding.Result{acme}, Options{}, true, finding.SuppressionUnknown},
		"the rule had traffic":              {Exception{Rule: "RT108"}, []*finding.Result{acme}, Options{Evidence: records.Options{Traffic: time.Hour}}, true, finding.SuppressionUnmatched},
		"offline, and the bundle was given": {named("", "login"), []*finding.Result{local}, Options{}, false, finding.SuppressionUnmatched},
		"offline, and it was not":           {named("", "pay"), []*finding.Result{local}, Options{}, false, finding.SuppressionElsewhere},
		"offline, and of an environment":    {onlyInProd, []*finding.Result{local}, Options{}, false, finding.SuppressionElsewhere},
	} {
		if tt.options.Rules == nil {
			tt.options.Rules = rules
		}
		tt.options.Exceptions = []Exception{tt.exception}
		u := SuppressionUses(tt.results, tt.options, tt.everywhere)[0]
		if u.State != tt.want || (u.Organization != "") != (u.State == finding.SuppressionUnmatched) {
			t.Errorf("%s: %+v, want %s", name, u, tt.want)
		}
	}
	u := SuppressionUses([]*finding.Result{acme}, Options{Rules: rules, Exceptions: []Exception{named("acme", "")}}, false)[0]
	want := apigee.Problem{Organization: "acme", Operation: "suppress findings", Error: "it (expires 2027-01-31) matched no finding and can be removed"}
	if diff := cmp.Diff(want, u.Notice()); diff != "" {
		t.Errorf("the notice (-want +got):\n%s", diff)
	}
}
