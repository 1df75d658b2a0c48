package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// The core family (RT101, RT103, RT104, RT106, RT107) is decided in package audit; its rules put the verdicts in words.

// coreCheck reports the verdicts of one member of the family: one finding a bundle for all its environments and
// revisions. Where they differ, the newest revision speaks.
func coreCheck(rule string, say func(group []*audit.Verdict, d *audit.Diagnostic)) func(*audit.Pass) {
	return func(p *audit.Pass) {
		groups := map[string][]*audit.Verdict{}
		for _, v := range p.Facts.Verdicts {
			if v.Rule == rule {
				key := string(v.Ref.Kind) + "/" + v.Ref.Name
				groups[key] = append(groups[key], v)
			}
		}
		for _, group := range groups {
			slices.SortStableFunc(group, func(a, b *audit.Verdict) int { return audit.CompareUnits(newest(b), newest(a)) })
			speaker := *group[0]
			speaker.Issuer = preferCommon(group[0].Issuer, group[1:], func(v *audit.Verdict) *audit.Issuer { return v.Issuer })
			group[0] = &speaker
			d := diagnose(p.Facts, group[0])
			for _, v := range group[1:] {
				d.Deployments = append(d.Deployments, deployed(v.Environment, v.Units)...)
			}
			say(group, &d)
			for _, doubt := range doubts(group[0]) {
				d.Confidence = min(d.Confidence, doubt.confidence)
				d.Message += " " + doubt.text
			}
			p.Report(d)
		}
	}
}

// preferCommon puts those policies first, among the equally sure, that issue in all revisions of the others too: a place
// that every deployment has is the better one to point at, and the fingerprint stays when one revision goes.
func preferCommon[T any](is *audit.Issuer, others []T, issuer func(T) *audit.Issuer) *audit.Issuer {
	common := func(i audit.Issue) int {
		for _, other := range others {
			if !slices.ContainsFunc(issuer(other).Issues, func(j audit.Issue) bool {
				return j.Reach.Policy.Name == i.Reach.Policy.Name && j.Reach.Policy.File == i.Reach.Policy.File
			}) {
				return 0
			}
		}
		return 1
	}
	first := *is
	first.Issues = slices.Clone(is.Issues)
	slices.SortStableFunc(first.Issues, func(a, b audit.Issue) int {
		sureA, _ := a.Reach.Policy.OAuth.Confidence()
		sureB, _ := b.Reach.Policy.OAuth.Confidence()
		return cmp.Or(cmp.Compare(sureB, sureA), cmp.Compare(common(b), common(a)))
	})
	return &first
}

func newest(v *audit.Verdict) *audit.Unit { return v.Units[len(v.Units)-1] }

// diagnose fills in what all members share: the first issuing policy that a proxy without refresh reaches, its path,
// and the other issuing policies.
func diagnose(f *audit.Facts, v *audit.Verdict) audit.Diagnostic {
	first := lackingIssue(v)
	d := audit.Diagnostic{
		Policy: first.Reach.Policy, Confidence: audit.HighConfidence,
		Path: first.Reach.Path(), Searched: f.Searched("refresh operation"), Deployments: deployed(v.Environment, v.Units),
	}
	for _, p := range v.Policies() {
		if p != d.Policy {
			d.Related = append(d.Related, p.Hop())
		}
	}
	return d
}

func lackingIssue(v *audit.Verdict) audit.Issue {
	for _, i := range v.Issues {
		if slices.Contains(v.Lacking, i.Walk) {
			return i
		}
	}
	return v.Issues[0]
}

func deployed(e *audit.Environment, units []*audit.Unit) []audit.Deployed {
	var out []audit.Deployed
	for _, u := range units {
		out = append(out, u.DeployedIn(e)...)
	}
	return out
}

// issues begins the message: what issues, through which grants.
func issues(group []*audit.Verdict) string {
	v := group[0]
	p := lackingIssue(v).Reach.Policy
	s := fmt.Sprintf("%s %q issues refresh tokens", p.Type, p.Name)
	if p.OAuth.Imports() {
		s = fmt.Sprintf("%s %q stores refresh tokens of another system", p.Type, p.Name)
	}
	if grants := v.Grants(); len(grants) > 0 {
		s += " (" + strings.Join(grants, ", ") + ")"
	}
	if v.Ref.Kind == apigee.KindSharedFlow && !v.Lacking[0].Presumed {
		s += " for " + nounNames("proxy", "proxies", lackingNames(group))
	}
	return s
}

// lackingNames are the proxies without refresh in any environment of the group, sorted.
func lackingNames(group []*audit.Verdict) []string {
	var names []string
	for _, v := range group {
		for _, w := range v.Lacking {
			names = append(names, w.Unit.Revision.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func nounNames(one, many string, names []string) string {
	if len(names) == 1 {
		return one + " " + audit.Names(names)
	}
	return many + " " + audit.Names(names)
}

type doubt struct {
	confidence audit.Confidence
	text       string
}

// doubts are the reasons why a verdict may be wrong, each with what to look at.
func doubts(v *audit.Verdict) []doubt {
	var out []doubt
	first := lackingIssue(v)
	if c, why := first.Reach.Policy.OAuth.Confidence(); c < audit.HighConfidence {
		out = append(out, doubt{c, "The policy may issue nothing: " + why + "."})
	}
	if first.Walk.Presumed {
		out = append(out, doubt{audit.MediumConfidence, "No scanned proxy calls this shared flow; its callers may be elsewhere."})
	}
	var unknown []string
	for _, w := range v.Lacking {
		unknown = append(unknown, v.Environment.UnknownCallees(w)...)
		if code := posts(w); code != nil {
			out = append(out, doubt{audit.MediumConfidence, fmt.Sprintf(
				"%s %q sends grant_type=refresh_token; if it calls a proxy of this organization that runs RefreshAccessToken, the tokens are refreshed there.",
				code.Type, code.Name)})
			break
		}
	}
	slices.Sort(unknown)
	if unknown = slices.Compact(unknown); len(unknown) > 0 {
		out = append(out, doubt{audit.MediumConfidence, "What " + nounNames("shared flow", "shared flows", unknown) + " would do is unknown."})
	}
	return out
}

// posts finds code of a walk that may refresh outside the OAuthV2 policy.
func posts(w *audit.Walk) *audit.Policy {
	for _, r := range w.Reaches {
		if r.Policy.PostsRefresh {
			return r.Policy
		}
	}
	return nil
}

// where names the flow that issues, for remediations in terms of the proxy itself.
func where(v *audit.Verdict) string {
	flow := lackingIssue(v).Reach.Flow()
	label, _, _ := strings.Cut(flow.Label, " when ")
	return fmt.Sprintf("%s (%s:%d)", label, flow.File, flow.Line)
}
