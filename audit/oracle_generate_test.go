package audit_test

import (
	"fmt"
	"slices"
	"strings"
)

// draw makes decisions from bytes. When they are spent every decision is the first one, which is the plainest.
type draw struct{ data []byte }

// below draws a number from 0 to n-1.
func (d *draw) below(n int) int {
	if len(d.data) == 0 || n < 2 {
		return 0
	}
	b := d.data[0]
	d.data = d.data[1:]
	return int(b) % n
}

// oneIn is true once in n times, and never when the bytes are spent.
func (d *draw) oneIn(n int) bool { return d.below(n) == n-1 }

func oneOf[T any](d *draw, list ...T) T { return list[d.below(len(list))] }

// generator makes a random organization. Its alphabets are small, so that conditions meet one another.
type generator struct {
	*draw
	// plain keeps to what the audit has to decide: no code, no copies, no fault rules, no continueOnError, and conditions
	// of equality and of paths without a star.
	plain bool
	org   *modelOrg
	// vars are those that the conditions of this organization speak of.
	vars  []string
	conds []*modelCond
}

// generate makes an organization of the bytes.
func generate(data []byte, plain bool) *modelOrg {
	g := &generator{draw: &draw{data}, plain: plain, org: &modelOrg{Properties: map[string]string{"mode": "a"}}}
	g.vars = []string{formGrant}
	for range 1 + g.below(3) {
		g.vars = append(g.vars, g.variable())
	}
	g.sharedFlows()
	g.org.Proxy = g.proxy()
	g.environments()
	return g.org
}

func (g *generator) variable() string {
	if g.plain {
		return oneOf(g.draw, "mode", "mode", "kind", "request.header.x-mode", "request.verb", "proxy.pathsuffix", "environment.name", "apiproxy.name",
			"propertyset.app.mode", "message.header.x-mode")
	}
	if g.below(5) < 3 {
		return oneOf(g.draw, "mode", "mode", "kind", "request.header.x-mode", "oauth.grant")
	}
	return oneOf(g.draw, "message.header.x-mode", "request.queryparam.mode", queryGrant, "message.formparam.grant_type", "request.verb",
		"proxy.pathsuffix", "response.status.code", "response.header.x-mode", "environment.name", "apiproxy.name", faultName, "scope",
		"propertyset.app.mode", "request.queryparam.n")
}

func (g *generator) sharedFlows() {
	all := g.vars
	defer func() { g.vars = all }()
	// What a shared flow sees of property sets is not documented.
	g.vars = slices.DeleteFunc(slices.Clone(all), func(v string) bool { return strings.HasPrefix(v, "propertyset.") })
	for i := range g.below(3) {
		revisions := 1
		if g.oneIn(3) {
			revisions = 2
		}
		for n := range revisions {
			b := &modelBundle{Name: fmt.Sprintf("s%d", i), Number: fmt.Sprint(n + 1)}
			b.Steps = g.steps(b, 1+g.below(3))
			g.org.Shared = append(g.org.Shared, b)
		}
	}
}

func (g *generator) environments() {
	names := []string{"dev"}
	if g.oneIn(3) {
		names = append(names, "prod")
	}
	points := []string{"PreProxyFlowHook", "PreTargetFlowHook", "PostTargetFlowHook", "PostProxyFlowHook"}
	for _, name := range names {
		e := &modelEnv{Name: name, Shared: map[string]string{}, Hooks: map[string]string{}}
		for _, b := range g.org.Shared { // the newest first revision of each, now and then the older, or none
			if e.Shared[b.Name] == "" || g.oneIn(2) {
				e.Shared[b.Name] = b.Number
			}
		}
		for _, b := range g.org.Shared {
			if g.oneIn(12) {
				delete(e.Shared, b.Name)
			}
		}
		for _, point := range points {
			if len(g.org.Shared) > 0 && g.oneIn(5) {
				if b := oneOf(g.draw, g.org.Shared...); e.Shared[b.Name] != "" {
					e.Hooks[point] = b.Name
				}
			}
		}
		g.org.Environments = append(g.org.Environments, e)
	}
}

