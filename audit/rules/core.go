package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/audit/records"
	"apigee-audit/internal/text"
)

// The core family (RT101, RT103, RT104, RT106, RT107, RT110) is decided in package audit; its rules put the verdicts into words.

// coreCheck reports the verdicts of one member of the family: one finding per bundle for all its environments and
// revisions. Where they differ, the message is that of the newest revision.
func coreCheck(rule string, say func(p *audit.Pass, group []*audit.Verdict, d *audit.Diagnostic)) func(*audit.Pass) {
	return func(p *audit.Pass) {
		groups := map[flow.BundleID][]*audit.Verdict{}
		for _, v := range p.Verdicts {
			if v.Rule == rule {
				groups[v.Program.Bundle()] = append(groups[v.Program.Bundle()], v)
			}
		}
		for _, group := range groups {
			slices.SortStableFunc(group, func(a, b *audit.Verdict) int { return flow.ComparePrograms(b.Program, a.Program) })
			speaker := *group[0]
			speaker.Issuer = preferCommon(group[0].Issuer, group[1:], func(v *audit.Verdict) *flow.Issuer { return v.Issuer })
			group[0] = &speaker
			d := diagnose(p.Facts, group[0])
			for _, v := range group[1:] {
				d.Deployments = append(d.Deployments, v.Program.DeployedIn(v.Environment)...)
			}
			say(p, group, &d)
			for _, doubt := range doubts(p, group[0]) {
				d.Confidence = min(d.Confidence, doubt.confidence)
				d.Message.Add("%s", doubt.text)
			}
			p.Report(d)
		}
	}
}

// preferCommon puts first, among policies of equal confidence, those that issue in all revisions of the others too: a place
// that every deployment has is the better one to point at, and the fingerprint stays the same when one revision goes away.
func preferCommon[T any](is *flow.Issuer, others []T, issuer func(T) *flow.Issuer) *flow.Issuer {
	common := func(i flow.Issuance) int {
		for _, other := range others {
			if !slices.ContainsFunc(issuer(other).Issuances, func(j flow.Issuance) bool {
				return j.Site.Policy.Name == i.Site.Policy.Name && j.Site.Policy.File == i.Site.Policy.File
			}) {
				return 0
			}
		}
		return 1
	}
	first := *is
	first.Issuances = slices.Clone(is.Issuances)
	slices.SortStableFunc(first.Issuances, func(a, b flow.Issuance) int {
		sureA, _ := a.Site.Policy.OAuth.Confidence()
		sureB, _ := b.Site.Policy.OAuth.Confidence()
		return cmp.Or(cmp.Compare(sureB, sureA), cmp.Compare(common(b), common(a)))
	})
	return &first
}

// diagnose fills in what all members share: the first issuing policy that a proxy without refresh reaches, its path,
// and the other issuing policies.
func diagnose(f *flow.Facts, v *audit.Verdict) audit.Diagnostic {
	first := lackingIssue(v)
	d := audit.Diagnostic{
		Policy: first.Site.Policy, Confidence: finding.HighConfidence,
		Site: first.Site, Searched: f.Searched("refresh operation"), Deployments: v.Program.DeployedIn(v.Environment),
	}
	for _, p := range v.Policies() {
		if p != d.Policy {
			d.Related = append(d.Related, p.Hop())
		}
	}
	return d
}

func lackingIssue(v *audit.Verdict) flow.Issuance {
	for _, i := range v.Issuances {
		if slices.Contains(v.Lacking, i.Trace) {
			return i
		}
	}
	return v.Issuances[0]
}

// environments names the environments of those verdicts of a group that are wanted: `environments "prod" and "test"`.
func environments(group []*audit.Verdict, wanted func(*audit.Verdict) bool) string {
	var names []string
	for _, v := range group {
		if wanted(v) {
			names = append(names, v.Environment.Name)
		}
	}
	slices.Sort(names)
	return text.NounNames("environment", slices.Compact(names))
}

func each(*audit.Verdict) bool { return true }

// issues begins the message: which policy issues, through which grants.
func issues(group []*audit.Verdict) audit.Own {
	v := group[0]
	p := lackingIssue(v).Site.Policy
	s := " issues refresh tokens"
	if p.OAuth.Imports() {
		s = " stores refresh tokens from another system"
	}
	if grants := v.Grants(); len(grants) > 0 {
		s += " (" + strings.Join(grants, ", ") + ")"
	}
	if v.Program.Revision.Kind == apigee.KindSharedFlow && !v.Lacking[0].Presumed {
		s += " for " + text.NounNames("proxy", lackingNames(group))
	}
	own := ownPolicy(p)
	return audit.Own{Name: own.Name + s, What: own.What + s}
}

