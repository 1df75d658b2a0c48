// Package audit works out what the flows of deployed proxies really do with refresh tokens, in every environment, and turns it
// into findings. It is the engine: [Run] reads the bundles that an [inventory.Source] brings, has package flow follow them and package
// records read what the organization's own records add, judges every bundle that issues, runs the rules, and merges and narrows
// what these report. It reaches no network. The rules themselves are in package rules.
package audit

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/audit/records"
	"apigee-audit/internal/crew"
)

// Options are the choices of one audit.
type Options struct {
	Rules []*Rule
	// Concurrency bounds how many bundles are in work at once, from the request for one to the end of reading it; at least 1.
	Concurrency int
	Limits      bundle.Limits
	// Progress, when set, is called one call at a time after each revision, with how many of the total are done.
	Progress func(done, total int)
	// Environments and Proxies are globs (path.Match) that narrow what is reported, never what is searched.
	Environments, Proxies []string
	MinSeverity           finding.Severity
	MinConfidence         finding.Confidence
	// Now tells the time; nil is the system's clock.
	Now func() time.Time
	// Evidence says which of the organization's own records are read besides its bundles.
	Evidence records.Options
	// EvidenceFrom gives those; nil where there are none, as for bundles on disk.
	EvidenceFrom inventory.EvidenceSource
	// Settings are the choices that rules depend on; what is not set has its default.
	Settings finding.Settings
	// Exceptions are the findings that are accepted.
	Exceptions []Exception
	// IgnoreComments keeps comments in policies from accepting findings.
	IgnoreComments bool
	// AllRules are all rules there are, which comments may name; nil is Rules.
	AllRules []*Rule
	// Refreshes asks for how tokens are refreshed where that is no finding: [finding.Result.Refreshes].
	Refreshes bool
}

// grace is how long the analysis of what was read may go on when the context ends. The report is to be there within two
// seconds, and whoever runs several organizations waits for each of them for one.
const grace = 500 * time.Millisecond

// linger is a context that ends a while after another, for the same cause.
func linger(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, func() {
		time.AfterFunc(d, func() { cancel(context.Cause(ctx)) })
	})
	return lasting, func() {
		unhook()
		cancel(nil)
	}
}

// Run audits one organization. The error is for an organization that could not be looked at at all; whatever else went
// wrong is in the result's problems. When the context ends, what was read by then is judged and the rest is a problem.
func Run(ctx context.Context, src inventory.Source, o Options) (*finding.Result, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Limits == (bundle.Limits{}) {
		o.Limits = bundle.DefaultLimits()
	}
	started := o.Now()
	units := newIntake(o.Limits)
	inv, err := inventory.Collect(ctx, src, inventory.CollectOptions{Concurrency: o.Concurrency, Progress: o.Progress, Listed: units.listed, Done: units.done}, units.keep)
	if err != nil {
		return nil, err
	}
	units.renew(ctx, src, o.Concurrency)
	units.noteCopies(inv.Copies)
	lasting, stop := linger(ctx, grace)
	defer stop()
	facts := flow.Analyze(lasting, inv.Organization, inv.Deployments, inv.FlowHooks, units.byRevision, slices.Concat(inv.Problems, units.problems()))
	res := &finding.Result{
		Organization: inv.Organization, StartedAt: started,
		Deployments: len(inv.Deployments), Revisions: inv.Revisions, Audited: facts.Revisions,
		Problems: slices.Concat(facts.Unread, facts.Simplified, inv.Partly), Notices: slices.Concat(inv.Notices, units.notices(), facts.Notices()),
	}
	rec, missing := records.Read(ctx, o.EvidenceFrom, facts, o.Evidence, o.Concurrency, started)
	res.Problems = append(slices.Clip(res.Problems), missing...)
	res.Notices = append(slices.Clip(res.Notices), rec.Notices()...)
	var found []*diagnostic
	verdicts := judgeAll(facts, rec)
	for _, p := range o.check(Pass{Facts: facts, Records: rec, Verdicts: verdicts, Settings: o.Settings.Completed()}) {
		found = append(found, p.found...)
	}
	if o.Refreshes {
		res.Refreshes = refreshes(facts, verdicts)
	}
	if facts.Over() {
		res.Problems = append(res.Problems, apigee.Problem{
			Operation: "apply rules", Error: "the audit ended before every rule had looked at everything (" + flow.WhyEnded(ctx) + "); findings may be missing",
		})
	}
	findings := merge(inv.Organization, found)
	rec.Annotate(findings)
	o.applyExceptions(res, findings, units.sorted())
	res.StoredTokens = rec.StoredTokens()
	res.Inventory = facts.Inventory()
	for _, list := range [][]apigee.Problem{res.Problems, res.Notices} {
		for i := range list {
			list[i].Organization = inv.Organization.Name
		}
		slices.SortStableFunc(list, apigee.CompareProblems)
	}
	res.FinishedAt = o.Now()
	return res, nil
}

