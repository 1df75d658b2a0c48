package audit

import (
	"slices"
	"strings"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/apigee/condition"
	"apigee-audit/internal/text"
)

// Unit is what is kept of one revision after its bundle was read: the flows with the steps that matter to tokens, and
// the policies they attach. XML trees are dropped, so that memory does not grow with the size of bundles.
type Unit struct {
	Revision apigee.Revision
	SHA256   string
	Root     string // where the bundle lies on disk, "" when live
	// Copies are further places on disk where the same bytes lie.
	Copies   []apigee.Revision
	Policies []*Policy

	// apart tells that the unit is a bundle of its own, whatever others have its name: see [BundleID].
	apart bool

	// properties are the values of the bundle's property sets, by "SET.KEY".
	properties map[string]string

	Comments []Comment // in policies, addressed to the audit

	reads     []string // variables that conditions, grant types and copies read
	endpoints []*endpoint
	// handlesTokens tells that a policy issues, refreshes, reads, revokes or names refresh tokens.
	handlesTokens bool
	// near tells that a shared flow it may call does.
	near bool
	// cleared tells that writes were dropped which a flow hook could see.
	cleared bool
	// dropsWrites tells that there were writes which none of the shared flows read by then could see.
	dropsWrites bool
	// after is how many shared flows had been read before.
	after int
	// usesEnvironment tells that a condition reads the environment's or organization's name, so that the flows must be
	// judged for each environment apart.
	usesEnvironment bool
}

// BundleID names the bundle that a unit is a revision of. Offline, bundles of which nobody knows the revision are places that
// somebody works on: they are bundles of their own, each with its path. In an organization the name is the bundle, wherever
// the files of a revision lie.
type BundleID struct {
	apigee.Ref
	Root string
}

// Bundle is the bundle that the unit is a revision of.
func (u *Unit) Bundle() BundleID {
	if u.apart {
		return BundleID{u.Revision.Ref(), u.Revision.Root}
	}
	return BundleID{Ref: u.Revision.Ref()}
}

