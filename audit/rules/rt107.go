package rules

import (
	"fmt"
	"slices"

	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/audit/records"
	"apigee-audit/internal/text"
)

func rt107() *audit.Rule {
	return &audit.Rule{Rule: finding.Rule{
		ID: finding.RefreshElsewhere, Name: "refresh-only-in-another-environment",
		Severity: finding.Medium, Confidence: finding.MediumConfidence,
		Inputs:     []finding.Input{finding.InputReach},
		Summary:    "Refresh tokens are issued in one environment and refreshed only in another.",
		CWE:        []int{613},
		References: []finding.Reference{issuingWithoutRefresh(), proxyConfiguration()},
		Standards: []finding.Standard{
			inventory("environments run versions of the API that handle tokens differently"),
		},
	}, Check: checkElsewhere}
}

func checkElsewhere(p *audit.Pass) {
	coreCheck(finding.RefreshElsewhere, func(p *audit.Pass, group []*audit.Verdict, d *audit.Diagnostic) {
		switch v := group[0]; {
		case v.Drift && p.Facts.Organization.Offline:
			sayCopies(group, d)
		case v.Drift:
			sayDrift(p, group, d)
		default:
			d.Confidence = finding.MediumConfidence
			d.Message = audit.Say("%s, and nothing refreshes them in %s; %s could, in %s.", issues(group), environments(group, each),
				candidatesOf(p, group, refreshers), text.NounNames("environment", refresherEnvironments(group)))
			d.Remediation = fmt.Sprintf("Deploy %s to %s, or %s.", revisionOf(p, group), environments(group, each), addRefresh(d, lackingIssue(v), p.Settings))
			d.Searched = "no refresh operation in " + environments(group, each)
		}
		if could, why := barred(p, group); len(could.list) > 0 {
			d.Message.Add("In the same environment %s.", why)
			d.Related = append(d.Related, could.hops()...)
		}
		d.Related = append(d.Related, candidatesOf(p, group, refreshers).hops()...)
	})(p)
}

// sayDrift describes a proxy that refreshes in another environment.
func sayDrift(p *audit.Pass, group []*audit.Verdict, d *audit.Diagnostic) {
	refreshing := refresherEnvironments(group)
	d.Message = audit.Say("%s, and the same proxy refreshes them only in %s.", issues(group), text.NounNames("environment", refreshing))
	d.Remediation = fmt.Sprintf("Deploy %s to %s.", revisionOf(p, group), environments(group, each))
	if same := sameRevision(p, group); same != "" {
		d.Remediation = fmt.Sprintf("Bring %s to the state of %s: %s", environments(group, each), text.NounNames("environment", refreshing), same)
	}
	d.Searched = "no refresh operation in " + environments(group, each)
}

// sayCopies describes copies of one bundle on disk. Which of them is deployed is not known.
func sayCopies(group []*audit.Verdict, d *audit.Diagnostic) {
	var paths []string
	for _, v := range group {
		for _, r := range v.Refreshers {
			paths = append(paths, r.Trace.Program.Revision.Root)
		}
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	copies, have := "the copy in "+text.Names(paths), "does"
	if len(paths) > 1 {
		copies, have = "the copies in "+text.Names(paths), "do"
	}
	d.Confidence = finding.MediumConfidence
	d.Message = audit.Say("%s, and this copy of %s has no refresh operation; %s %s.", issues(group), text.Names(lackingNames(group)), copies, have)
	d.Remediation = fmt.Sprintf("If this copy is the one that is deployed, bring it to the state of %s; if it is an old export or a build result, leave it out of the scan.", copies)
	d.Searched = "no refresh operation in this copy"
}

// revisionOf names the best refresher, the newest of its revisions that refresh, and where that one is deployed:
// `revision 3 of proxy "login", which refreshes in environment "prod",`.
func revisionOf(p *audit.Pass, group []*audit.Verdict) string {
	best := newestRefresher(p, group)
	r := best.Trace.Program.Revision
	what := fmt.Sprintf("%s %q", r.Kind.Noun(), r.Name)
	if r.Number != "" {
		what = fmt.Sprintf("revision %s of %s", r.Number, what)
	}
	return fmt.Sprintf("%s, which refreshes in environment %q,", what, best.Environment.Name)
}

// newestRefresher is the best candidate in the newest of its revisions.
func newestRefresher(p *audit.Pass, group []*audit.Verdict) records.Candidate {
	best := candidatesOf(p, group, refreshers).best()
	for _, v := range group {
		for _, r := range v.Refreshers {
			if r.Trace.Program.Revision.Ref() == best.Trace.Program.Revision.Ref() && flow.ComparePrograms(r.Trace.Program, best.Trace.Program) > 0 {
				best = r
			}
		}
	}
	return best
}

// sameRevision says what else differs between environments that have the same revision of the proxy, "" where the revisions
// differ: a shared flow, or a flow hook.
func sameRevision(p *audit.Pass, group []*audit.Verdict) string {
	best := newestRefresher(p, group)
	same := slices.ContainsFunc(group, func(v *audit.Verdict) bool {
		return slices.ContainsFunc(v.Lacking, func(w *flow.Trace) bool { return w.Program == best.Trace.Program })
	})
	refresh := best.Site.Policy.Program
	if !same || refresh == best.Trace.Program {
		return ""
	}
	what := fmt.Sprintf("shared flow %q", refresh.Revision.Name)
	if n := refresh.Revision.Number; n != "" {
		what = fmt.Sprintf("revision %s of %s", n, what)
	}
	for _, h := range best.Site.Path() {
		if h.What == finding.HopFlowHook {
			return fmt.Sprintf("attach %s to the flow hook %s.", what, h.Named)
		}
	}
	return fmt.Sprintf("deploy %s, in which the refresh runs.", what)
}

func refresherEnvironments(group []*audit.Verdict) []string {
	var names []string
	for _, v := range group {
		for _, r := range v.Refreshers {
			names = append(names, r.Environment.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
