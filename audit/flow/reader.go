package flow

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/condition"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/internal/text"
)

// Reader turns bundles into programs. It may be used from several goroutines, and keeps one tree of each distinct
// condition, because proxies of an organization are often made from one template.
type Reader struct {
	conditions *expressions
	mu         sync.Mutex
	// sharedFlows are those read so far, by name. What is dropped of a proxy depends on the shared flows it calls.
	sharedFlows map[string][]*Program
	total       int // of sharedFlows
	// read are the variables that shared flows read, readInOrder the same sorted; nil where some have come since.
	read        map[string]bool
	readInOrder []string
	// borrowed are the two maps of another reader, to be copied before anything is put in.
	borrowed bool
	before   int // total of that reader
}

// expressions are conditions that were parsed, by their text.
type expressions struct {
	mu     sync.Mutex
	byText map[string]parsed
}

type parsed struct {
	expr *condition.Expr
	err  error
}

// maxConditions bounds the conditions shared between bundles; further ones are kept by each bundle.
const maxConditions = 100000

// NewReader returns a reader that has seen no bundle.
func NewReader() *Reader {
	return &Reader{conditions: &expressions{byText: map[string]parsed{}}, sharedFlows: map[string][]*Program{}, read: map[string]bool{}}
}

// Fork returns a reader that has seen the same bundles. What it reads from then on, the first one does not see, which is not to read any
// more then.
func (rd *Reader) Fork() *Reader {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	return &Reader{conditions: rd.conditions, sharedFlows: rd.sharedFlows, total: rd.total, read: rd.read, readInOrder: rd.readInOrder, borrowed: true, before: rd.total}
}

// LikeBefore reports whether a fork has read nothing that makes a difference to how proxies are read.
func (rd *Reader) LikeBefore() bool { return rd.count() == rd.before }

// Read reads what the audit needs from a bundle. What it drops of a proxy rests on the shared flows read so far ([Reader.Stale]).
// Notices about conditions and steps are added to the bundle's.
func (rd *Reader) Read(b *bundle.Bundle, a *bundle.Archive) *Program {
	u := &Program{Revision: b.Revision, SHA256: a.SHA256, size: b.Size}
	u.after = rd.count()
	r := programReader{shared: rd, program: u, bundle: b, byName: make(map[string]*Policy, len(b.Policies)), conditions: map[string]*condition.Expr{}, scripts: map[string]scriptText{}}
	r.readPolicies()
	for _, e := range b.Endpoints {
		u.endpoints = append(u.endpoints, r.endpoint(e))
	}
	rd.prune(u)
	if u.Revision.Kind == apigee.KindSharedFlow {
		rd.noteSharedFlow(u)
	}
	return u
}

// noteSharedFlow keeps a shared flow that was read. One that takes the place of the same revision, reads no variable that none
// has read, and handles no tokens where that one did not, changes nothing for the proxies read before.
func (rd *Reader) noteSharedFlow(u *Program) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	if rd.borrowed {
		rd.sharedFlows, rd.read, rd.borrowed = maps.Clone(rd.sharedFlows), maps.Clone(rd.read), false
	}
	list := slices.Clone(rd.sharedFlows[u.Revision.Name]) // a fork shares the list
	i := slices.IndexFunc(list, func(old *Program) bool { return old.Revision == u.Revision })
	changes := i < 0 || u.handlesTokens && !list[i].handlesTokens
	if i < 0 {
		list = append(list, u)
	} else {
		list[i] = u
	}
	rd.sharedFlows[u.Revision.Name] = list
	for _, v := range u.reads {
		if !rd.read[v] {
			changes, rd.read[v], rd.readInOrder = true, true, nil
		}
	}
	if changes {
		rd.total++
	}
}

// Stale reports whether a proxy would be read otherwise now, because shared flows that it may call, or that see what it sets,
// were read after it.
func (rd *Reader) Stale(u *Program) bool {
	if u.Revision.Kind != apigee.KindProxy || u.after == rd.count() {
		return false
	}
	return u.dropsWrites || u.cleared && rd.callsTokenFlows(u)
}

func (rd *Reader) count() int {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	return rd.total
}

func (x *expressions) parse(text string) parsed {
	x.mu.Lock()
	p, known := x.byText[text]
	x.mu.Unlock()
	if known {
		return p
	}
	p.expr, p.err = condition.Parse(text)
	x.mu.Lock()
	defer x.mu.Unlock()
	if first, known := x.byText[text]; known {
		return first
	}
	if len(x.byText) < maxConditions {
		x.byText[text] = p
	}
	return p
}