// applyExceptions marks the findings that configuration and comments accept, before the options leave any out: an exception for
// a finding that is not shown is used all the same.
func (o Options) applyExceptions(res *finding.Result, findings []finding.Finding, units []*flow.Program) {
	all := slices.Clone(o.Exceptions)
	if !o.IgnoreComments {
		known := o.AllRules
		if known == nil {
			known = o.Rules
		}
		comments, notices := exceptions(units, known)
		all = append(all, comments...)
		res.Notices = append(res.Notices, notices...)
	}
	findings, res.Matched, res.Aliases = suppress(findings, all, parted(o.Rules), o.Now())
	res.Notices = append(res.Notices, o.unusedComments(all[len(o.Exceptions):], res.Matched, len(o.Exceptions), res)...)
	res.Findings, res.LeftOut = o.narrow(findings)
}

// check runs the rules side by side, each with a pass of its own over the same facts, records and verdicts, which are only
// read. The passes come in the order of the rules.
func (o Options) check(known Pass) []*Pass {
	passes := make([]*Pass, len(o.Rules))
	crew.Each(len(o.Rules), runtime.GOMAXPROCS(0), func(i int) {
		p := known
		p.rule = o.Rules[i]
		passes[i] = &p
		p.rule.Check(&p)
	})
	return passes
}

// narrow keeps what the options ask to see, and notes the rest.
func (o Options) narrow(findings []finding.Finding) (out []finding.Finding, rest []finding.LeftOut) {
	rest = []finding.LeftOut{}
	for _, f := range findings {
		if !o.shows(&f) {
			rest = append(rest, leftOut(&f))
			continue
		}
		f.Deployments = slices.DeleteFunc(f.Deployments, func(d finding.Deployed) bool { return !matches(o.Environments, d.Environment) })
		f.Message += whereItRuns(f.Deployments)
		out = append(out, f)
	}
	return out, rest
}

// whereItRuns says of which deployments not every server may run the revision, and so have the finding; "" for none.
func whereItRuns(deployments []finding.Deployed) string {
	const most = 3
	var said []string
	for _, d := range deployments {
		if d.Partly != "" {
			said = append(said, fmt.Sprintf(" In %s, revision %s %s.", d.Environment, d.Revision, d.Partly))
		}
	}
	if more := len(said) - most; more > 1 {
		said = append(said[:most], fmt.Sprintf(" In %d more environments, it may not run on every server either.", more))
	}
	return strings.Join(said, "")
}

// shows reports whether any of a finding's deployments is to be reported.
func (o Options) shows(f *finding.Finding) bool {
	return f.Severity >= o.MinSeverity && f.Confidence >= o.MinConfidence && matches(o.Proxies, f.Name) &&
		slices.ContainsFunc(f.Deployments, func(d finding.Deployed) bool { return matches(o.Environments, d.Environment) })
}

func matches(globs []string, name string) bool {
	return len(globs) == 0 || slices.ContainsFunc(globs, func(g string) bool {
		ok, err := path.Match(g, name)
		return ok && err == nil
	})
}

func leftOut(f *finding.Finding) finding.LeftOut {
	return finding.LeftOut{Organization: f.Organization, RuleID: f.RuleID, Fingerprint: f.Fingerprint, SharedFingerprint: f.SharedFingerprint}
}
