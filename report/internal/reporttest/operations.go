package reporttest

import (
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
)

// Week is a lifetime in milliseconds.
const Week = 7 * 24 * 60 * 60 * 1000

// Literal is a lifetime of so many milliseconds.
func Literal(ms int64) *finding.Lifetime {
	return &finding.Lifetime{Kind: finding.LifetimeLiteral, Milliseconds: ms}
}

// Issues is a policy that issues, whose tokens live for half an hour and as long as is said.
func Issues(policy string, refresh *finding.Lifetime, grants ...string) finding.Operation {
	return finding.Operation{
		Policy: policy, Type: "OAuthV2", Operation: "GenerateAccessToken", Place: at("apiproxy/policies/"+policy+".xml", 1, 1, 1, 20), Grants: grants,
		AccessLifetime: Literal(30 * 60 * 1000), RefreshLifetime: refresh,
		Calls: []finding.Call{{Proxy: "login", Methods: []string{"POST"}, Paths: []string{"/oauth/token"}, Conditions: []string{`proxy.pathsuffix MatchesPath "/token"`}}},
	}
}

// Refreshes is a policy that refreshes.
func Refreshes(policy string, refresh *finding.Lifetime, rotation finding.Rotation) finding.Operation {
	return finding.Operation{
		Policy: policy, Type: "OAuthV2", Operation: "RefreshAccessToken", Place: at("apiproxy/policies/"+policy+".xml", 1, 1, 1, 20), Grants: []string{}, Refreshes: true,
		AccessLifetime: Literal(15 * 60 * 1000), RefreshLifetime: refresh, Rotation: rotation, ClientAuthentication: finding.AuthenticatedByApigee,
		Calls: []finding.Call{{Proxy: "session", Paths: []string{"/session/refresh"}}},
	}
}

// Revokes is a policy that revokes.
func Revokes(policy string, r finding.Revocation) finding.Operation {
	o := finding.Operation{
		Policy: policy, Type: "RevokeOAuthV2", Place: at("apiproxy/policies/"+policy+".xml", 1, 1, 1, 20), Grants: []string{}, Revokes: true, Revocation: &r,
		Calls: []finding.Call{{Proxy: "session", Methods: []string{"DELETE"}, Paths: []string{"/session/all"}}},
	}
	if r.ByToken {
		o.Type, o.Operation = "OAuthV2", "InvalidateToken"
	}
	return o
}

// Deployed is what policies do in a deployment of organization acme.
func Deployed(environment string, kind apigee.Kind, name string, operations ...finding.Operation) finding.Evidence {
	e := finding.Evidence{
		Organization: "acme", Environment: environment, Kind: kind, Name: name, Revision: "1", SHA256: strings.Repeat("a", 64), Grants: []string{},
		BasePaths: []string{"/" + name}, Operations: present(operations),
	}
	for i := range e.Operations {
		o := &e.Operations[i]
		e.Grants = append(e.Grants, o.Grants...)
		e.Refreshes, e.Imports, e.Reads, e.Revokes = e.Refreshes || o.Refreshes, e.Imports || o.Imports, e.Reads || o.Reads, e.Revokes || o.Revokes
	}
	slices.Sort(e.Grants)
	e.Grants = slices.Compact(e.Grants)
	return e
}

func present[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Inventoried is a complete report of organization acme about deployments.
func Inventoried(platform apigee.Platform, deployments ...finding.Evidence) *report.Document {
	environments := []string{}
	for i := range deployments {
		environments = append(environments, deployments[i].Environment)
	}
	slices.Sort(environments)
	end := time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC)
	return report.New(Tool(), []*finding.Result{{
		Organization: apigee.Organization{Name: "acme", Platform: platform, Environments: slices.Compact(environments)},
		StartedAt:    end.Add(-time.Minute), FinishedAt: end, Deployments: len(deployments), Revisions: len(deployments), Audited: len(deployments), Inventory: deployments,
	}})
}

// Session is a complete report with a proxy that issues, a shared flow that does so in it, one that refreshes and several that
// revoke, and everything that can be told of each.
func Session() *report.Document {
	yes := true
	login := Deployed("prod", apigee.KindProxy, "login", Issues("Issue", Literal(Week), "authorization_code", "password"))
	login.Revision, login.SharedFlows = "12", []string{"issue"}
	login.Reach = &finding.Reach{
		Hostnames: []string{"api.example.com", "login.example.com"},
		Products:  []finding.Opening{{Name: "mobile", Apps: []string{"android", "ios"}}, {Name: "partner", Apps: []string{}}},
	}
	login.Traffic = &finding.DeploymentTraffic{
		From: time.Date(2026, 10, 21, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
		Calls: finding.Calls{Calls: 1200, Successes: 1100}, Issuing: finding.Calls{Calls: 1000, Successes: 950}, Either: finding.Calls{Calls: 5, Successes: 5}, Partial: true,
	}
	shared := Issues("Adopt", &finding.Lifetime{Kind: finding.LifetimeVariable, Variable: "private.ttl"}, "password")
	shared.Imports, shared.JWT, shared.AppEndUser, shared.Unsure, shared.Proxies, shared.MoreCalls = true, true, true, "StoreToken is false", []string{"login"}, 3
	shared.AccessLifetime = &finding.Lifetime{Kind: finding.LifetimeInvalid, Value: "soon"}
	issue := Deployed("prod", apigee.KindSharedFlow, "issue", shared)
	issue.BasePaths = []string{}
	session := Deployed("prod", apigee.KindProxy, "session", Refreshes("Refresh", Literal(2*Week), finding.Rotates),
		Revokes("Logout", finding.Revocation{ByToken: true, Cascade: &yes, Parameters: []finding.Parameter{{Name: "refreshtoken", Variable: "request.formparam.token"}}}),
		Revokes("Forget", finding.Revocation{ByEndUser: true, Parameters: []finding.Parameter{{Name: "EndUserId", Variable: "request.queryparam.user", Value: "nobody"}}}))
	status := Deployed("test", apigee.KindProxy, "status")
	d := Inventoried(apigee.PlatformX, login, issue, session, status)
	d.Findings = []finding.Finding{NeverRefreshed()}
	d.Findings[0].Deployments = []finding.Deployed{{Environment: "prod", Revision: "12"}}
	d.Normalize()
	return d
}
