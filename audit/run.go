// Package audit works out what the flows of deployed proxies really do with refresh tokens, in every environment, and turns it
// into findings. It is the engine: [Run] reads the bundles that an [inventory.Source] brings, has package flow follow them and package
// records read what the organization's own records add, judges every bundle that issues, runs the rules, and merges and narrows
// what these report. It reaches no network. The rules themselves are in package rules.
package audit

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
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
	// Keep keeps the archives of bundles for [Audit.Archive], as far as there is room; those that handle tokens before others.
	Keep bool
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

// Audit is an organization as it was read, and what its flows do.
type Audit struct {
	options Options
	source  inventory.Source
	started time.Time
	units   *intake
	inv     *inventory.Inventory
	facts   *flow.Facts
	records *records.Records
	missing []apigee.Problem // of records
	why     func() string    // the audit ended, if it did
	stop    func()
	judging sync.Once
	judged  *judged
	// evidence is the inventory, once for all who ask. It is not to be changed.
	evidence func() []finding.Evidence
}

// Close releases what an audit holds. What was read can no longer be judged then.
func (a *Audit) Close() { a.stop() }

// Run audits one organization. The error is for an organization that could not be looked at at all; whatever else went
// wrong is in the result's problems. When the context ends, what was read by then is judged and the rest is a problem.
func Run(ctx context.Context, src inventory.Source, o Options) (*finding.Result, error) {
	a, err := Read(ctx, src, o)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	return a.Result(), nil
}

// Read reads an organization and works out what its flows do. The error is as that of [Run]. [Audit.Close] it afterwards.
func Read(ctx context.Context, src inventory.Source, o Options) (*Audit, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Limits == (bundle.Limits{}) {
		o.Limits = bundle.DefaultLimits()
	}
	a := &Audit{options: o, source: src, started: o.Now(), units: newIntake(o.Limits), why: func() string { return flow.WhyEnded(ctx) }}
	if o.Keep {
		a.units.kept = newArchives()
	}
	var err error
	a.inv, err = inventory.Collect(ctx, src, inventory.CollectOptions{Concurrency: o.Concurrency, Progress: o.Progress, Listed: a.units.listed, Done: a.units.done}, a.units.keep)
	if err != nil {
		return nil, err
	}
	a.units.renew(o.Concurrency, func(r apigee.Revision) (*bundle.Archive, error) { return src.Bundle(ctx, r) })
	a.units.noteCopies(a.inv.Copies)
	var lasting context.Context
	lasting, a.stop = linger(ctx, grace)
	a.facts = flow.Analyze(lasting, a.inv.Organization, a.inv.Deployments, a.inv.FlowHooks, a.units.byRevision, a.unread(a.units))
	a.records, a.missing = records.Read(ctx, o.EvidenceFrom, a.facts, o.Evidence, o.Concurrency, a.started)
	a.evidence = sync.OnceValue(a.inventory)
	return a, nil
}

// inventory is the evidence of what was read, with what the organization's records tell of it.
func (a *Audit) inventory() []finding.Evidence {
	inventory := a.facts.Inventory()
	a.records.AnnotateInventory(inventory)
	return inventory
}

// unread are the problems of what could not be read.
func (a *Audit) unread(units *intake) []apigee.Problem {
	return slices.Concat(a.inv.Problems, units.problems())
}

// Result judges what was read.
func (a *Audit) Result() *finding.Result {
	o, inv, facts := a.options, a.inv, a.facts
	res := &finding.Result{
		Organization: inv.Organization, StartedAt: a.started,
		Deployments: len(inv.Deployments), Revisions: inv.Revisions, Audited: facts.Revisions,
		Problems: slices.Concat(facts.Unread, facts.Simplified, inv.Partly, a.missing),
		Notices:  slices.Concat(inv.Notices, a.units.notices(), facts.Notices(), a.records.Notices()),
	}
	var known *judged
	crew.Together(
		func() { known = a.before() },
		func() { res.Inventory = a.evidence() },
	)
	findings := known.findings(o.Rules)
	if o.Refreshes {
		res.Refreshes = refreshes(facts, known.verdicts)
	}
	if facts.Over() {
		res.Problems = append(res.Problems, apigee.Problem{
			Operation: "apply rules", Error: "the audit ended before every rule had looked at everything (" + a.why() + "); findings may be missing",
		})
	}
	crew.Together(
		func() { a.records.Annotate(findings) },
		func() { res.Edges = edges(facts, known.verdicts, known.found) },
	)
	o.applyExceptions(res, findings, a.units.sorted())
	res.StoredTokens = a.records.StoredTokens()
	for _, list := range [][]apigee.Problem{res.Problems, res.Notices} {
		for i := range list {
			list[i].Organization = inv.Organization.Name
		}
		slices.SortStableFunc(list, apigee.CompareProblems)
	}
	res.FinishedAt = o.Now()
	return res
}

// apply runs rules, and merges what they report.
func (o Options) apply(rules []*Rule, known Pass) []merged {
	known.Settings = o.Settings.Completed()
	var found []*diagnostic
	for _, p := range check(rules, known) {
		found = append(found, p.found...)
	}
	return merge(known.Facts.Organization, found)
}

// applyExceptions marks the findings that configuration and comments accept, before the options leave any out: an exception for
// a finding that is not shown is used all the same.
func (o Options) applyExceptions(res *finding.Result, findings []finding.Finding, units []*flow.Program) {
	all := slices.Clone(o.Exceptions)
	if !o.IgnoreComments {
		comments, notices := exceptions(units, o.allRules())
		all = append(all, comments...)
		res.Notices = append(res.Notices, notices...)
	}
	findings, res.Matched, res.Aliases = suppress(findings, all, parted(o.Rules), o.Now())
	res.Notices = append(res.Notices, expiring(findings, res.Organization.Name, o.Now())...)
	res.Notices = append(res.Notices, o.unusedComments(all[len(o.Exceptions):], res.Matched, len(o.Exceptions), res)...)
	res.Edges = o.filter().Neighbourhood(res.Edges, findings, nil)
	res.Findings, res.LeftOut = o.narrow(findings)
}

// allRules are the rules that there are, whichever are asked for.
func (o Options) allRules() []*Rule {
	if o.AllRules == nil {
		return o.Rules
	}
	return o.AllRules
}

// check runs the rules side by side, each with a pass of its own over the same facts, records and verdicts, which are only
// read. The passes come in the order of the rules.
func check(rules []*Rule, known Pass) []*Pass {
	passes := make([]*Pass, len(rules))
	crew.Each(len(rules), runtime.GOMAXPROCS(0), func(i int) {
		p := known
		p.rule = rules[i]
		passes[i] = &p
		p.rule.Check(&p)
	})
	return passes
}

// filter is what the options ask to see. The rules are not in it: those that nobody asks for do not run.
func (o Options) filter() finding.Filter {
	return finding.Filter{Environments: o.Environments, Proxies: o.Proxies, MinSeverity: o.MinSeverity, MinConfidence: o.MinConfidence}
}

// narrow keeps what the options ask to see, and notes the rest.
func (o Options) narrow(findings []finding.Finding) (out []finding.Finding, rest []finding.LeftOut) {
	out, rest = o.filter().Narrow(findings)
	for i := range out {
		out[i].Say("%s", whereItRuns(out[i].Deployments))
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
