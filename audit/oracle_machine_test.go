package audit_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// machine runs one request through the proxy in one environment. What the client sends, what backends answer, whether
// credentials are good, and how the pages are to be read where they leave it open are choices, made when they are first
// asked for; the same choices give the same run.
//
// Sources: API proxy configuration reference (order of flows, routes), fault handling (fault rules), flow hooks,
// conditions reference, and the pages of the policies.
type machine struct {
	org     *modelOrg
	env     *modelEnv
	choices *choices
	domains *domains

	side          side
	proxyEndpoint string
	vars          map[string]value
	sent          map[string]value // what the client sent of the grant type, as far as it was looked at
	readings      map[question]int
	depth         int

	ran    map[ran]bool
	served map[ran]map[string]bool // generating policies: the grants they ran with
	// ended says that nothing faulted on the way to the answer, refused which policies faulted because of the grant.
	ended   bool
	refused map[ran]bool
	// memory keeps what was chosen, for another run of the same request; nil for nothing.
	memory *memory

	// demanded widens the run to what the audit need not decide: see TestWalkDecidesWhatItMust.
	demanded bool

	tracing bool
	trace   []string
}

// ran is a policy that did its work: of which bundle, by name.
type ran struct{ bundle, policy string }

type side int

const (
	onRequest side = iota
	onResponse
	onFault
)

const (
	formGrant  = "request.formparam.grant_type"
	queryGrant = "request.queryparam.grant_type"
	faultName  = "fault.name"
)

// note adds a line to the trace. Callers with arguments ask for tracing first, because most runs are not looked at.
func (m *machine) note(format string, args ...any) {
	if m.tracing {
		m.trace = append(m.trace, strings.Repeat("  ", m.depth)+fmt.Sprintf(format, args...))
	}
}

// question is something that the pages leave open. Each run keeps to one answer, and what ran under any of them must not
// be called dead.
type question string

const (
	// Whether the response steps are those of the flow that was chosen for the request, or a flow is chosen anew.
	flowsOfTheResponse question = "flows of the response"
	// Whether the fault rules of the proxy endpoint follow those of a target: never, where none of them ran, always.
	rulesAfterATarget question = "fault rules of the proxy after a target's"
	// Whether 4xx and 5xx are a fault, which the success.codes of a target decide; the model does not write them.
	successCodes question = "success.codes"
	// Whether a fault in a hook's shared flow stops the proxy. The hook's own continueOnError says so, and the audit is
	// not given it.
	hooksContinue question = "continueOnError of hooks"
	// Whether the hooks around targets run where a route has a bare URL.
	hooksOfAURL question = "hooks of a URL"
	// What happens where there are routes and none is true: no target, or a fault.
	noRoute question = "no route is true"
	// Whether RaiseFault with continueOnError goes on.
	softRaise question = "RaiseFault with continueOnError"
	// Whether the parameters of a FlowCallout are there after the call, or what was there before.
	parametersAfter question = "parameters after the call"
	// What AssignVariable leaves in its variable when Ref does not resolve: null, an empty string, what was there.
	unresolvedRef question = "unresolved Ref"
	// What Set makes of a template that does not resolve: an empty value, or none.
	unresolvedTemplate question = "unresolved template"
	// Whether JavaRegex matches the whole value or a part.
	regexOfAPart question = "JavaRegex"
	// Whether MatchesPath minds a trailing slash, and whether ** stands for nothing too.
	slashesAndStars question = "MatchesPath"
	// What < says of null.
	lessThanNull question = "null < n"
)

func answers(q question) int {
	switch q {
	case rulesAfterATarget, unresolvedRef:
		return 3
	case slashesAndStars:
		return 4
	}
	return 2
}

// memory is what was chosen in one run, by what the choice was about: a request that another proxy can be sent too.
type memory struct {
	chosen map[string]string
	// replay is a run whose choices are taken as far as they come up again.
	replay *memory
	// times counts the turns of fate, and how often each variable was forgotten and could be given another value.
	times     map[string]int
	forgotten []string
	// refreshes says that a variable for grant types had the value refresh_token at some time.
	refreshes bool
}

