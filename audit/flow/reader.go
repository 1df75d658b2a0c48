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
	conditions *common[string, *condition.Expr]
	mu         sync.Mutex
	// sharedFlows are those read so far, by name. What is dropped of a proxy depends on the shared flows it calls.
	sharedFlows map[string][]*Program
	lent        bool // sharedFlows is that of a fork too, and not to be changed
	total       int  // of sharedFlows
	before      int  // total of what this is a fork of
	// read are the variables that shared flows read, followed those that rules follow back from them: what sets the ones and what
	// fills the others is dropped of no proxy.
	read, followed *variables
	words          *common[string, string]
	definitions    *common[plain, *Definition]
	effects        *common[string, *effects]
	rooms          *sync.Pool
}

// NewReader returns a reader that has seen no bundle.
func NewReader() *Reader {
	return &Reader{
		conditions: newCommon[string, *condition.Expr](), words: newCommon[string, string](),
		definitions: newCommon[plain, *Definition](), effects: newCommon[string, *effects](),
		rooms: &sync.Pool{}, sharedFlows: map[string][]*Program{},
		read: &variables{all: map[string]bool{}}, followed: &variables{all: map[string]bool{}},
	}
}

// Fork returns a reader that has seen the same bundles. What it reads from then on, the first one does not see.
func (rd *Reader) Fork() *Reader {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.lent = true
	return &Reader{
		conditions: rd.conditions, words: rd.words, definitions: rd.definitions, effects: rd.effects, rooms: rd.rooms, sharedFlows: rd.sharedFlows, lent: true, total: rd.total, before: rd.total,
		read: rd.read.fork(), followed: rd.followed.fork(),
	}
}

// LikeBefore reports whether a fork has read nothing that makes a difference to how proxies are read.
func (rd *Reader) LikeBefore() bool { return rd.count() == rd.before }

// Read reads what the audit needs from a bundle. What it drops of a proxy rests on the shared flows read so far ([Reader.Stale]).
// Notices about conditions and steps are added to the bundle's.
func (rd *Reader) Read(b *bundle.Bundle, a *bundle.Archive) *Program {
	u := &Program{Revision: b.Revision, SHA256: a.SHA256, size: b.Size}
	u.after = rd.count()
	r := programReader{
		shared: rd, program: u, bundle: b, byName: map[string]*Policy{}, conditions: map[string]*condition.Expr{}, scripts: map[string]scriptText{},
		variables: map[string]bool{}, spellings: map[holder]*spelling{}, room: rd.room(),
	}
	r.readPolicies()
	u.endpoints = make([]*endpoint, 0, len(b.Endpoints))
	for _, e := range b.Endpoints {
		u.endpoints = append(u.endpoints, r.endpoint(e))
	}
	r.prune()
	rd.leave(r.room)
	if u.Revision.Kind == apigee.KindSharedFlow {
		rd.noteSharedFlow(u)
	}
	return u
}

// noteSharedFlow keeps a shared flow that was read. One that takes the place of the same revision, reads no variable and
// takes none to a sink that none did, and handles no tokens where that one did not, changes nothing for the proxies read before.
func (rd *Reader) noteSharedFlow(u *Program) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	list := slices.Clone(rd.sharedFlows[u.Revision.Name]) // a fork shares the list
	i := slices.IndexFunc(list, func(old *Program) bool { return old.Revision == u.Revision })
	changes := i < 0 || u.handlesTokens && !list[i].handlesTokens
	if i < 0 {
		list = append(list, u)
	} else {
		list[i] = u
	}
	if rd.lent {
		rd.sharedFlows, rd.lent = maps.Clone(rd.sharedFlows), false
	}
	rd.sharedFlows[u.Revision.Name] = list
	read, followed := rd.read.add(u.reads), rd.followed.add(u.follows())
	if changes || read || followed {
		rd.total++
	}
}

// Stale reports whether a proxy would be read otherwise now, because shared flows that it may call, or that see what it sets,
// were read after it.
func (rd *Reader) Stale(u *Program) bool {
	if u.Revision.Kind != apigee.KindProxy || u.after == rd.count() {
		return false
	}
	return u.drops || u.cleared && rd.callsTokenFlows(u.callees())
}

func (rd *Reader) count() int {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	return rd.total
}