// lackingNames are the proxies without refresh in any environment of the group, sorted.
func lackingNames(group []*audit.Verdict) []string {
	var names []string
	for _, v := range group {
		for _, w := range v.Lacking {
			names = append(names, w.Program.Revision.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

type doubt struct {
	confidence finding.Confidence
	text       string
}

// doubts are the reasons why a verdict may be wrong, each with what to look at.
func doubts(p *audit.Pass, v *audit.Verdict) []doubt {
	var out []doubt
	first := lackingIssue(v)
	if c, why := first.Site.Policy.OAuth.Confidence(); c < finding.HighConfidence {
		out = append(out, doubt{c, "The policy may issue nothing: " + why + "."})
	}
	if first.Trace.Presumed {
		out = append(out, doubt{finding.MediumConfidence, "No scanned proxy calls this shared flow; its callers may be elsewhere."})
	}
	if at, ok := misread(p, v); ok {
		out = append(out, doubt{finding.MediumConfidence, fmt.Sprintf(
			"A condition on the path is malformed and is read as sometimes true (%s:%d): how Apigee evaluates it is not known.", at.File, at.Line)})
	}
	if r, own := mayRefresh(v); r != nil {
		at, sure := r.Flow(), finding.MediumConfidence
		if own {
			sure = finding.LowConfidence
		}
		out = append(out, doubt{sure, fmt.Sprintf(
			"OAuthV2 %q, attached at %s:%d of %s, has no Operation element and may refresh them: add the intended operation.",
			r.Policy.Name, at.File, at.Line, r.Policy.Program.Revision.Ref())})
	}
	var unknown []string
	for _, w := range v.Lacking {
		unknown = append(unknown, v.Environment.UnknownCallees(w)...)
		if w.UnknownChain() {
			out = append(out, doubt{finding.MediumConfidence, "It passes requests to a proxy whose name is known only at run time and which may refresh them."})
		}
		if code := posts(w); code != nil {
			out = append(out, doubt{finding.MediumConfidence, fmt.Sprintf(
				"%s %q sends grant_type=refresh_token; if it calls a proxy of this organization that runs RefreshAccessToken, the tokens are refreshed there.",
				code.Type, code.Name)})
			break
		}
	}
	slices.Sort(unknown)
	if unknown = slices.Compact(unknown); len(unknown) > 0 {
		out = append(out, doubt{finding.MediumConfidence, "What " + text.NounNames("shared flow", unknown) + " would do is unknown."})
	}
	return out
}

// misread finds a malformed condition that a verdict depends on: on the path to where the bundle issues, at the refresh
// policy that cannot run, or on the path to a refresh elsewhere.
func misread(p *audit.Pass, v *audit.Verdict) (finding.Hop, bool) {
	if at, ok := lackingIssue(v).Site.Misread(); ok {
		return at, true
	}
	if v.Dead != nil {
		return v.Dead.Policy.Misattached()
	}
	found := audit.Once(p, [][]records.Candidate{v.Refreshers}, misreadAmong)
	return found.at, found.ok
}

// misreadOnWay is what [flow.Site.Misread] says.
type misreadOnWay struct {
	at finding.Hop
	ok bool
}

// misreadAmong is that of the first candidate that has such a condition.
func misreadAmong(lists [][]records.Candidate) (found misreadOnWay) {
	for _, list := range lists {
		for _, r := range list {
			if found.at, found.ok = r.Site.Misread(); found.ok {
				return found
			}
		}
	}
	return found
}

// mayRefresh finds a policy without Operation that could be the refresh that a verdict says is missing: in the proxies that
// lack one (own), or anywhere if the verdict is that nothing refreshes.
func mayRefresh(v *audit.Verdict) (r *flow.Site, own bool) {
	for _, w := range v.Lacking {
		if r := w.MayRefresh(); r != nil {
			return r, true
		}
	}
	if v.Rule == finding.NeverRefreshed || v.Rule == finding.ImportedNeverRefreshed {
		return v.Environment.Facts().MayRefresh(), false
	}
	return nil, false
}

// posts finds code of a trace that may refresh outside the OAuthV2 policy.
func posts(w *flow.Trace) *flow.Policy {
	for _, r := range w.Sites {
		if r.Policy.PostsRefresh {
			return r.Policy
		}
	}
	return nil
}

// sayBarred describes a bundle whose clients no API product lets call any of the organization's refreshers, and reports
// false where there is no refresher. what is the thing that nothing does: "refreshes them".
func sayBarred(p *audit.Pass, group []*audit.Verdict, d *audit.Diagnostic, what string) bool {
	could, why := barred(p, group)
	if len(could.list) == 0 {
		return false
	}
	d.Message = audit.Say("%s, and nothing that the clients of %s can call %s: %s.", issues(group), issuingProxies(group, lacking), what, why)
	lower(d, finding.MediumConfidence, "An app with several products may still be able to call both.")
	d.Searched, d.Related = "", append(d.Related, could.hops()...)
	return true
}

// barred are the refreshers that do not count, and why in words: `proxy "hub" could, but API product "gold", which opens this
// proxy, does not open it`.
func barred(p *audit.Pass, group []*audit.Verdict) (could candidates, why string) {
	could = candidatesOf(p, group, func(v *audit.Verdict) []records.Candidate { return v.Barred })
	if len(could.list) == 0 {
		return candidates{}, ""
	}
	var products []string
	for _, v := range group {
		products = append(products, v.Products...)
	}
	slices.Sort(products)
	products = slices.Compact(products)
	verb, none := "which opens", "does not open"
	if len(products) > 1 {
		verb, none = "which open", "do not open"
	}
	them := "it"
	if len(could.list) > 1 {
		them = "any of them"
	}
	return could, fmt.Sprintf("%s could, but %s, %s %s, %s %s", could, text.NounNames("API product", products), verb,
		issuingProxies(group, lacking), none, them)
}

func lacking(v *audit.Verdict) []*flow.Trace { return v.Lacking }

// issuingProxies names some of the proxies through which a bundle issues; the bundle itself is "this proxy".
func issuingProxies(group []*audit.Verdict, of func(*audit.Verdict) []*flow.Trace) string {
	var names []string
	for _, v := range group {
		for _, w := range of(v) {
			if w.Program.Revision.Ref() == v.Ref() {
				return "this " + v.Program.Revision.Kind.Noun()
			}
			names = append(names, w.Program.Revision.Name)
		}
	}
	slices.Sort(names)
	return text.NounNames("proxy", slices.Compact(names))
}