func newMemory(replay *memory) *memory {
	return &memory{chosen: map[string]string{}, replay: replay, times: map[string]int{}}
}

// decide makes a choice. Where choices are kept, it has a name, and its branches have theirs.
func (m *machine) decide(n int, name func() string, branch func(int) string) int {
	if m.memory == nil {
		return m.choices.choose(n)
	}
	what := name()
	var was string
	known := false
	if m.memory.replay != nil {
		was, known = m.memory.replay.chosen[what]
	}
	pick := -1
	for i := range n {
		if known && branch(i) == was {
			pick = i
		}
	}
	if pick < 0 {
		pick = m.choices.choose(n)
	}
	m.memory.chosen[what] = branch(pick)
	return pick
}

// life names a variable between two times that it was forgotten.
func (m *machine) life(name string) string {
	n := 0
	for _, f := range m.memory.forgotten {
		if f == name || strings.HasSuffix(f, ".") && strings.HasPrefix(name, f) {
			n++
		}
	}
	return fmt.Sprintf("%s, after %d", name, n)
}

// holdsGrant notes refresh requests, where choices are kept.
func (m *machine) holdsGrant(name string, v value) {
	if m.memory != nil && classOf(name) == classGrant && v == text("refresh_token") {
		m.memory.refreshes = true
	}
}

// reading is the answer that this run gives to a question.
func (m *machine) reading(q question) int {
	if r, ok := m.readings[q]; ok {
		return r
	}
	r := m.decide(answers(q), func() string { return string(q) }, strconv.Itoa)
	m.readings[q] = r
	if !m.tracing {
		return r
	}
	m.note("%s: answer %d of %d", q, r+1, answers(q))
	return r
}

// maybe is a turn of fate when a policy runs: wrong credentials, an expired token.
func (m *machine) maybe(p *modelPolicy, what string) bool {
	if m.decide(2, func() string {
		m.memory.times[p.Name]++
		return fmt.Sprintf("%s, %s, time %d", p.Name, what, m.memory.times[p.Name])
	}, strconv.Itoa) == 0 {
		return false
	}
	m.note("%s", what)
	return true
}

// resolve spells a variable in the one way in which the machine keeps it: header names ignore case, and message is the
// message of the side that the flow is on.
// Source: variables reference, message.
func (m *machine) resolve(name string) string {
	if rest, ok := strings.CutPrefix(name, "message."); ok {
		name = []string{"request.", "response.", "error."}[m.side] + rest
	}
	if strings.HasPrefix(name, "request.header.") || strings.HasPrefix(name, "response.header.") {
		name = strings.ToLower(name)
	}
	return name
}

func (m *machine) get(name string) value {
	name = m.resolve(name)
	if v, ok := m.vars[name]; ok {
		return v
	}
	if v, ok := m.constant(name); ok {
		return text(v)
	}
	v := m.input(name)
	m.vars[name] = v
	if m.tracing {
		m.note("%s is %s", name, v)
	}
	return v
}

// constant is the value of a variable that no policy can write.
func (m *machine) constant(name string) (string, bool) {
	switch name {
	case "environment.name":
		return m.env.Name, true
	case "organization.name":
		return "acme", true
	case "apiproxy.name":
		return m.org.Proxy.Name, true
	case "proxy.name":
		return m.proxyEndpoint, true
	}
	key, inSet := strings.CutPrefix(name, "propertyset.app.")
	v, ok := m.org.Properties[key]
	return v, ok && inSet
}

// input is the value of a variable that nothing has set: the client, a backend or the platform did, or nobody.
// A client that sends its grant type in the form and in the query sends the same in both.
func (m *machine) input(name string) value {
	options := m.domains.of(name)
	other := map[string]string{formGrant: queryGrant, queryGrant: formGrant}[name]
	if already := m.sent[other]; already.set && m.sent[name] == (value{}) {
		options = []value{already, {}}
	}
	v := options[m.decide(len(options), func() string { return m.life(name) }, func(i int) string { return options[i].String() })]
	m.holdsGrant(name, v)
	if other != "" {
		m.sent[name] = v
	}
	return v
}