func (g *generator) proxy() *modelBundle {
	b := &modelBundle{Name: "p", Number: "1"}
	for i := range g.below(3) {
		b.Targets = append(b.Targets, &modelEndpoint{Name: fmt.Sprintf("t%d", i)})
	}
	endpoints := 1
	if g.oneIn(12) {
		endpoints = 2
	}
	for i := range endpoints {
		e := &modelEndpoint{Name: fmt.Sprintf("e%d", i)}
		g.fill(b, e)
		for i, t := range b.Targets {
			if !g.oneIn(6) {
				r := &modelRoute{Name: fmt.Sprintf("r%d", i), Target: t.Name}
				if g.oneIn(2) {
					r.Cond = g.cond(1)
				}
				e.Routes = append(e.Routes, r)
			}
		}
		if g.oneIn(3) {
			e.Routes = append(e.Routes, &modelRoute{Name: "rest", URL: g.oneIn(4)})
		}
		if g.oneIn(16) {
			e.PostClient = []*modelStep{{Policy: g.policy(b, kindProbe).Name}}
		}
		b.Endpoints = append(b.Endpoints, e)
	}
	for _, t := range b.Targets {
		g.fill(b, t)
	}
	return b
}

// fill attaches policies to an endpoint.
func (g *generator) fill(b *modelBundle, e *modelEndpoint) {
	e.Pre.Request = g.steps(b, g.below(4))
	for i := range g.below(4) {
		f := &modelFlow{Name: fmt.Sprintf("%s-f%d", e.Name, i)}
		if !g.oneIn(8) {
			f.Cond = g.cond(2)
		}
		f.Request = g.steps(b, g.below(4))
		f.Response = g.steps(b, g.below(3)-g.below(2))
		e.Flows = append(e.Flows, f)
	}
	e.Post.Request = g.steps(b, g.below(3))
	e.Pre.Response = g.steps(b, g.below(4)-2)
	e.Post.Response = g.steps(b, g.below(4)-1)
	if g.oneIn(3) {
		g.scene(b, e)
	}
	if g.plain || !g.oneIn(4) {
		return
	}
	for i := range g.below(3) {
		r := &modelRule{Name: fmt.Sprintf("%s-x%d", e.Name, i), Steps: g.steps(b, g.below(3))}
		if !g.oneIn(4) {
			r.Cond = g.cond(1)
		}
		e.FaultRules = append(e.FaultRules, r)
	}
	if g.oneIn(2) {
		e.DefaultFault = &modelRule{Name: "default", Steps: g.steps(b, 1+g.below(2)), Always: g.oneIn(2)}
		if g.oneIn(3) {
			e.DefaultFault.Cond = g.cond(1)
		}
	}
}

