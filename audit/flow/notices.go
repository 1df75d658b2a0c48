package flow

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/internal/text"
)

// Notices says what the audit understood of the deployments and a person should know.
func (f *Facts) Notices() []apigee.Problem {
	var out []apigee.Problem
	for _, e := range f.Environments {
		out = append(out, e.notices()...)
	}
	return out
}

// noticing works out the notices of the environment when they are first asked for.
func (e *Environment) noticing() func() []apigee.Problem {
	return sync.OnceValue(func() []apigee.Problem { return slices.Concat(e.hookNotices(), e.missingCallees()) })
}

// missesCallee reports whether a shared flow is called that is not deployed. One that is deployed but unreadable is a problem of
// its own.
func (e *Environment) missesCallee(r *Site) bool {
	p := r.Policy
	return p.Type == bundle.TypeFlowCallout && len(e.sharedFlow(p.SharedFlow)) == 0 &&
		!e.absent[apigee.Ref{Kind: apigee.KindSharedFlow, Name: p.SharedFlow}]
}

// missingCallees says which shared flows are called and not deployed, once each, at the first bundle that calls it.
func (e *Environment) missingCallees() []apigee.Problem {
	callers := map[string][]*Policy{} // by shared flow, one policy a bundle
	for _, w := range e.Traces() {
		for _, r := range w.Sites {
			if !e.missesCallee(r) {
				continue
			}
			p := r.Policy
			if !slices.ContainsFunc(callers[p.SharedFlow], func(q *Policy) bool { return q.Program == p.Program }) {
				callers[p.SharedFlow] = append(callers[p.SharedFlow], p)
			}
		}
	}
	var out []apigee.Problem
	for _, name := range slices.Sorted(maps.Keys(callers)) {
		p := slices.MinFunc(callers[name], comparePolicies)
		line := e.facts.missingCallee(name)
		if n := len(callers[name]) - 1; n > 0 {
			line += fmt.Sprintf(" (called by %s more)", text.Count(n, "bundle"))
		}
		out = append(out, p.Program.Revision.About(apigee.Problem{
			Environment: e.Name, File: p.File, Line: int(p.CalloutSpan.Line), Column: int(p.CalloutSpan.Column),
			Operation: "call shared flow", Error: line,
		}))
	}
	return out
}

func (f *Facts) missingCallee(name string) string {
	switch {
	case f.Organization.Offline:
		return "shared flow " + text.Quote(name) + " is not among the scanned bundles; what it does is unknown"
	case len(f.sharedFlows[name]) > 0:
		return "shared flow " + text.Quote(name) + " is called but not deployed in this environment, so the call fails at run time"
	}
	return "shared flow " + text.Quote(name) + " is called but not deployed in any environment, so the call fails at run time and what it would do is unknown"
}

// hookNotices names the flow hooks whose shared flow is not deployed in the environment. Such a hook is in force and runs
// nothing, so a refresh flow that it should bring is not there.
func (e *Environment) hookNotices() []apigee.Problem {
	var out []apigee.Problem
	for _, point := range apigee.HookPoints() {
		name := e.hooks[point]
		if name == "" || len(e.sharedFlow(name)) > 0 || e.absent[apigee.Ref{Kind: apigee.KindSharedFlow, Name: name}] {
			continue // one that is deployed and unreadable is a problem of its own
		}
		out = append(out, apigee.Problem{
			Environment: e.Name, Operation: "run flow hook",
			Error: fmt.Sprintf("flow hook %s has shared flow %s attached, which is not deployed in this environment; what it would do is not part of any proxy there", point, text.Quote(name)),
		})
	}
	return out
}