func (m *machine) put(name string, v value) {
	name = m.resolve(name)
	if _, fixed := m.constant(name); fixed {
		return
	}
	m.vars[name] = v
	m.holdsGrant(name, v)
	if m.tracing {
		m.note("%s := %s", name, v)
	}
}

// unknown lets a variable have any value from now on; with a dot at the end, all that begin so.
func (m *machine) unknown(name string) {
	name = m.resolve(name)
	if m.memory != nil {
		m.memory.forgotten = append(m.memory.forgotten, name)
	}
	for v := range m.vars {
		if v == name || strings.HasSuffix(name, ".") && strings.HasPrefix(v, name) {
			delete(m.vars, v)
		}
	}
	delete(m.sent, name)
}

// run sends one request to one of the proxy's endpoints.
func (m *machine) run() {
	all := m.org.Proxy.Endpoints
	e := all[m.decide(len(all), func() string { return "endpoint" }, func(i int) string { return all[i].Name })]
	if m.tracing {
		m.note("request to proxy endpoint %s in %s", e.Name, m.env.Name)
	}
	m.proxyEndpoint = e.Name
	m.vars, m.sent, m.readings = map[string]value{}, map[string]value{}, map[question]int{}
	m.side = onRequest
	at, ok := m.pipeline(e)
	if m.ended = ok; !ok {
		m.fault(e, at)
	}
	// PostClientFlow comes last, for logging only: none of the policies here runs there.
}

// pipeline runs the request and the response. When something faults it says in which target endpoint; nil is the proxy
// endpoint.
func (m *machine) pipeline(e *modelEndpoint) (at *modelEndpoint, ok bool) {
	if !m.hook("PreProxyFlowHook") || !m.list("PreFlow, request", m.org.Proxy, e.Pre.Request) {
		return nil, false
	}
	chosen := m.choose(e)
	if !m.alternative(chosen, e, onRequest) || !m.list("PostFlow, request", m.org.Proxy, e.Post.Request) {
		return nil, false
	}
	t, called, ok := m.route(e)
	if !ok {
		return nil, false
	}
	if called && !m.target(t) {
		return t, false
	}
	m.side = onResponse
	m.forgetTargets()
	if !m.list("PreFlow, response", m.org.Proxy, e.Pre.Response) {
		return nil, false
	}
	if !m.alternative(m.again(e, chosen), e, onResponse) || !m.list("PostFlow, response", m.org.Proxy, e.Post.Response) {
		return nil, false
	}
	return nil, m.hook("PostProxyFlowHook")
}

// choose finds the conditional flow of a request: the first whose condition is true.
func (m *machine) choose(e *modelEndpoint) *modelFlow {
	for _, f := range e.Flows {
		if m.holds(f.Cond) {
			if m.tracing {
				m.note("flow %s is chosen%s", f.Name, because(f.Cond))
			}
			return f
		}
	}
	return nil
}

// again is the flow whose response steps run. The pages do not say whether it is the one that was chosen for the request
// or is chosen anew.
func (m *machine) again(e *modelEndpoint, chosen *modelFlow) *modelFlow {
	if len(e.Flows) == 0 || m.reading(flowsOfTheResponse) == 0 {
		return chosen
	}
	return m.choose(e)
}

// alternative runs one side of the flow that was chosen, if one was.
func (m *machine) alternative(f *modelFlow, e *modelEndpoint, s side) bool {
	ok := true
	if f != nil {
		list := f.Request
		if s == onResponse {
			list = f.Response
		}
		ok = m.list("flow "+f.Name, m.org.Proxy, list)
	}
	if m.demanded {
		for _, f := range e.Flows {
			m.forgetList(m.org.Proxy, f.Request)
			m.forgetList(m.org.Proxy, f.Response)
		}
	}
	return ok
}

