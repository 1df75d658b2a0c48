package audit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
)

func TestCompare(t *testing.T) {
	rules := []*Rule{{ID: "RT101"}}
	result := func(findings ...Finding) *Result {
		return &Result{
			Organization: apigee.Organization{Name: "acme", Environments: []string{"dev", "prod", "test"}},
			Findings:     findings, leftOut: map[string]bool{},
		}
	}
	problem := func(p apigee.Problem) *Result {
		r := result()
		r.Problems = []apigee.Problem{p}
		return r
	}
	many := func(names ...string) apigee.Problem {
		p := apigee.Problem{Operation: "download bundle", Error: "the token has expired"}
		for _, name := range names {
			p.Subjects = append(p.Subjects, apigee.Subject{Environment: "dev, prod", Kind: apigee.KindProxy, Name: name, Revision: "1"})
		}
		return p
	}
	named := func(fingerprint string, status Status) Finding {
		f := login()
		f.Fingerprint, f.Status = fingerprint, status
		f.Path = []Hop{{Kind: apigee.KindSharedFlow, Name: "issue"}}
		return f
	}
	old := []Finding{named("aa", StatusNew)}
	hidden := result()
	hidden.leftOut["aa"] = true
	offline := result()
	offline.Organization.Offline = true
	offlineWith := result()
	offlineWith.Organization.Offline = true
	offlineWith.Inventory = []Evidence{{Kind: apigee.KindProxy, Name: "login"}}
	fewer := result()
	fewer.Organization.Environments = []string{"dev", "prod"}
	other := result()
	other.Organization.Name = "beta"
	foreign := named("aa", StatusNew)
	foreign.Organization = "beta"
	for name, tt := range map[string]struct {
		result  *Result
		earlier []Finding
		options Options
		want    string // the result's findings, fixed, not looked at
	}{
		"unchanged":                        {result(named("aa", StatusNew)), old, Options{}, "aa known | |"},
		"known stays known":                {result(named("aa", StatusNew)), []Finding{named("aa", StatusKnown)}, Options{}, "aa known | |"},
		"new":                              {result(named("bb", StatusNew)), nil, Options{}, "bb new | |"},
		"fixed and new":                    {result(named("bb", StatusNew)), old, Options{}, "bb new | aa |"},
		"of another organization":          {result(named("aa", StatusNew)), []Finding{foreign}, Options{}, "aa new | | aa"},
		"another organization was audited": {other, old, Options{}, " | | aa"},
		"accepted now":                     {result(named("aa", StatusSuppressed)), old, Options{}, "aa suppressed | |"},
		"no longer accepted":               {result(named("aa", StatusNew)), []Finding{named("aa", StatusSuppressed)}, Options{}, "aa new | |"},
		"accepted in part":                 {result(named("aa", StatusNew), named("aa", StatusSuppressed)), []Finding{named("aa", StatusNew), named("aa", StatusSuppressed)}, Options{}, "aa known, aa suppressed | |"},
		"twice in the baseline":            {result(), append(old, old...), Options{}, " | aa |"},
		"left out by an option":            {hidden, old, Options{}, " | | aa"},
		"left out by name":                 {result(), old, Options{Proxies: []string{"pay"}}, " | | aa"},
		"left out by environment":          {result(), old, Options{Environments: []string{"stage"}}, " | | aa"},
		"the rule did not run":             {result(), old, Options{Rules: []*Rule{{ID: "RT102"}}}, " | | aa"},
		"an environment is gone":           {fewer, old, Options{}, " | | aa"},
		"an organization's problem":        {problem(apigee.Problem{Operation: "read organization"}), old, Options{}, " | | aa"},
		"an environment's problem":         {problem(apigee.Problem{Environment: "prod"}), old, Options{}, " | | aa"},
		"another environment's problem":    {problem(apigee.Problem{Environment: "stage"}), old, Options{}, " | aa |"},
		"the bundle's problem":             {problem(apigee.Problem{Kind: apigee.KindProxy, Name: "login"}), old, Options{}, " | | aa"},
		"another bundle's problem":         {problem(apigee.Problem{Kind: apigee.KindProxy, Name: "pay"}), old, Options{}, " | aa |"},
		"a problem of a bundle on the way": {problem(apigee.Problem{Kind: apigee.KindSharedFlow, Name: "issue"}), old, Options{}, " | | aa"},
		"the bundle's problem in several":  {problem(apigee.Problem{Environment: "dev, prod", Kind: apigee.KindProxy, Name: "login"}), old, Options{}, " | | aa"},
		"the bundle's problem elsewhere":   {problem(apigee.Problem{Environment: "stage, demo", Kind: apigee.KindProxy, Name: "login"}), old, Options{}, " | aa |"},
		"one of many alike":                {problem(many("pay", "login")), old, Options{}, " | | aa"},
		"many alike, and others":           {problem(many("pay", "cart")), old, Options{}, " | aa |"},
		"offline, and not among the paths": {offline, old, Options{}, " | | aa"},
		"offline, and the bundle is there": {offlineWith, old, Options{}, " | aa |"},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.options.Rules == nil {
				tt.options.Rules = rules
			}
			tt.options.MinSeverity = 0
			c := Compare([]*Result{tt.result}, tt.earlier, tt.options)
			var now []string
			for _, f := range tt.result.Findings {
				now = append(now, f.Fingerprint+" "+string(f.Status))
			}
			list := func(findings []Finding) string {
				var all []string
				for _, f := range findings {
					all = append(all, f.Fingerprint)
				}
				return strings.Join(all, ", ")
			}
			got := strings.TrimRight(strings.Join([]string{strings.Join(now, ", "), list(c.Fixed), list(c.NotLookedAt)}, " | "), " ")
			want := strings.Join(strings.Fields(tt.want), " ")
			if diff := cmp.Diff(want, strings.Join(strings.Fields(got), " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
