package flow

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

// walked lists the programs of the environment that are walked by themselves, each with whether its callers are not in sight.
func (e *Environment) walked() (programs []*Program, presumed []bool) {
	called := map[string]bool{}
	for _, u := range e.Programs() {
		for _, p := range u.Policies {
			if p.SharedFlow != "" {
				called[p.SharedFlow] = true
			}
		}
	}
	for _, u := range e.Programs() {
		shared := u.Revision.Kind == apigee.KindSharedFlow
		if shared && (!e.facts.Organization.Offline || called[u.Revision.Name]) {
			continue
		}
		programs, presumed = append(programs, u), append(presumed, shared)
	}
	return programs, presumed
}

// signature names everything that decides how a proxy's walk comes out.
func (e *Environment) signature(u *Program) string {
	var b strings.Builder
	seen := map[*Program]bool{}
	usesEnvironment := false
	var add func(u *Program)
	add = func(u *Program) {
		if seen[u] {
			return
		}
		seen[u] = true
		usesEnvironment = usesEnvironment || u.usesEnvironment
		fmt.Fprintf(&b, "%p\n", u)
		for _, p := range u.Policies {
			if p.SharedFlow == "" {
				continue
			}
			if e.unseen(p.SharedFlow) {
				fmt.Fprintf(&b, "unseen %s\n", p.SharedFlow)
			}
			for _, s := range e.sharedFlow(p.SharedFlow) {
				add(s)
			}
		}
	}
	add(u)
	for _, point := range apigee.HookPoints() {
		b.WriteString(point + "\n")
		if e.unseen(e.hooks[point]) {
			fmt.Fprintf(&b, "unseen %s\n", e.hooks[point])
		}
		for _, s := range e.hook(point) {
			fmt.Fprintf(&b, "%p\n", s)
			add(s)
		}
	}
	if usesEnvironment {
		b.WriteString("environment " + e.Name)
	}
	return b.String()
}

func (e *Environment) walk(u *Program, presumed bool, a *analysis, space *workspace) *Trace {
	trace := &Trace{Program: u, Presumed: presumed, programs: []*Program{u}}
	effort := a.effort(u, space)
	w := &walker{trace: trace, scope: e, space: space, effort: effort, over: a.over, constants: map[string]string{}, unconditional: !e.tokensNear(u)}
	before := effort.Left()
	defer func() {
		trace.effort = before - effort.Left()
		trace.Simplified = trace.Simplified || effort.Spent()
		trace.conclude()
	}()
	if !w.unconditional {
		w.writes, w.reads = map[*Policy][]write{}, map[string]bool{grantTypeForm: true, grantTypeQuery: true}
		e.addReads(u, w.reads, map[*Program]bool{})
		for _, name := range e.hooks {
			for _, s := range e.sharedFlow(name) {
				e.addReads(s, w.reads, map[*Program]bool{})
			}
		}
	}
	if !e.facts.Organization.Offline {
		w.constants["environment.name"] = e.Name
		w.constants["organization.name"] = e.facts.Organization.Name
	}
	if presumed {
		w.sharedFlow(state{}, u, false)
		return trace
	}
	w.constants["apiproxy.name"] = u.Revision.Name
	if u.Revision.Number != "" {
		w.constants["apiproxy.revision"] = u.Revision.Number
	}
	for _, ep := range u.endpoints {
		if ep.Role == bundle.ProxyEndpoint {
			w.proxyEndpoint(u, ep)
		}
	}
	return trace
}

// addReads collects the variables that decide something in a bundle and in the shared flows it calls.
func (e *Environment) addReads(u *Program, reads map[string]bool, seen map[*Program]bool) {
	if seen[u] {
		return
	}
	seen[u] = true
	for _, v := range u.reads {
		reads[v] = true
	}
	for _, p := range u.Policies {
		for _, s := range e.sharedFlow(p.SharedFlow) {
			e.addReads(s, reads, seen)
		}
	}
}

// tokenFlows are the shared flows deployed here that handle refresh tokens, themselves or through one they call.
func (e *Environment) tokenFlows() map[string]bool {
	callers := map[string][]string{}
	var handling []string
	for name, units := range e.sharedFlows {
		for _, u := range units {
			if u.handlesTokens {
				handling = append(handling, name)
			}
			for _, p := range u.Policies {
				if p.SharedFlow != "" {
					callers[p.SharedFlow] = append(callers[p.SharedFlow], name)
				}
			}
		}
	}
	found := map[string]bool{}
	for len(handling) > 0 {
		name := handling[len(handling)-1]
		handling = handling[:len(handling)-1]
		if !found[name] {
			found[name] = true
			handling = append(handling, callers[name]...)
		}
	}
	return found
}

// tokensIn reports whether a shared flow deployed here, or one it calls, handles refresh tokens.
func (e *Environment) tokensIn(sharedFlow string) bool { return e.tokens[sharedFlow] }

// tokensNear reports whether a proxy, a shared flow it may call or one hooked here handles refresh tokens.
func (e *Environment) tokensNear(u *Program) bool {
	if u.handlesTokens {
		return true
	}
	for _, p := range u.Policies {
		if p.SharedFlow != "" && e.tokensIn(p.SharedFlow) {
			return true
		}
	}
	for _, name := range e.hooks {
		if e.tokensIn(name) {
			return true
		}
	}
	return false
}

// callable lists the shared flows a proxy may call by the policies of its bundles, with the policy that names each,
// whether or not that policy can run.
func (e *Environment) callable(w *Trace) []callee {
	var out []callee
	seen := map[string]bool{}
	var add func(from, entry *Policy)
	add = func(from, entry *Policy) {
		name := from.SharedFlow
		if name == "" || seen[name] {
			return
		}
		seen[name] = true
		deployed := e.sharedFlow(name)
		units := deployed
		if len(units) == 0 {
			units = e.facts.sharedFlows[name]
		}
		out = append(out, callee{name: name, policy: from, entry: entry, programs: units, deployed: len(deployed) > 0})
		for _, u := range units {
			for _, p := range u.Policies {
				add(p, entry)
			}
		}
	}
	for _, p := range w.Program.Policies {
		add(p, p)
	}
	return out
}

// callee is a shared flow that a proxy may call.
type callee struct {
	name     string
	policy   *Policy    // the FlowCallout that names it
	entry    *Policy    // the FlowCallout of the proxy itself that leads here
	programs []*Program // deployed in the environment, else whatever is known of it
	deployed bool
}

// UnknownCallees lists the shared flows that a walk calls and whose content is not known in any environment, sorted.
func (e *Environment) UnknownCallees(w *Trace) []string {
	var out []string
	for _, r := range w.Sites {
		if name := r.Policy.SharedFlow; name != "" && len(e.facts.sharedFlows[name]) == 0 && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, point := range apigee.HookPoints() {
		if name := e.hooks[point]; name != "" && len(e.facts.sharedFlows[name]) == 0 && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