type programReader struct {
	shared     *Reader
	program    *Program
	bundle     *bundle.Bundle
	byName     map[string]*Policy
	conditions map[string]*condition.Expr // one tree per distinct text
	speaks     bool                       // some policy has the word refresh
	aliases    map[string]alias           // variables that refresh tokens or bodies are copied to
	*room                                 // with what is read of each policy, sorted by name
	variables  map[string]bool            // that decide something
	spellings  map[holder]*spelling       // of parts of messages
	variable   spelling                   // of the last variable that was spelled
	missing    int                        // steps whose policy is not in the bundle
	scripts    map[string]scriptText      // by file name, those looked at
	taken      []Copy                     // of the last script
	// fullOfComments reports whether the limit of comments was reached and a notice says so.
	fullOfComments bool
}

// endpoint reads an endpoint. Its flows and lists of steps are in the room until [programReader.prune] keeps some.
func (r *programReader) endpoint(e *bundle.Endpoint) *endpoint {
	out := r.kept.endpoints.Put(endpoint{
		Role: e.Role, Name: e.Name, File: r.shared.word(e.File), Span: e.Span, basePath: e.BasePath.Value, Strays: e.Strays,
		steps: r.steps(e.File, e.Steps), faultRules: r.faultRules(e.File, e.FaultRules),
	})
	out.preFlow, out.postFlow, out.postClient = r.wholeFlow(e.File, &e.PreFlow), r.wholeFlow(e.File, &e.PostFlow), r.wholeFlow(e.File, &e.PostClientFlow)
	out.flows = r.room.flows.Take(len(e.Flows))
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
	out.routes = r.kept.routes.Slice(len(e.Routes))[:0]
	for i, rt := range e.Routes {
		out.routes = append(out.routes, route{name: rt.Name, span: rt.Span, cond: r.condition(e.File, rt.Condition), target: rt.Target, external: rt.External, addresses: routes[i]})
	}
	return out
}

func (r *programReader) flow(file string, f *bundle.Flow) flow {
	return flow{
		name: f.Name, span: f.Span, cond: r.condition(file, f.Condition),
		request: r.steps(file, f.Request), response: r.steps(file, f.Response),
	}
}

// wholeFlow is a flow that every request goes through, nil where it has no step.
func (r *programReader) wholeFlow(file string, f *bundle.Flow) *flow {
	out := r.flow(file, f)
	if len(out.request)+len(out.response) == 0 {
		return nil
	}
	return r.kept.flows.Put(out)
}

func (r *programReader) steps(file string, in []bundle.Step) []step {
	out := r.room.steps.Take(len(in))
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
			p = &Policy{Definition: &Definition{Name: r.shared.word(s.Policy.Value), Enabled: true}}
		}
		one := step{policy: p, span: s.Span, cond: r.condition(file, s.Condition)}
		if len(s.FaultRules) > 0 {
			faults := r.faultRules(file, s.FaultRules)
			for i := range faults { // all of them are kept
				faults[i].steps = slices.Clone(faults[i].steps)
			}
			one.faults = &faults
		}
		if p.SharedFlow == "" && r.program.untouched() { // see [programReader.clear]; what is read may have been worth a notice
			continue
		}
		out = append(out, one)
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
	most := maxConditions
	if r.program.untouched() {
		most = maxPassing
	}
	e := r.shared.parse(t.Value, most)
	if wrong := e.Syntax(); wrong != nil {
		r.notice(file, t.Span, "condition is malformed and read as sometimes true: "+wrong.Error())
	}
	r.conditions[t.Value] = e
	for v := range e.Mentions() {
		r.reads(v)
		if v == "environment.name" || v == "organization.name" {
			r.program.usesEnvironment = true
		}
	}
	return e
}

// reads notes a variable whose value decides something.
func (r *programReader) reads(variable string) {
	r.read(variable)
	if part, ok := strings.CutPrefix(variable, messagePrefix); ok {
		r.read(requestPrefix + part)
	}
}

func (r *programReader) read(variable string) {
	if variable = canonical(variable); !r.variables[variable] && !r.program.untouched() { // which keeps none
		r.variables[r.shared.word(variable)] = true
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

// callsTokenFlows reports whether one of some shared flows handles tokens, itself or through one that it calls.
func (rd *Reader) callsTokenFlows(called []string) bool {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	seen := map[string]bool{}
	var visit func(called []string) bool
	visit = func(called []string) bool {
		return slices.ContainsFunc(called, func(name string) bool {
			if seen[name] {
				return false
			}
			seen[name] = true
			return slices.ContainsFunc(rd.sharedFlows[name], func(s *Program) bool { return s.handlesTokens || visit(s.callees()) })
		})
	}
	return visit(called)
}