// scene adds a few steps that belong together, of kinds that chance alone seldom brings together.
func (g *generator) scene(b *modelBundle, e *modelEndpoint) {
	if len(e.Flows) == 0 {
		e.Flows = append(e.Flows, &modelFlow{Name: e.Name + "-scene", Cond: g.cond(1)})
	}
	f := oneOf(g.draw, e.Flows...)
	variable := oneOf(g.draw, "mode", "kind")
	is := func(variable, v string) *modelCond { return &modelCond{Op: opEqual, Variable: variable, Right: v} }
	token := func(c *modelCond) *modelStep {
		return &modelStep{Policy: g.policy(b, oneOf(g.draw, kindProbe, kindRefresh, kindIssue)).Name, Cond: c}
	}
	set := func(v string) *modelStep {
		return &modelStep{Policy: g.add(b, &modelPolicy{Kind: kindAssign, To: variable, Value: &v}).Name}
	}
	later := oneOf(g.draw, &e.Post.Request, &e.Pre.Response, &e.Post.Response, &f.Response)
	switch g.below(5) {
	case 0: // an alternative assigns what was assigned before, and somebody asks behind it
		e.Pre.Request = append(e.Pre.Request, set("b"))
		f.Request = append(f.Request, set("a"))
		*later = append(*later, token(is(variable, oneOf(g.draw, "a", "b"))))
	case 1: // a fault takes what a later step asks for, or leaves it
		c := g.cond(1)
		e.Pre.Request = append(e.Pre.Request, &modelStep{Policy: g.policy(b, kindRaise).Name, Cond: c})
		if g.oneIn(2) {
			c = &modelCond{Op: "not", Kids: []*modelCond{c.copied()}}
		}
		*later = append(*later, token(c.copied()))
	case 2: // a step inside a flow asks for more than its flow
		f.Request = append(f.Request, token(is(formGrant, oneOf(g.draw, "refresh_token", "password"))))
	case 3: // an issuing step in front of the refreshing one
		f.Request = append(f.Request, &modelStep{Policy: g.policy(b, kindIssue).Name}, &modelStep{Policy: g.policy(b, kindRefresh).Name})
	case 4:
		if g.plain { // a value is set, and asked for in the response
			f.Request = append(f.Request, set("a"))
			f.Response = append(f.Response, token(is(variable, oneOf(g.draw, "a", "b"))))
			return
		}
		// a copy of something that may be absent
		from := oneOf(g.draw, "request.header.x-mode", "request.queryparam.mode")
		to := oneOf(g.draw, variable, "request.queryparam.mode")
		f.Cond = oneOf(g.draw, f.Cond, &modelCond{Op: opEqual, Variable: from, RightAs: asNull})
		f.Request = append(f.Request, &modelStep{Policy: g.add(b, &modelPolicy{Kind: kindAssign, To: to, From: from}).Name})
		f.Request = append(f.Request, token(&modelCond{Op: oneOf(g.draw, opEqual, opNotEqual), Variable: to, RightAs: asNull}))
	}
}

func (g *generator) steps(b *modelBundle, n int) []*modelStep {
	var out []*modelStep
	for range n {
		p := g.attached(b)
		st := &modelStep{Policy: p.Name}
		switch {
		case g.plain && p.Kind == kindAssign:
		case p.Kind == kindAssign && g.below(3) > 0, p.Kind == kindRaise && g.below(3) == 0:
		case g.oneIn(2):
			st.Cond = g.cond(2)
		case p.Kind == kindRefresh && g.oneIn(2):
			st.Cond = &modelCond{Op: opEqual, Variable: formGrant, Right: "refresh_token"}
		}
		out = append(out, st)
	}
	return out
}

// attached is a policy for a step: one that is there already, or a new one.
func (g *generator) attached(b *modelBundle) *modelPolicy {
	if len(b.Policies) > 0 && g.oneIn(4) {
		return oneOf(g.draw, b.Policies...)
	}
	kinds := []kind{
		kindProbe, kindIssue, kindRefresh, kindAssign, kindRaise, kindProbe, kindIssue, kindRefresh, kindRefresh, kindAssign, kindAssign, kindAssign,
		kindRaise, kindCall,
	}
	if !g.plain && g.oneIn(5) {
		kinds = []kind{kindAssign, kindVerify, kindRemove, kindExtract, kindScript, kindLookup}
	}
	return g.policy(b, oneOf(g.draw, kinds...))
}

func (g *generator) policy(b *modelBundle, k kind) *modelPolicy {
	if k == kindCall {
		callable := slices.DeleteFunc(slices.Clone(g.org.Shared), func(s *modelBundle) bool { return s.Name >= b.Name && b.Name != "p" })
		if len(callable) == 0 {
			k = kindProbe
		} else {
			p := &modelPolicy{Kind: k, SharedFlow: oneOf(g.draw, callable...).Name}
			if g.oneIn(3) {
				p.Parameters = append(p.Parameters, g.parameter())
			}
			return g.add(b, p)
		}
	}
	p := &modelPolicy{Kind: k}
	switch k {
	case kindIssue:
		p.Grants = oneOf(g.draw, []string{"password"}, []string{"password", "client_credentials"}, []string{"authorization_code", "password"},
			[]string{"client_credentials"}, nil)
		p.GrantType = g.grantVariable()
	case kindRefresh:
		p.GrantType = g.grantVariable()
	case kindAssign, kindRemove, kindExtract, kindScript, kindLookup:
		g.target(p)
	}
	return g.add(b, p)
}

