package flow

import (
	"cmp"
	"reflect"
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// Inventory lists every deployed revision in scope that was looked at, clean or not, with what its own policies do there.
func (f *Facts) Inventory() []finding.Evidence {
	deployed := 0
	for i := range f.Environments {
		deployed += len(f.programsInScope(i))
	}
	var out []finding.Evidence
	if deployed > 0 {
		out = make([]finding.Evidence, 0, deployed)
	}
	paths := map[*Program][]string{} // in all environments the same
	for i, e := range f.Environments {
		operations := e.operations(f.tracesInScope(i))
		called := sharedFlows(operations)
		for _, u := range f.programsInScope(i) {
			r := u.Revision
			if _, known := paths[u]; !known {
				paths[u] = u.basePaths()
			}
			ev := finding.Evidence{
				Organization: f.Organization.Name, Environment: e.Name, Kind: r.Kind, Name: r.Name, Revision: r.Number,
				Sources: u.sources(), SHA256: u.SHA256, Partly: e.partly[r], Grants: []string{},
				BasePaths: paths[u], Operations: []finding.Operation{}, SharedFlows: called[u],
			}
			for _, p := range u.Policies {
				if o := operations[p]; o != nil {
					ev.Operations = append(ev.Operations, o.told())
				}
			}
			slices.SortFunc(ev.Operations, func(a, b finding.Operation) int {
				return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Policy, b.Policy))
			})
			for i := range ev.Operations {
				note(&ev, &ev.Operations[i])
			}
			slices.Sort(ev.Grants)
			ev.Grants = slices.Compact(ev.Grants)
			out = append(out, ev)
		}
	}
	return out
}

// note takes an operation into what the deployment does.
func note(ev *finding.Evidence, o *finding.Operation) {
	ev.Grants = append(ev.Grants, o.Grants...)
	ev.Refreshes = ev.Refreshes || o.Refreshes
	ev.Imports = ev.Imports || o.Imports
	ev.Reads = ev.Reads || o.Reads
	ev.Revokes = ev.Revokes || o.Revokes
}

