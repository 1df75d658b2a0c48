package audit_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

// inMemory is an organization whose bundles are texts.
type inMemory struct {
	environments []string
	bundles      map[apigee.Revision]map[string]string // file name → content
	deployed     []apigee.Deployment
	hooks        []apigee.FlowHook
}

func (s *inMemory) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: s.environments}, nil
}

func (s *inMemory) Deployments(context.Context) (inventory.Listing, error) {
	return inventory.Listing{Deployments: s.deployed}, nil
}

func (s *inMemory) FlowHooks(_ context.Context, environment string) ([]apigee.FlowHook, error) {
	return slices.DeleteFunc(slices.Clone(s.hooks), func(h apigee.FlowHook) bool { return h.Environment != environment }), nil
}

func (s *inMemory) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	a := &bundle.Archive{SHA256: strings.Repeat("0", 64)}
	for _, name := range slices.Sorted(maps.Keys(s.bundles[r])) {
		a.Files = append(a.Files, bundle.File{Name: name, Data: []byte(s.bundles[r][name])})
	}
	return a, nil
}

// policyAt is a policy on its way through one proxy in one environment.
type policyAt struct{ environment, proxy, bundle, policy string }

// sayings is what the audit says of the policies it takes to be able to run: the grants that each can serve, empty for
// those that issue nothing. What is not in it is called dead.
type sayings map[policyAt][]string

// ask is the only place where the oracle meets the audit: a rule that looks at the facts as every rule does.
func ask(t testing.TB, src inventory.Source) sayings {
	t.Helper()
	said := sayings{}
	look := &audit.Rule{Rule: finding.Rule{ID: "LOOK", Name: "look", Severity: finding.Low, Confidence: finding.HighConfidence}, Check: func(p *audit.Pass) {
		for _, e := range p.Facts.Environments {
			for _, w := range e.Traces() {
				for _, r := range w.Sites {
					at := policyAt{e.Name, w.Program.Revision.Name, r.Policy.Program.Revision.Name, r.Policy.Name}
					if w.Reached(r.Policy) {
						said[at] = append(said[at], r.Grants()...)
					}
				}
			}
		}
	}}
	res, err := audit.Run(context.Background(), src, audit.Options{Rules: []*audit.Rule{look}, Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range slices.Concat(res.Problems, res.Notices) {
		if strings.Contains(p.Error, "malformed") || p.Operation == "read XML" {
			t.Fatalf("a bundle is broken: %+v", p)
		}
	}
	return said
}

// source brings a model to the audit.
func (o *modelOrg) source() *inMemory {
	s := &inMemory{bundles: map[apigee.Revision]map[string]string{}}
	for _, b := range o.emit() {
		r := apigee.Revision{Kind: apigee.KindProxy, Name: b.Name, Number: b.Number}
		if b.Shared {
			r.Kind = apigee.KindSharedFlow
		}
		s.bundles[r] = b.Files
		for _, e := range o.Environments {
			if !b.Shared || e.Shared[b.Name] == b.Number {
				s.deployed = append(s.deployed, apigee.Deployment{Environment: e.Name, Revision: r})
			}
		}
	}
	for _, e := range o.Environments {
		s.environments = append(s.environments, e.Name)
		for _, point := range slices.Sorted(maps.Keys(e.Hooks)) {
			s.hooks = append(s.hooks, apigee.FlowHook{Environment: e.Name, Point: point, SharedFlow: e.Hooks[point]})
		}
	}
	return s
}