// Policy finds a kept policy by name, nil when there is none.
func (u *Unit) Policy(name string) *Policy {
	i := slices.IndexFunc(u.Policies, func(p *Policy) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return u.Policies[i]
}

// endpoint, flow, step, faultRule and route mirror their apigee namesakes with conditions parsed and idle steps left out.
type endpoint struct {
	*apigee.Endpoint
	preFlow, postFlow, postClient flow
	flows, eventFlows             []flow
	faultRules                    []faultRule
	defaultFault                  *faultRule
	routes                        []route
	steps                         []step
	addresses                     []address // where a target endpoint sends requests
}

type flow struct {
	name              string
	span              apigee.Span
	cond              *condition.Expr
	request, response []step
}

type step struct {
	policy *Policy
	span   apigee.Span
	cond   *condition.Expr // nil when the step has none
	faults []faultRule
}

type faultRule struct {
	name   string
	span   apigee.Span
	cond   *condition.Expr
	steps  []step
	always bool
}

type route struct {
	name      string
	cond      *condition.Expr
	target    string
	external  bool      // to a URL or an integration
	addresses []address // of a route that leads to no target endpoint
}

// Reader turns bundles into units. It may be used from several goroutines, and keeps one tree of each distinct
// condition, because proxies of an organization are often made from one template.
type Reader struct {
	mu         sync.Mutex
	conditions map[string]parsed
	// sharedFlows are those read so far, by name. What is dropped of a proxy depends on the shared flows it calls.
	sharedFlows map[string][]*Unit
	total       int // of sharedFlows
	// read are the variables that shared flows read.
	read map[string]bool
}

type parsed struct {
	expr *condition.Expr
	err  error
}

// maxConditions bounds the conditions shared between bundles; further ones are kept by each bundle.
const maxConditions = 100000

// NewReader returns a reader that has seen no bundle.
func NewReader() *Reader {
	return &Reader{conditions: map[string]parsed{}, sharedFlows: map[string][]*Unit{}, read: map[string]bool{}}
}

// Unit reads what the audit needs from a bundle. What it drops of a proxy rests on the shared flows read so far ([Reader.Stale]).
// Notices about conditions and steps are added to the bundle's.
func (rd *Reader) Unit(b *apigee.Bundle, a *apigee.Archive) *Unit {
	u := &Unit{Revision: b.Revision, SHA256: a.SHA256, Root: b.Revision.Root}
	u.after = rd.count()
	r := unitReader{shared: rd, unit: u, bundle: b, byName: make(map[string]*Policy, len(b.Policies)), conditions: map[string]*condition.Expr{}, scripts: map[string]scriptText{}}
	r.readPolicies()
	for _, e := range b.Endpoints {
		u.endpoints = append(u.endpoints, r.endpoint(e))
	}
	rd.prune(u)
	if u.Revision.Kind == apigee.KindSharedFlow {
		rd.mu.Lock()
		defer rd.mu.Unlock()
		rd.sharedFlows[u.Revision.Name] = append(rd.sharedFlows[u.Revision.Name], u)
		rd.total++
		for _, v := range u.reads {
			rd.read[v] = true
		}
	}
	return u
}

// Stale reports whether a proxy would be read otherwise now, because shared flows that it may call, or that see what it sets,
// were read after it.
func (rd *Reader) Stale(u *Unit) bool {
	if u.Revision.Kind != apigee.KindProxy || u.after == rd.count() {
		return false
	}
	return u.dropsWrites || u.cleared && rd.near(u)
}

func (rd *Reader) count() int {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	return rd.total
}

func (rd *Reader) parse(text string) parsed {
	rd.mu.Lock()
	p, known := rd.conditions[text]
	rd.mu.Unlock()
	if known {
		return p
	}
	p.expr, p.err = condition.Parse(text)
	rd.mu.Lock()
	defer rd.mu.Unlock()
	if first, known := rd.conditions[text]; known {
		return first
	}
	if len(rd.conditions) < maxConditions {
		rd.conditions[text] = p
	}
	return p
}

type unitReader struct {
	shared     *Reader
	unit       *Unit
	bundle     *apigee.Bundle
	byName     map[string]*Policy
	conditions map[string]*condition.Expr // one tree per distinct text
	aliases    map[string]alias           // variables that refresh tokens or bodies are copied to
	copies     map[string][]Copy          // by policy, those read so far
	missing    int                        // steps whose policy is not in the bundle
	scripts    map[string]scriptText      // by file name, those looked at
	// fullOfComments tells that the limit of comments was reached and a notice says so.
	fullOfComments bool
}

func (r *unitReader) endpoint(e *apigee.Endpoint) *endpoint {
	out := &endpoint{Endpoint: e, steps: r.steps(e.File, e.Steps), faultRules: r.faultRules(e.File, e.FaultRules)}
	out.preFlow, out.postFlow = r.flow(e.File, &e.PreFlow), r.flow(e.File, &e.PostFlow)
	out.postClient = r.flow(e.File, &e.PostClientFlow)
	for i := range e.Flows {
		out.flows = append(out.flows, r.flow(e.File, &e.Flows[i]))
	}
	for i := range e.EventFlows {
		out.eventFlows = append(out.eventFlows, r.flow(e.File, &e.EventFlows[i]))
	}
	if e.DefaultFaultRule != nil {
		f := r.faultRules(e.File, []apigee.FaultRule{*e.DefaultFaultRule})
		out.defaultFault = &f[0]
	}
	target, routes := readEndpointAddresses(e)
	out.addresses = target
	for i, rt := range e.Routes {
		out.routes = append(out.routes, route{name: rt.Name, cond: r.condition(e.File, rt.Condition), target: rt.Target, external: rt.External, addresses: routes[i]})
	}
	// The parsed forms above replace the originals; what stays of the endpoint is its name and place.
	out.Endpoint = &apigee.Endpoint{Role: e.Role, Name: e.Name, File: strings.Clone(e.File), Span: e.Span, BasePath: e.BasePath, Strays: e.Strays}
	return out
}

func (r *unitReader) flow(file string, f *apigee.Flow) flow {
	return flow{
		name: f.Name, span: f.Span, cond: r.condition(file, f.Condition),
		request: r.steps(file, f.Request), response: r.steps(file, f.Response),
	}
}

func (r *unitReader) steps(file string, in []apigee.Step) []step {
	var out []step
	for i := range in {
		s := &in[i]
		p := r.byName[s.Policy.Value]
		if p == nil {
			if r.bundle.Policies[s.Policy.Value] == nil && len(r.bundle.Problems) == 0 {
				r.missingPolicy(file, s)
			}
			if len(s.FaultRules) == 0 {
				continue
			}
			p = &Policy{Name: s.Policy.Value, Enabled: true}
		}
		out = append(out, step{
			policy: p, span: s.Span, cond: r.condition(file, s.Condition), faults: r.faultRules(file, s.FaultRules),
		})
	}
	return out
}

// missingPolicy says once a bundle that steps name policies which are not there. Such a bundle does not deploy.
func (r *unitReader) missingPolicy(file string, s *apigee.Step) {
	if r.missing++; r.missing == 1 {
		r.notice(file, s.Span, "step names policy "+text.Quote(s.Policy.Value)+", which is not in the bundle; other such steps are not listed")
	}
}

func (r *unitReader) faultRules(file string, in []apigee.FaultRule) []faultRule {
	var out []faultRule
	for i := range in {
		f := &in[i]
		out = append(out, faultRule{
			name: f.Name, span: f.Span, cond: r.condition(file, f.Condition), steps: r.steps(file, f.Steps), always: f.AlwaysEnforce,
		})
	}
	return out
}

func (r *unitReader) condition(file string, t apigee.Text) *condition.Expr {
	if t.Value == "" {
		return nil
	}
	if e, ok := r.conditions[t.Value]; ok {
		return e
	}
	p := r.shared.parse(t.Value)
	e := p.expr
	if p.err != nil {
		r.notice(file, t.Span, "condition is malformed and read as sometimes true: "+p.err.Error())
	}
	r.conditions[t.Value] = e
	for _, v := range e.Variables() {
		r.reads(v)
		if v == "environment.name" || v == "organization.name" {
			r.unit.usesEnvironment = true
		}
	}
	return e
}

// reads notes a variable whose value decides something.
func (r *unitReader) reads(variable string) {
	r.unit.reads = append(r.unit.reads, canonical(variable))
	if part, ok := strings.CutPrefix(variable, messagePrefix); ok {
		r.unit.reads = append(r.unit.reads, canonical(requestPrefix+part))
	}
}

func (r *unitReader) notice(file string, s apigee.Span, text string) {
	r.bundle.Notices = append(r.bundle.Notices, r.bundle.Revision.About(apigee.Problem{
		File: file, Line: int(s.Line), Column: int(s.Column), Operation: "read flow", Error: text,
	}))
}
