package audit

import (
	"context"

	"apigee-audit/apigee"
)

// Options are the choices of one audit.
type Options struct {
	Rules []*Rule
	// Concurrency bounds how many bundles are downloaded at once; at least 1.
	Concurrency int
	// Progress, when set, is called one call at a time after each revision, with how many of the total are done.
	Progress func(done, total int)
	// Environments and Proxies are globs (path.Match) that narrow what is reported, never what is searched.
	Environments, Proxies []string
	MinSeverity           Severity
	MinConfidence         Confidence
}

// Run audits one organization. The error is for an organization that could not be looked at at all; whatever else went
// wrong is in the result's problems.
func Run(ctx context.Context, src apigee.Source, o Options) (*Result, error) {
	return runPlaceholder(ctx, src, o)
}

// Pass is what a rule sees.
type Pass struct{}