// basePaths are those of the endpoints through which clients get in.
func (u *Program) basePaths() []string {
	out := []string{}
	for _, e := range u.endpoints {
		if p := e.basePath; e.Role == bundle.ProxyEndpoint && p != "" {
			out = append(out, text.Brief(p))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// operating is a policy that does something to refresh tokens, and where it can run.
type operating struct {
	environment *Environment
	policy      *Policy
	grants      []string
	mayRefresh  bool
	places      []operatingPlace
}

// operatingPlace is one place where such a policy can run.
type operatingPlace struct {
	trace *Trace
	site  *Site
}

// operations are the policies that can run on some walks of the environment and do something to refresh tokens.
func (e *Environment) operations(walks []*Trace) map[*Policy]*operating {
	all := map[*Policy]*operating{}
	for _, w := range walks {
		if !w.HandlesTokens {
			continue
		}
		for _, r := range w.Sites {
			if !r.operates() {
				continue
			}
			o := all[r.Policy]
			if o == nil {
				o = &operating{environment: e, policy: r.Policy}
				all[r.Policy] = o
			}
			o.grants = append(o.grants, r.Grants()...)
			o.mayRefresh = o.mayRefresh || r.MayRefresh()
			o.places = append(o.places, operatingPlace{w, r})
		}
	}
	return all
}

// operates reports whether something is done, or may be, to refresh tokens here.
func (r *Site) operates() bool { return r.MayRefresh() || len(r.Does()) > 0 }

// Does lists what a policy does with refresh tokens at a place.
func (r *Site) Does() []finding.Relation {
	var out []finding.Relation
	for _, does := range []struct {
		relation finding.Relation
		yes      bool
	}{
		{finding.RelationIssues, r.grants != 0},
		{finding.RelationImports, r.Policy.OAuth != nil && r.Policy.OAuth.Imports()},
		{finding.RelationRefreshes, r.Refreshes()},
		{finding.RelationReads, r.Policy.Reads != nil},
		{finding.RelationRevokes, r.Policy.Revokes()},
	} {
		if does.yes {
			out = append(out, does.relation)
		}
	}
	return out
}

// sharedFlows are, for each proxy, those whose policies do something to refresh tokens in it; sorted.
func sharedFlows(operations map[*Policy]*operating) map[*Program][]string {
	all := map[*Program][]string{}
	for p, o := range operations {
		for _, at := range o.places {
			if u := at.trace.Program; u != p.Program {
				all[u] = append(all[u], p.Program.Revision.Name)
			}
		}
	}
	for u, names := range all {
		slices.Sort(names)
		all[u] = slices.Compact(names)
	}
	return all
}

// told is the operation as reports tell it.
func (o *operating) told() finding.Operation {
	p := o.policy
	out := finding.Operation{
		Policy: text.Brief(p.Name), Type: p.Type, Place: Place(p.File, p.Span),
		Reads: p.Reads != nil, Revokes: p.Revokes(), Revocation: p.revocation, MayRefresh: o.mayRefresh,
	}
	out.Grants = append([]string{}, o.grants...)
	slices.Sort(out.Grants)
	out.Grants = slices.Compact(out.Grants)
	if p.OAuth != nil {
		o.tellOAuth(&out)
	}
	if p.Program.Revision.Kind == apigee.KindSharedFlow {
		out.Proxies = o.proxies()
	}
	out.Calls, out.MoreCalls = o.calls()
	return out
}

// tellOAuth adds what an OAuthV2 policy says.
func (o *operating) tellOAuth(out *finding.Operation) {
	oauth := o.policy.OAuth
	out.Operation = text.Brief(oauth.Operation)
	out.Refreshes = oauth.Refreshes() && !oauth.OperationMissing
	out.Imports = oauth.Imports()
	if !out.Issuing() && !out.Refreshes && !out.MayRefresh {
		return
	}
	if oauth.Generates() || oauth.OperationMissing {
		_, out.Unsure = oauth.Confidence()
	}
	endless := !o.environment.facts.Organization.Platform.Traits().RefreshWithoutLifetimeExpires
	out.AccessLifetime, out.RefreshLifetime = oauth.ExpiresIn.told(endless), oauth.RefreshTokenExpiresIn.told(endless)
	if out.AccessLifetime.Kind == finding.LifetimeDefault {
		out.AccessLifetime.Endless = false // it is refresh tokens that live forever without a lifetime
	}
	if out.RefreshLifetime.Kind == finding.LifetimeDefault && oauth.KeepsItsEnd() {
		*out.RefreshLifetime = finding.Lifetime{Kind: finding.LifetimeKept}
	}
	out.JWT = oauth.IssuesJWT() || oauth.Operation == RefreshJWTAccessToken
	out.AppEndUser = out.Issuing() && oauth.AppEndUser.Value != ""
	if !out.Refreshes {
		return
	}
	out.Rotation = finding.Rotates
	if oauth.ReuseRefreshToken.Value {
		out.Rotation = finding.Reuses
	}
	worst := 0
	for _, at := range o.places {
		worst = max(worst, slices.Index(finding.ClientAuthentications(), o.environment.ClientAuthentication(at.trace, at.site)))
	}
	out.ClientAuthentication = finding.ClientAuthentications()[worst]
}

// proxies are those in which the policy runs, sorted.
func (o *operating) proxies() []string {
	var out []string
	for _, at := range o.places {
		if r := at.trace.Program.Revision; r.Kind == apigee.KindProxy {
			out = append(out, r.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// mostCalls bounds what is told of one policy: that of a flow hook runs in every proxy.
const mostCalls = 10

// calls are the requests that get to the policy, and how many places there are beyond those that are told.
func (o *operating) calls() (calls []finding.Call, more int) {
	calls = []finding.Call{}
	for _, at := range o.places {
		if len(calls) == mostCalls {
			more++
			continue
		}
		c := at.site.call()
		if r := at.trace.Program.Revision; r.Kind == apigee.KindProxy {
			c.Proxy = r.Name
		}
		if !slices.ContainsFunc(calls, func(d finding.Call) bool { return reflect.DeepEqual(c, d) }) {
			calls = append(calls, c)
		}
	}
	return calls, more
}

// call is what a request looks like that gets to the place, but for the proxy.
func (r *Site) call() finding.Call {
	var c finding.Call
	for _, f := range r.at.enclosing() {
		cond := f.cond()
		if cond == nil {
			continue
		}
		if methods := cond.Requires(requestVerb); c.Methods == nil && methods != nil {
			c.Methods = methods
		}
		if words := cond.String(); words != "" && !slices.Contains(c.Conditions, words) {
			c.Conditions = append(c.Conditions, words)
		}
	}
	for _, path := range r.Paths() {
		c.Paths = append(c.Paths, text.Brief(path))
	}
	return c
}