// route finds where the request goes: the first true rule decides. A bare URL is called without a target endpoint.
func (m *machine) route(e *modelEndpoint) (t *modelEndpoint, called, ok bool) {
	for _, r := range e.Routes {
		if !m.holds(r.Cond) {
			continue
		}
		if m.tracing {
			m.note("route %s", r.Name)
		}
		switch {
		case r.URL:
			return nil, true, true
		case r.Target == "":
			return nil, false, true
		}
		i := slices.IndexFunc(m.org.Proxy.Targets, func(t *modelEndpoint) bool { return t.Name == r.Target })
		return m.org.Proxy.Targets[i], true, true
	}
	return nil, false, len(e.Routes) == 0 || m.reading(noRoute) == 0
}

// target calls a backend through a target endpoint, both ways; nil is a bare URL, where nothing runs, or the hooks only.
func (m *machine) target(t *modelEndpoint) bool {
	hooks := true
	if t == nil {
		t, hooks = &modelEndpoint{Name: "of a URL"}, m.reading(hooksOfAURL) == 1
	}
	if hooks && !m.hook("PreTargetFlowHook") || !m.list("target "+t.Name+", PreFlow, request", m.org.Proxy, t.Pre.Request) {
		return false
	}
	chosen := m.choose(t)
	if !m.alternative(chosen, t, onRequest) || !m.list("target PostFlow, request", m.org.Proxy, t.Post.Request) {
		return false
	}
	m.note("the backend answers")
	m.side = onResponse
	for _, p := range []string{"response.", "target.", "error."} {
		m.unknown(p)
	}
	if m.backendFails() || !m.list("target PreFlow, response", m.org.Proxy, t.Pre.Response) {
		return false
	}
	if !m.alternative(m.again(t, chosen), t, onResponse) {
		return false
	}
	return m.list("target PostFlow, response", m.org.Proxy, t.Post.Response) && (!hooks || m.hook("PostTargetFlowHook"))
}

// backendFails: an answer of 400 and above is a fault unless the endpoint's success.codes, which the model does not
// write, say otherwise; the machine allows for both.
func (m *machine) backendFails() bool {
	return m.domains.asksFor("response.status.code") && m.get("response.status.code").text >= "400" && m.reading(successCodes) == 1
}

// fault runs the fault rules of where it happened. Whether those of the proxy endpoint follow a target's is open.
func (m *machine) fault(e, at *modelEndpoint) {
	m.side = onFault
	m.note("fault")
	if at == nil {
		m.rules(e, true)
		return
	}
	done := m.rules(at, false)
	if way := m.reading(rulesAfterATarget); way == 2 || way == 1 && !done {
		m.rules(e, true)
	}
}

// rules tries the fault rules of an endpoint, a proxy's bottom to top, a target's top to bottom. One runs; the default
// rule does when none has or AlwaysEnforce says so, and not after a rule that faults itself.
func (m *machine) rules(e *modelEndpoint, bottomUp bool) bool {
	list := slices.Clone(e.FaultRules)
	if bottomUp {
		slices.Reverse(list)
	}
	done := false
	for _, r := range list {
		if m.holds(r.Cond) {
			done = true
			if !m.list("fault rule "+r.Name, m.org.Proxy, r.Steps) {
				return true
			}
			break
		}
	}
	if d := e.DefaultFault; d != nil && (!done || d.Always) && m.holds(d.Cond) {
		m.list("default fault rule", m.org.Proxy, d.Steps)
		done = true
	}
	return done
}

// hook runs the shared flow of a hook point. Its continueOnError is true by default and not to be seen in what the audit
// is given.
func (m *machine) hook(point string) bool {
	b := m.org.shared(m.env, m.env.Hooks[point])
	if b == nil {
		return true
	}
	ok := m.list(point, b, b.Steps) || m.reading(hooksContinue) == 0
	if m.demanded && m.mayFault(b.Steps, b) { // what stands behind the fault may not have been assigned
		m.forgetList(b, b.Steps)
	}
	return ok
}

