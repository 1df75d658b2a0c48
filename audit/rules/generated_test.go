package rules_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/internal/audittest"
	"apigee-audit/audit/rules"
)

// oracle lists "rule bundle environment" by the contract of the core family.
func oracle(g *audittest.Generated) []string {
	type at struct{ env, name string }
	issuesAt, refreshesAt := map[at]bool{}, map[at]bool{}
	issuesThere := map[at]bool{} // proxies through which anything issues
	have := map[at]bool{}        // shared flows
	known := map[string]bool{}
	for _, d := range g.Deployed {
		if d.Kind == apigee.KindSharedFlow {
			have[at{d.Environment, d.Name}], known[d.Name] = true, true
		}
	}
	issuers := map[at][]apigee.Deployment{} // bundle → proxies through which it issues
	refreshes := func(d apigee.Deployment) bool {
		b := g.Does[d.Revision]
		return b.Refreshes || b.CallsOther && have[at{d.Environment, "refresh-session"}]
	}
	for _, d := range g.Deployed {
		b := g.Does[d.Revision]
		if b.Issues || b.CallsIssuer && have[at{d.Environment, "issue-session"}] {
			issuesThere[at{d.Environment, d.Name}] = true
		}
		if b.Issues {
			issuers[at{d.Environment, d.Name}] = []apigee.Deployment{d}
		}
		if b.CallsIssuer && have[at{d.Environment, "issue-session"}] {
			k := at{d.Environment, "issue-session"}
			issuers[k] = append(issuers[k], d)
		}
		if d.Kind == apigee.KindProxy && refreshes(d) {
			refreshesAt[at{d.Environment, d.Name}] = true
		}
	}
	tied := func(d apigee.Deployment) bool {
		for r := range refreshesAt {
			segment := g.Families[r.name].Segment
			if r.env == d.Environment && (!issuesThere[r] || segment != "" && segment == g.Families[d.Name].Segment) {
				return true
			}
		}
		return false
	}
	var out []string
	for k, through := range issuers {
		issuesAt[k] = true
		var lacking []apigee.Deployment
		dead, drift, imports, sameEnv, anywhere := false, false, false, false, len(refreshesAt) > 0
		for _, d := range through {
			b := g.Does[d.Revision]
			imports = imports || b.Imports
			if refreshes(d) {
				continue
			}
			lacking = append(lacking, d)
			dead = dead || b.Dead || b.CallsOther && known["refresh-session"]
		}
		for r := range refreshesAt {
			sameEnv = sameEnv || r.env == k.env
			drift = drift || r.env != k.env && slices.ContainsFunc(lacking, func(d apigee.Deployment) bool { return d.Name == r.name })
		}
		rule := "RT101"
		switch {
		case len(lacking) == 0:
			continue
		case dead:
			rule = "RT104"
		case drift:
			rule = "RT107"
		case sameEnv:
			rule = "RT106"
			if slices.ContainsFunc(lacking, func(d apigee.Deployment) bool { return !tied(d) }) {
				rule = "RT110"
			}
		case anywhere:
			rule = "RT107"
		case imports:
			rule = "RT103"
		}
		out = append(out, rule+" "+k.name+" "+k.env)
	}
	for _, d := range g.Deployed {
		b := g.Does[d.Revision]
		if b.Reads && !slices.ContainsFunc(slices.Collect(maps.Keys(refreshesAt)), func(r at) bool { return r.env == d.Environment }) {
			out = append(out, "RT102 "+d.Name+" "+d.Environment)
		}
		if len(issuesAt) > 0 || d.Kind != apigee.KindProxy {
			continue
		}
		if b.Refreshes {
			out = append(out, "RT109 "+d.Name+" "+d.Environment)
		}
		if b.CallsOther && have[at{d.Environment, "refresh-session"}] {
			out = append(out, "RT109 refresh-session "+d.Environment)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestGeneratedOrganizations(t *testing.T) {
	compared := []string{"RT101", "RT102", "RT103", "RT104", "RT106", "RT107", "RT109", "RT110"}
	said, shared := map[string]int{}, 0
	for seed := range uint64(400) {
		g := audittest.Generate(rand.New(rand.NewPCG(seed, 1)))
		res, err := audit.Run(context.Background(), g, audit.Options{Rules: rules.All(), Concurrency: 2})
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Problems) > 0 {
			t.Fatalf("seed %d: problems %v", seed, res.Problems)
		}
		var got []string
		fingerprints, core := map[string]bool{}, map[string]string{}
		for _, f := range res.Findings {
			if fingerprints[f.Fingerprint] {
				t.Errorf("seed %d: two findings have the fingerprint %s", seed, f.Fingerprint)
			}
			fingerprints[f.Fingerprint] = true
			if !slices.Contains(compared, f.RuleID) {
				continue
			}
			said[f.RuleID]++
			for _, d := range f.Deployments {
				place := f.Name + " " + d.Environment
				got = append(got, f.RuleID+" "+place)
				if f.RuleID == "RT102" || f.RuleID == "RT109" {
					continue
				}
				if core[place] != "" {
					t.Errorf("seed %d: both %s and %s speak of %s", seed, core[place], f.RuleID, place)
				}
				core[place] = f.RuleID
			}
			if f.SharedFingerprint != "" {
				shared++
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(oracle(g), got); diff != "" {
			var what []string
			for _, d := range g.Deployed {
				what = append(what, fmt.Sprintf("%s %s/%s: %s", d.Environment, d.Kind, d.Name, g.Does[d.Revision].Name))
			}
			t.Fatalf("seed %d (-oracle +audit):\n%s\n%s", seed, diff, strings.Join(what, "\n"))
		}
	}
	if shared == 0 {
		t.Error("no bundle had RT106 in one environment and RT110 in another; the generator no longer reaches that")
	}
	for _, rule := range compared {
		if said[rule] < 20 {
			t.Errorf("%s was said only %d times; the generator no longer reaches it", rule, said[rule])
		}
	}
}
