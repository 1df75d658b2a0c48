package cli

import (
	"context"
	"runtime"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/fix"
	"apigee-audit/cmd/apigee-audit/internal/config"
)

// fixOptions are the choices as the search for fixes takes them.
func fixOptions(c *config.Choices) fix.Options {
	return fix.Options{
		RefreshLifetime: c.RefreshLifetime, StopIssuing: c.StopIssuing,
		Concurrency: runtime.GOMAXPROCS(0),
	}
}

// proposeFixes gives the findings of an audit their fixes. That the time is up before all of them have been looked at leaves
// the audit as complete as it is.
func proposeFixes(ctx context.Context, c *config.Choices, read *audit.Audit, r *finding.Result) {
	err := fix.Propose(ctx, read, r, fixOptions(c))
	if err == nil {
		return
	}
	r.Notices = append(r.Notices, apigee.Problem{
		Organization: r.Organization.Name, Operation: "look for fixes",
		Error: reason(ctx, err) + "; findings with neither fixes nor a reason why there are none were not looked at",
	})
}