// mayFault reports whether any of the steps can fault.
func (m *machine) mayFault(steps []*modelStep, b *modelBundle) bool {
	return slices.ContainsFunc(steps, func(s *modelStep) bool {
		switch p := b.policy(s.Policy); p.Kind {
		case kindAssign, kindRemove, kindExtract, kindScript, kindLookup:
			return false
		case kindCall:
			called := m.org.shared(m.env, p.SharedFlow)
			return called == nil || m.mayFault(called.Steps, called)
		default:
			return !p.Disabled
		}
	})
}

// list runs steps until one faults.
func (m *machine) list(what string, b *modelBundle, steps []*modelStep) bool {
	if len(steps) == 0 {
		return true
	}
	if m.tracing {
		m.note("%s", what)
	}
	m.depth++
	defer func() { m.depth-- }()
	for _, s := range steps {
		if !m.step(b, s) {
			return false
		}
	}
	return true
}

func (m *machine) step(b *modelBundle, s *modelStep) bool {
	p := b.policy(s.Policy)
	if p.Disabled {
		return true
	}
	ok := true
	if m.holds(s.Cond) {
		if m.tracing {
			m.note("%s%s", p.Name, because(s.Cond))
		}
		ok = m.execute(b, p, s.Cond == nil)
	}
	if m.demanded && s.Cond != nil {
		m.forgetPolicy(p)
	}
	if !ok {
		m.unknown(faultName)
		return p.Soft
	}
	return true
}

func because(c *modelCond) string {
	if c == nil {
		return ""
	}
	return ", because " + c.String()
}

func (m *machine) execute(b *modelBundle, p *modelPolicy, always bool) bool {
	id := ran{b.Name, p.Name}
	switch p.Kind {
	case kindIssue:
		return m.issue(p, id, always)
	case kindRefresh:
		g := m.get(p.grantVariable())
		if g != text("refresh_token") {
			m.refused[id] = true
			return m.demanded
		}
		if m.domains.faultsShow && m.maybe(p, "the refresh token is not good") {
			return false
		}
		m.did(id)
	case kindProbe:
		if m.domains.faultsShow && m.maybe(p, "there is no such token") {
			return false
		}
		m.did(id)
	case kindVerify:
		if m.maybe(p, "the access token is not good") {
			return false
		}
		for _, v := range verified() {
			m.unknown(v)
		}
	case kindRaise:
		if p.Soft && m.reading(softRaise) == 0 {
			return true
		}
		return false
	case kindCall:
		return m.call(p)
	default:
		return m.write(p)
	}
	return true
}

func (p *modelPolicy) grantVariable() string {
	if p.GrantType != "" {
		return p.GrantType
	}
	return formGrant
}

// accepted are the grants of GenerateAccessToken; without a list these two.
func (p *modelPolicy) accepted() []string {
	if len(p.Grants) == 0 {
		return []string{"authorization_code", "implicit"}
	}
	return p.Grants
}

// issue runs GenerateAccessToken, which faults for a grant that it does not list.
func (m *machine) issue(p *modelPolicy, id ran, always bool) bool {
	g := m.get(p.grantVariable())
	if !g.set || !slices.Contains(p.accepted(), g.text) {
		m.refused[id] = true
		return m.demanded && !always
	}
	if m.domains.faultsShow && m.maybe(p, "the credentials are not good") {
		return false
	}
	m.did(id)
	if m.served[id] == nil {
		m.served[id] = map[string]bool{}
	}
	m.served[id][g.text] = true
	return true
}

func (m *machine) did(id ran) {
	m.ran[id] = true
	if m.tracing {
		m.note("→ %s of %s did its work", id.policy, id.bundle)
	}
}

// call runs a shared flow. One that is not deployed in the environment is a fault. Whether parameters outlive the call
// is not said.
func (m *machine) call(p *modelPolicy) bool {
	b := m.org.shared(m.env, p.SharedFlow)
	if b == nil {
		m.forgetUnseen(p)
		return m.demanded
	}
	before := map[string]value{}
	for _, q := range p.Parameters {
		before[q.Name] = m.get(q.Name)
		v := value{}
		if q.From != "" {
			v = m.get(q.From)
		}
		if !v.set && q.Value != nil {
			v = text(*q.Value)
		}
		m.put(q.Name, v)
	}
	ok := m.list("shared flow "+b.Name, b, b.Steps)
	if len(p.Parameters) > 0 && m.reading(parametersAfter) == 1 {
		for name, v := range before {
			m.put(name, v)
		}
	}
	if m.demanded {
		for name := range before {
			m.unknown(name)
		}
	}
	return ok
}