type programReader struct {
	shared     *Reader
	program    *Program
	bundle     *bundle.Bundle
	byName     map[string]*Policy
	conditions map[string]*condition.Expr // one tree per distinct text
	aliases    map[string]alias           // variables that refresh tokens or bodies are copied to
	copies     map[string][]Copy          // by policy, those read so far
	missing    int                        // steps whose policy is not in the bundle
	scripts    map[string]scriptText      // by file name, those looked at
	// fullOfComments reports whether the limit of comments was reached and a notice says so.
	fullOfComments bool
}

func (r *programReader) endpoint(e *bundle.Endpoint) *endpoint {
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
		f := r.faultRules(e.File, []bundle.FaultRule{*e.DefaultFaultRule})
		out.defaultFault = &f[0]
	}
	target, routes := readEndpointAddresses(e)
	out.addresses = target
	for i, rt := range e.Routes {
		out.routes = append(out.routes, route{name: rt.Name, span: rt.Span, cond: r.condition(e.File, rt.Condition), target: rt.Target, external: rt.External, addresses: routes[i]})
	}
	// The parsed forms above replace the originals; what stays of the endpoint is its name and place.
	out.Endpoint = &bundle.Endpoint{Role: e.Role, Name: e.Name, File: strings.Clone(e.File), Span: e.Span, BasePath: e.BasePath, Strays: e.Strays}
	return out
}

func (r *programReader) flow(file string, f *bundle.Flow) flow {
	return flow{
		name: f.Name, span: f.Span, cond: r.condition(file, f.Condition),
		request: r.steps(file, f.Request), response: r.steps(file, f.Response),
	}
}

