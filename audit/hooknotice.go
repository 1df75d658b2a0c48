package audit

import (
	"fmt"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

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