func (g *generator) add(b *modelBundle, p *modelPolicy) *modelPolicy {
	p.Name = fmt.Sprintf("%s-%d", p.Kind, len(b.Policies)+1)
	if b.Name != "p" {
		p.Name = b.Name + "-" + p.Name
	}
	p.Disabled = g.oneIn(16)
	p.Soft = !g.plain && g.oneIn(8)
	b.Policies = append(b.Policies, p)
	return p
}

func (g *generator) grantVariable() string {
	if g.plain || !g.oneIn(5) {
		return ""
	}
	return oneOf(g.draw, queryGrant, "oauth.grant", formGrant)
}

func (g *generator) parameter() *modelParameter {
	q := &modelParameter{Name: oneOf(g.draw, "mode", "kind")}
	if !g.plain && g.oneIn(3) {
		q.From = g.source(classMode)
		return q
	}
	v := oneOf(g.draw, "a", "b")
	q.Value = &v
	return q
}

// target fills in what a policy writes.
func (g *generator) target(p *modelPolicy) {
	writable := []string{"mode", "mode", "kind"}
	if g.plain {
		writable = append(writable, formGrant, "request.header.x-mode")
	} else {
		writable = append(writable, "oauth.grant", formGrant, "request.header.x-mode", "request.queryparam.mode", queryGrant)
	}
	switch p.Kind {
	case kindRemove:
		writable = []string{formGrant, "request.header.x-mode", "request.queryparam.mode"}
		p.Bare = g.oneIn(3)
	case kindExtract, kindScript, kindLookup:
		writable = []string{"mode", "kind", "oauth.grant"}
	}
	tested := slices.DeleteFunc(slices.Clone(g.vars), func(v string) bool { return !slices.Contains(writable, v) })
	if len(tested) > 0 && g.below(3) > 0 {
		writable = tested
	}
	p.To = oneOf(g.draw, writable...)
	c := classOf(p.To)
	copies := p.Kind == kindExtract || p.Kind == kindAssign && !g.plain && g.oneIn(4)
	if copies {
		p.From = g.source(c)
		if p.Kind == kindExtract && c == classMode {
			p.From = oneOf(g.draw, "request.header.x-mode", "request.queryparam.mode")
		} else if p.Kind == kindExtract {
			p.From = oneOf(g.draw, formGrant, queryGrant)
		}
	}
	if copies && g.oneIn(2) {
		g.vars = append(g.vars, p.From, p.To)
	}
	// A part of a message has no fallback.
	if p.Kind == kindAssign && (!copies || g.oneIn(3) && !isPart(p.To)) || p.Kind == kindScript {
		v := g.literal(c)
		p.Value = &v
	}
	if p.Kind == kindAssign && isPart(p.To) && !g.plain {
		p.Bare = g.oneIn(4)
	}
}

func isPart(variable string) bool {
	return len(variable) > len("request.") && variable[:len("request.")] == "request."
}

func (g *generator) source(c class) string {
	if c == classGrant {
		return oneOf(g.draw, formGrant, queryGrant, "oauth.grant", "mode")
	}
	return oneOf(g.draw, "request.header.x-mode", "request.queryparam.mode", "mode", "kind")
}

func (g *generator) literal(c class) string {
	switch c {
	case classGrant:
		return oneOf(g.draw, "password", "refresh_token", "client_credentials", "authorization_code")
	case classVerb:
		return oneOf(g.draw, "POST", "GET")
	case classStatus:
		return oneOf(g.draw, "200", "401")
	case classFault:
		return "RaiseFault"
	case classNumber:
		return oneOf(g.draw, "3", "5")
	}
	return oneOf(g.draw, "a", "b")
}