func (r *programReader) steps(file string, in []bundle.Step) []step {
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
func (r *programReader) missingPolicy(file string, s *bundle.Step) {
	if r.missing++; r.missing == 1 {
		r.notice(file, s.Span, "step names policy "+text.Quote(s.Policy.Value)+", which is not in the bundle; other such steps are not listed")
	}
}

func (r *programReader) faultRules(file string, in []bundle.FaultRule) []faultRule {
	var out []faultRule
	for i := range in {
		f := &in[i]
		out = append(out, faultRule{
			name: f.Name, span: f.Span, cond: r.condition(file, f.Condition), steps: r.steps(file, f.Steps), always: f.AlwaysEnforce,
		})
	}
	return out
}

func (r *programReader) condition(file string, t xmltree.Text) *condition.Expr {
	if t.Value == "" {
		return nil
	}
	if e, ok := r.conditions[t.Value]; ok {
		return e
	}
	p := r.shared.conditions.parse(t.Value)
	e := p.expr
	if p.err != nil {
		r.notice(file, t.Span, "condition is malformed and read as sometimes true: "+p.err.Error())
	}
	r.conditions[t.Value] = e
	for _, v := range e.Variables() {
		r.reads(v)
		if v == "environment.name" || v == "organization.name" {
			r.program.usesEnvironment = true
		}
	}
	return e
}

// reads notes a variable whose value decides something.
func (r *programReader) reads(variable string) {
	r.program.reads = append(r.program.reads, canonical(variable))
	if part, ok := strings.CutPrefix(variable, messagePrefix); ok {
		r.program.reads = append(r.program.reads, canonical(requestPrefix+part))
	}
}

func (r *programReader) notice(file string, s xmltree.Span, text string) {
	r.bundle.Notices = append(r.bundle.Notices, r.bundle.Revision.About(apigee.Problem{
		File: file, Line: int(s.Line), Column: int(s.Column), Operation: "read flow", Error: text,
	}))
}

// maxComments bounds the comments of one bundle.
const maxComments = 1000

// readDirectives keeps the comments of all policies, whether or not the audit is interested in what the policies do.
func (r *programReader) readDirectives(p *bundle.Policy) {
	u := r.program
	for _, t := range p.Doc.Directives {
		if len(u.Comments) == maxComments {
			if !r.fullOfComments {
				r.fullOfComments = true
				r.notice(p.File, t.Span, fmt.Sprintf("only the first %d comments for apigee-audit in a bundle are read", maxComments))
			}
			return
		}
		u.Comments = append(u.Comments, Comment{t.Value, u, p.File, t.Span})
	}
}

// prune drops what cannot matter any more once the whole bundle is read. Most proxies of an organization only verify
// tokens, and most policies of the rest only shape messages, so this decides how much memory a large organization takes.
func (rd *Reader) prune(u *Program) {
	slices.Sort(u.reads)
	u.reads = slices.Clone(slices.Compact(u.reads))
	if u.Revision.Kind == apigee.KindProxy {
		if u.untouched() {
			u.clear()
			return
		}
		for _, p := range u.Policies {
			seen := keep(p.writes, func(w write) bool { return w.seenBy(u.reads) || rd.sharedFlowsRead(w) })
			u.dropsWrites = u.dropsWrites || len(seen) < len(p.writes)
			p.writes = seen
		}
	}
	for _, e := range u.endpoints {
		e.eachList(func(list []step) []step {
			return keep(list, func(s step) bool { return s.policy.matters(u) || len(s.faults) > 0 })
		})
	}
	u.Policies = keep(u.Policies, func(p *Policy) bool { return p.matters(u) })
}

// sharedFlowsRead reports whether some shared flow reads what a write may set. Any of them may be called or attached to a
// flow hook, which is a setting of the environment.
func (rd *Reader) sharedFlowsRead(w write) bool {
	rd.mu.Lock()
	if rd.readInOrder == nil {
		rd.readInOrder = slices.AppendSeq(make([]string, 0, len(rd.read)), maps.Keys(rd.read))
		slices.Sort(rd.readInOrder)
	}
	read := rd.readInOrder
	rd.mu.Unlock()
	return w.setsOneOf(read)
}

// setsOneOf reports whether one of some variables, sorted, is what a write may set.
func (w write) setsOneOf(variables []string) bool {
	w.name = canonical(w.name)
	a := assignment{write: w}
	if w.name == "" {
		return slices.ContainsFunc(variables, a.covers)
	}
	i, _ := slices.BinarySearch(variables, w.name) // what begins with a name comes right behind it
	return i < len(variables) && a.covers(variables[i])
}

// callsTokenFlows reports whether a shared flow that a bundle may call handles tokens.
func (rd *Reader) callsTokenFlows(u *Program) bool {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	seen := map[string]bool{}
	var visit func(u *Program) bool
	visit = func(u *Program) bool {
		return slices.ContainsFunc(u.Policies, func(p *Policy) bool {
			if p.SharedFlow == "" || seen[p.SharedFlow] {
				return false
			}
			seen[p.SharedFlow] = true
			return slices.ContainsFunc(rd.sharedFlows[p.SharedFlow], func(s *Program) bool { return s.handlesTokens || visit(s) })
		})
	}
	return visit(u)
}

// keep copies what is wanted, so that the rest can be freed.
func keep[T any](list []T, wanted func(T) bool) []T {
	n := 0
	for _, v := range list {
		if wanted(v) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	out := make([]T, 0, n)
	for _, v := range list {
		if wanted(v) {
			out = append(out, v)
		}
	}
	return out
}

// clear keeps of a bundle that is far from tokens only which shared flows and targets it has, and to which proxies these hand requests
// over: the first for notices of missing ones, the second for the flow hooks, the third for chains that lead through the bundle.
func (u *Program) clear() {
	u.cleared = true
	calls := func(s step) bool { return s.policy.SharedFlow != "" }
	for _, e := range u.endpoints {
		e.eachList(func(list []step) []step { return keep(list, calls) })
		e.flows = keep(e.flows, func(f flow) bool { return len(f.request)+len(f.response) > 0 })
		e.eventFlows = keep(e.eventFlows, func(f flow) bool { return len(f.response) > 0 })
		e.faultRules = keep(e.faultRules, func(f faultRule) bool { return len(f.steps) > 0 })
		e.addresses = keep(e.addresses, func(a Address) bool { return a.Local })
		for i := range e.routes {
			e.routes[i].addresses = nil
		}
	}
	u.Policies, u.reads = keep(u.Policies, func(p *Policy) bool { return p.SharedFlow != "" }), nil
	for _, p := range u.Policies {
		p.writes = nil
	}
}

// seenBy reports whether one of the variables, sorted, is what a write may set. Grant types always are.
func (w write) seenBy(reads []string) bool {
	return w.setsOneOf(reads) || w.setsOneOf([]string{grantTypeForm, grantTypeQuery})
}
