package flow

import (
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/condition"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
)

// Program is what is kept of one revision after its bundle was read: the flows with the steps that matter to tokens, and
// the policies they attach. XML trees are dropped, so that memory does not grow with the size of bundles.
type Program struct {
	Revision apigee.Revision
	SHA256   string
	size     int // of the bundle's XML, in bytes
	// Copies are further places on disk where the same bytes lie.
	Copies   []apigee.Revision
	Policies []*Policy

	// apart reports whether the program is a bundle of its own, whatever others have its name: see [BundleID].
	apart bool

	// properties are the values of the bundle's property sets, by "SET.KEY".
	properties map[string]string

	Comments []Comment // in policies, addressed to the audit

	reads     []string // variables that conditions, grant types and copies read
	endpoints []*endpoint
	// handlesTokens reports whether a policy issues, refreshes, reads, revokes or names refresh tokens.
	handlesTokens bool
	// callsTokenFlows reports whether a shared flow it may call does.
	callsTokenFlows bool
	// cleared reports whether writes were dropped which a flow hook could see.
	cleared bool
	// drops reports whether there were writes which none of the shared flows read by then could see, or copies which none of them led
	// to a sink.
	drops bool
	// after is how many shared flows had been read before.
	after int
	// usesEnvironment reports whether a condition reads the environment's or organization's name, so that the flows must be
	// judged for each environment apart.
	usesEnvironment bool
}

// HandlesTokens reports whether a policy of the bundle issues, refreshes, reads, revokes or names refresh tokens.
func (u *Program) HandlesTokens() bool { return u.handlesTokens }

// BundleID names the bundle that a program is a revision of. Offline, bundles of which nobody knows the revision are places that
// somebody works on: they are bundles of their own, each with its path. In an organization the name is the bundle, wherever
// the files of a revision lie.
type BundleID struct {
	apigee.Ref
	Root string
}

// Bundle is the bundle that the program is a revision of.
func (u *Program) Bundle() BundleID {
	if u.apart {
		return BundleID{u.Revision.Ref(), u.Revision.Root}
	}
	return BundleID{Ref: u.Revision.Ref()}
}

// Policy finds a kept policy by name, nil when there is none.
func (u *Program) Policy(name string) *Policy {
	i := slices.IndexFunc(u.Policies, func(p *Policy) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return u.Policies[i]
}

// endpoint, flow, step, faultRule and route mirror their apigee namesakes with conditions parsed and idle steps left out.
type endpoint struct {
	Role                          bundle.Role
	Name, File                    string
	Span                          xmltree.Span
	basePath                      string
	Strays                        []bundle.Stray
	preFlow, postFlow, postClient *flow // nil where they have no step
	flows, eventFlows             []flow
	faultRules                    []faultRule
	defaultFault                  *faultRule
	routes                        []route
	steps                         []step
	addresses                     []Address // where a target endpoint sends requests
}

type flow struct {
	name              string
	span              xmltree.Span
	cond              *condition.Expr
	request, response []step
}

type step struct {
	policy *Policy
	span   xmltree.Span
	cond   *condition.Expr // nil when the step has none
	faults *[]faultRule    // nil for none, as nearly always
}

type faultRule struct {
	name   string
	span   xmltree.Span
	cond   *condition.Expr
	steps  []step
	always bool
}

type route struct {
	name      string
	span      xmltree.Span
	cond      *condition.Expr
	target    string
	external  bool      // to a URL or an integration
	addresses []Address // of a route that leads to no target endpoint
}

// Comment is a comment in a policy's file that is addressed to this program.
type Comment struct {
	Text    string
	Program *Program
	File    string
	Span    xmltree.Span
}

// DeployedIn lists where a program is deployed in an environment: once, and for bundles on disk once for each path at which it
// lies byte for byte the same.
func (u *Program) DeployedIn(e *Environment) []finding.Deployed {
	var out []finding.Deployed
	for _, r := range u.Everywhere() {
		out = append(out, finding.Deployed{Environment: e.Name, Revision: r.Number, Source: r.Root, Partly: e.partly[r]})
	}
	return out
}

// Everywhere is the program's own revision and those of its copies.
func (u *Program) Everywhere() []apigee.Revision {
	return append([]apigee.Revision{u.Revision}, u.Copies...)
}

// sources are the paths of a bundle on disk, nothing for others.
func (u *Program) sources() []string {
	var out []string
	for _, r := range u.Everywhere() {
		if r.Root != "" {
			out = append(out, r.Root)
		}
	}
	return out
}

// entries are the flows of a shared flow bundle that a call runs: the one named default; without it, whatever there is.
func (u *Program) entries() []*endpoint {
	isDefault := func(e *endpoint) bool { return e.Name == "default" }
	if i := slices.IndexFunc(u.endpoints, isDefault); i >= 0 {
		return u.endpoints[i : i+1]
	}
	return u.endpoints
}

// eachFlow lists the flows of an endpoint, those without a condition first.
func (e *endpoint) eachFlow() []*flow {
	out := slices.DeleteFunc([]*flow{e.preFlow, e.postFlow, e.postClient}, func(f *flow) bool { return f == nil })
	for i := range e.flows {
		out = append(out, &e.flows[i])
	}
	for i := range e.eventFlows {
		out = append(out, &e.eventFlows[i])
	}
	return out
}

// eachList replaces every step list of an endpoint.
func (e *endpoint) eachList(change func([]step) []step) {
	pair := func(f *flow) { f.request, f.response = change(f.request), change(f.response) }
	for _, f := range e.eachFlow() {
		pair(f)
	}
	for i := range e.faultRules {
		e.faultRules[i].steps = change(e.faultRules[i].steps)
	}
	if e.defaultFault != nil {
		e.defaultFault.steps = change(e.defaultFault.steps)
	}
	e.steps = change(e.steps)
}