// write runs a policy that sets a variable.
func (m *machine) write(p *modelPolicy) bool {
	switch p.Kind {
	case kindScript:
		m.put(p.To, text(*p.Value))
		m.forgetOpaque(p)
	case kindLookup:
		m.unknown(p.To)
	case kindExtract:
		if v := m.get(p.From); v.set {
			m.put(p.To, v)
		}
		m.forgetOpaque(p)
	case kindRemove:
		if !p.Bare || m.side == onRequest {
			m.put(p.To, value{})
		}
	case kindAssign:
		if p.Bare && m.side != onRequest {
			return true // AssignMessage without AssignTo works on the message of its side
		}
		m.assign(p)
	}
	return true
}

// assign runs AssignMessage. What a Ref that does not resolve leaves behind, and an unresolved template, is open.
func (m *machine) assign(p *modelPolicy) {
	switch {
	case p.From == "":
		m.put(p.To, text(*p.Value))
		return
	case m.get(p.From).set:
		m.put(p.To, m.get(p.From))
		return
	case p.Value != nil:
		m.put(p.To, text(*p.Value))
		return
	case strings.HasPrefix(p.To, "request.") || strings.HasPrefix(p.To, "response."):
		m.put(p.To, []value{text(""), {}}[m.reading(unresolvedTemplate)])
		return
	}
	switch m.reading(unresolvedRef) {
	case 0:
		m.put(p.To, value{})
	case 1:
		m.put(p.To, text(""))
	}
}

// forgetTargets, in a demanded run, lets everything that may be assigned on the way through a target have any value: the
// targets are alternatives.
func (m *machine) forgetTargets() {
	if !m.demanded {
		return
	}
	for _, t := range m.org.Proxy.Targets {
		for _, f := range append([]*modelFlow{&t.Pre, &t.Post}, t.Flows...) {
			m.forgetList(m.org.Proxy, f.Request)
			m.forgetList(m.org.Proxy, f.Response)
		}
	}
	for _, point := range []string{"PreTargetFlowHook", "PostTargetFlowHook"} {
		if b := m.org.shared(m.env, m.env.Hooks[point]); b != nil {
			m.forgetList(b, b.Steps)
		}
	}
}

// forgetOpaque: nobody asks the audit to know what code sets, or whether a pattern matched.
func (m *machine) forgetOpaque(p *modelPolicy) {
	if m.demanded {
		m.unknown(p.To)
	}
}

func (m *machine) forgetList(b *modelBundle, steps []*modelStep) {
	for _, s := range steps {
		m.forgetPolicy(b.policy(s.Policy))
	}
}

func (m *machine) forgetPolicy(p *modelPolicy) {
	if p.Disabled {
		return
	}
	for _, v := range p.writes() {
		m.unknown(v)
	}
	if p.Kind != kindCall {
		return
	}
	if b := m.org.shared(m.env, p.SharedFlow); b != nil {
		m.forgetList(b, b.Steps)
	} else {
		m.forgetUnseen(p)
	}
}

// forgetUnseen, in a demanded run, lets a call of a shared flow that is deployed nowhere set anything: what it would set is
// known to nobody.
func (m *machine) forgetUnseen(p *modelPolicy) {
	if m.demanded && !m.org.deployed(p.SharedFlow) {
		clear(m.vars)
		clear(m.sent)
	}
}

// pattern compiles a regular expression once.
func (m *machine) pattern(s string) *regexp.Regexp {
	re := m.domains.patterns[s]
	if re == nil {
		re = regexp.MustCompile(s)
		m.domains.patterns[s] = re
	}
	return re
}