// cond draws a condition; one drawn before comes again often, as it is or denied.
func (g *generator) cond(depth int) *modelCond {
	c := g.newCond(depth)
	g.conds = append(g.conds, c)
	return c
}

func (g *generator) newCond(depth int) *modelCond {
	style := g.below(3)
	switch choice := g.below(12); {
	case choice >= 7 && choice <= 8 && depth > 0:
		return &modelCond{Op: oneOf(g.draw, "and", "and", "or"), Style: style, Kids: []*modelCond{g.newCond(depth - 1), g.newCond(depth - 1)}}
	case choice == 9 && len(g.conds) > 0:
		return oneOf(g.draw, g.conds...).copied()
	case choice == 10 && len(g.conds) > 0:
		return &modelCond{Op: "not", Style: style, Kids: []*modelCond{oneOf(g.draw, g.conds...).copied()}}
	case choice == 11 && g.oneIn(4):
		return oneOf(g.draw, &modelCond{Op: "true"}, &modelCond{Op: "false"}, &modelCond{Op: opEqual, Number: "1", RightAs: asNumber, Right: "2"},
			&modelCond{Op: opEqual, Number: "1", RightAs: asNumber, Right: "1"})
	}
	return g.comparison(style)
}

func (c *modelCond) copied() *modelCond {
	out := *c
	out.Kids = nil
	for _, k := range c.Kids {
		out.Kids = append(out.Kids, k.copied())
	}
	return &out
}

func (g *generator) comparison(style int) *modelCond {
	c := &modelCond{Op: opEqual, Variable: oneOf(g.draw, g.vars...), Style: style}
	switch class := classOf(c.Variable); class {
	case classPath:
		g.pathTest(c)
		return c
	case classStatus, classNumber:
		c.Op = oneOf(g.draw, opEqual, opNotEqual, opAtLeast, opLess)
		c.RightAs, c.Right = asNumber, g.literal(class)
		return c
	case classConstant:
		c.Right = oneOf(g.draw, "dev", "prod", "a", "p")
		c.Op = oneOf(g.draw, opEqual, opNotEqual)
		return c
	default:
		c.Right = g.literal(class)
	}
	switch c.Op = oneOf(g.draw, opEqual, opEqual, opEqual, opNotEqual, opNotEqual, ""); {
	case c.Op != "":
	case classOf(c.Variable) == classVerb: // a request has a verb
		c.Op = opEqual
	case g.oneIn(2) || g.plain:
		c.Op, c.Right, c.RightAs = oneOf(g.draw, opEqual, opNotEqual), "", asNull
	default:
		g.oddTest(c)
	}
	if classOf(c.Variable) == classMode && style == 2 && !g.plain {
		c.Variable = spelledOtherwise(c.Variable)
	}
	return c
}

// spelledOtherwise: header names ignore case.
func spelledOtherwise(variable string) string {
	if variable == "request.header.x-mode" {
		return "request.header.X-Mode"
	}
	return variable
}

func (g *generator) oddTest(c *modelCond) {
	switch c.Op = oneOf(g.draw, opEqualFold, opStartsWith, opMatches, opJavaRegex, ""); c.Op {
	case opStartsWith:
		c.Right = c.Right[:1]
	case opMatches:
		c.Right = c.Right[:1] + "*"
	case opJavaRegex:
		c.Right += "|" + g.literal(classOf(c.Variable))
	case "":
		c.Op, c.RightAs, c.Right = opEqual, asVariable, oneOf(g.draw, g.vars...)
	}
}

func (g *generator) pathTest(c *modelCond) {
	c.Op = opMatchesPath
	if g.plain {
		c.Right = oneOf(g.draw, "/token", "/refresh")
		return
	}
	c.Right = oneOf(g.draw, "/token", "/refresh", "/token/**", "/*", "/**")
	if g.oneIn(4) {
		c.Op, c.Right = oneOf(g.draw, opEqual, opStartsWith), oneOf(g.draw, "/token", "/")
	}
}
